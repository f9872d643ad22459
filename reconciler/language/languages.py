"""The language codes of ISO 639-1, and the few others that phones report."""

LANGUAGES = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
    en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it
    iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt
    my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl
    sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo
    za zh zu
    """.split()  # noqa: SIM905 (183 quoted codes would not be readable)
)
"""The 183 codes of ISO 639-1 (`sh`, withdrawn in 2000, is not among them)."""

# Java, and so Android before 2022, reports Hebrew, Indonesian and Yiddish by codes withdrawn in 1989.
_OLD = {"iw", "in", "ji"}

# Languages of phones for which ISO 639-1 has no code: Filipino, Hawaiian, Cantonese, Konkani, Cebuano, Cherokee …
_LONGER = {"fil", "haw", "yue", "kok", "ceb", "chr", "gsw", "ckb", "smn", "dsb", "hsb"}

ACCEPTED_LANGUAGES = LANGUAGES | _OLD | _LONGER

# What people write for a language that has another code.
MEANT_LANGUAGES = {
    "eng": "en",
    "ger": "de",
    "deu": "de",
    "fra": "fr",
    "spa": "es",
    "jp": "ja",
    "cn": "zh",
    "us": "en",
    "dk": "da",
}
