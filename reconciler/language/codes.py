"""Check country and language codes."""

from __future__ import annotations

from reconciler.language.countries import ACCEPTED_COUNTRIES, MEANT_COUNTRIES
from reconciler.language.languages import ACCEPTED_LANGUAGES, MEANT_LANGUAGES
from reconciler.language.problems import Problem
from reconciler.language.syntax import EQUALITY, Compare, Constant, Match, Term, constants

CODED = frozenset(("CarrierCountry", "Language"))
"""The device properties whose values are codes of a standard."""


def check_code(term: Term, found: list[Problem]) -> None:
    """Add a finding for every literal that is compared with a country or a language and is none."""
    if isinstance(term, Match) or (isinstance(term, Compare) and term.operator not in EQUALITY):
        return
    country = term.name == "CarrierCountry"
    for constant in constants(term):
        value = constant.value
        if not isinstance(value, str):
            continue
        if country and value not in ACCEPTED_COUNTRIES:
            found.append(_country(value, constant))
        elif not country and value not in ACCEPTED_LANGUAGES and not _is_language(value):
            found.append(_language(value, constant))


def _country(text: str, constant: Constant) -> Problem:
    upper = text.strip().upper()
    meant = upper if upper in ACCEPTED_COUNTRIES else MEANT_COUNTRIES.get(upper)
    hint = f"did you mean '{meant}'?" if meant else "write an ISO 3166-1 code of two letters, such as 'US'"
    return Problem(
        "RC225", "error", f"'{text}' is not an ISO 3166-1 country code", hint, constant.offset, constant.length
    )


def _is_language(text: str) -> bool:
    # The tail of a locale (`-BR`, `_Hans_CN`) is the phone's own affair.
    code, mark, tail = text.replace("_", "-").partition("-")
    return code.lower() in ACCEPTED_LANGUAGES and (not mark or all(part.isalnum() for part in tail.split("-")))


def _language(text: str, constant: Constant) -> Problem:
    meant = MEANT_LANGUAGES.get(text.strip().lower()) or (text.strip() if _is_language(text.strip()) else None)
    hint = (
        f"did you mean '{meant}'?"
        if meant
        else "write an ISO 639-1 code of two letters, such as 'de', or a locale such as 'pt-BR'"
    )
    return Problem(
        "RC226", "error", f"'{text}' is not an ISO 639-1 language code", hint, constant.offset, constant.length
    )
