"""Check country and language codes."""

from __future__ import annotations

from reconciler.language.countries import ACCEPTED_COUNTRIES, MEANT_COUNTRIES
from reconciler.language.languages import ACCEPTED_LANGUAGES, MEANT_LANGUAGES
from reconciler.language.problems import Problem
from reconciler.language.syntax import Compare, Constant, Match, Term, constants


def check_code(term: Term, found: list[Problem]) -> None:
    """Add a finding for every literal that is compared with a country or a language and is none."""
    if isinstance(term, Match) or (isinstance(term, Compare) and term.operator not in ("eq", "ne")):
        return
    if term.name == "CarrierCountry":
        found.extend(
            _country(constant)
            for constant in constants(term)
            if constant.value not in ACCEPTED_COUNTRIES and constant.value is not None
        )
    elif term.name == "Language":
        found.extend(
            _language(constant)
            for constant in constants(term)
            if constant.value is not None and not _is_language(str(constant.value))
        )


def _country(constant: Constant) -> Problem:
    text = str(constant.value)
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


def _language(constant: Constant) -> Problem:
    text = str(constant.value)
    meant = MEANT_LANGUAGES.get(text.strip().lower()) or (text.strip() if _is_language(text.strip()) else None)
    hint = (
        f"did you mean '{meant}'?"
        if meant
        else "write an ISO 639-1 code of two letters, such as 'de', or a locale such as 'pt-BR'"
    )
    return Problem(
        "RC226", "error", f"'{text}' is not an ISO 639-1 language code", hint, constant.offset, constant.length
    )
