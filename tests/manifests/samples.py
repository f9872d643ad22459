"""JSON values and texts for laws, and their way into YAML."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st

from reconciler.manifests.scalars import resolve

_TRAPS = "yes No oFF null ~ 10:00 09:30 0123 0128 1_000 .inf 1e3 0o17 0x1F << = - # ' \" &a *a !t % @ ` é 😀 \ufeff"
words = st.sampled_from([*_TRAPS.split(" "), "", " a", "a: b", "- a", "a #b", "\t", "\n", "a\nb", "a\n\n b\n"])
# PyYAML writes the rarer line breaks so that not even itself reads them back.
texts = words | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x85\u2028\u2029"), max_size=12)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)


values = st.dictionaries(texts, st.recursive(scalars, _deeper, max_leaves=12), min_size=1, max_size=4)


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML 1.1 takes for text and we do not, and never writes aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if resolve(text) == text else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def dump(value: Any, **options: Any) -> str:
    return str(yaml.dump(value, Dumper=_Dumper, **options))


layouts = st.fixed_dictionaries(
    {
        "default_flow_style": st.sampled_from([False, True, None]),
        "allow_unicode": st.booleans(),
        "indent": st.integers(2, 5),
        "width": st.sampled_from([10, 40, 1000]),
        "explicit_start": st.booleans(),
    }
)
