"""What can be wrong with an audience definition: the finding, the error, and the code of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about a definition that parses; `offset` and `length` count characters of its text from 0."""

    code: str
    severity: Severity
    message: str
    hint: str | None
    offset: int
    length: int


class DefinitionError(ValueError):
    """A text that is no definition: what is wrong, where (from 0), and how to mend it."""

    def __init__(self, message: str, offset: int, length: int, hint: str | None = None, code: str = "RC220") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.length = length
        self.hint = hint
        self.code = code

    def problem(self) -> Problem:
        """Return the same as a finding."""
        return Problem(self.code, "error", self.message, self.hint, self.offset, self.length)


PROBLEMS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "RC220": (
            "The audience definition cannot be read",
            (
                "A definition is comparisons such as `CarrierCountry eq 'US'`, joined by `and`, `or`, `not` and "
                "parentheses. The column is that of the first character that fits nowhere; the hint names what "
                "usually belongs there."
            ),
        ),
        "RC221": (
            "Unknown property",
            (
                "Every property of a definition is one of the device properties or a declared `CustomProperty`. A "
                "misspelled property would match nobody, without a word from the backend. Names of custom properties "
                "are case-sensitive."
            ),
        ),
        "RC222": (
            "The literal has another type than the property",
            (
                "Texts stand in single quotes, numbers, `true`, `false` and date-times stand without. A comparison "
                "across types is never true, so it is refused. `contains`, `startswith` and `endswith` work on texts "
                "only."
            ),
        ),
        "RC223": (
            "Booleans have no order",
            "A boolean is compared with `eq` and `ne`, or listed with `in`.",
        ),
        "RC224": (
            "The value is outside of what is declared",
            (
                "The `CustomProperty` names its `values`, a `pattern`, a `minimum` or a `maximum`, and no value it "
                "allows can make this comparison come out both ways. Either the definition has a typo, or the "
                "declaration wants one more value."
            ),
        ),
        "RC225": (
            "Not a country code",
            (
                "`CarrierCountry` holds an ISO 3166-1 alpha-2 code in capitals, such as 'US' or 'GB'. `XK` (Kosovo) "
                "is accepted too: carriers use it, although ISO has not assigned it."
            ),
        ),
        "RC226": (
            "Not a language code",
            (
                "`Language` holds an ISO 639-1 code such as 'de', in any case, alone or with a region or script ('pt- "
                "BR', 'zh_Hans'). Accepted too are the three old codes that Java still reports (iw, in, ji), and "
                "codes of phones' languages that have no code of two letters (fil, haw, yue …)."
            ),
        ),
        "RC227": (
            "No such date or time",
            (
                "A date-time is `2026-01-31T00:00:00Z`, or with an offset such as `+01:00`, with at most six digits "
                "of a second, between the years 1 and 9999, and on a day that the calendar has."
            ),
        ),
        "RC228": (
            "Text is ordered by characters, not as a version or number",
            (
                "`lt`, `gt`, `le` and `ge` compare texts character by character: '1.9' comes after '1.10', and '9' "
                "after '10'. List the versions with `in`, pick them with `startswith`, or declare a `CustomProperty` "
                "of type `number`."
            ),
        ),
        "RC229": (
            "The audience matches nobody",
            (
                "No device, whatever its properties, can make the definition true; usually an `and` that ought to be "
                "an `or`. The column is that of the smallest part that can never be true."
            ),
        ),
        "RC230": (
            "The audience matches everyone",
            (
                "Every device makes the definition true, also one that has none of the properties. To mean everybody, "
                "a `Notification` says `everyone: true`."
            ),
        ),
        "RC231": (
            "The definition is too long or too deep",
            (
                "A definition holds at most 20,000 characters and nests parentheses and `not` at most 32 deep. App "
                "Center takes 2,000 characters."
            ),
        ),
        "RC232": (
            "Character that cannot be seen",
            (
                "Control characters, halves of surrogate pairs and marks that reverse the direction of writing are "
                "refused everywhere: a reviewer could not see them. A text may not run over a line end."
            ),
        ),
        "RC233": (
            "The audience matches everyone who has the properties",
            (
                "The definition is true of every device whose properties are known, whatever their values: `plan ne "
                "'a' or plan ne 'b'` is true of every `plan`. Usually an `or` that ought to be an `and`; to ask "
                "whether a property is known, write `plan ne null`."
            ),
        ),
        "RC234": (
            "This backend cannot say it",
            (
                "The audience is sound, but the backend of this app has no words for the part the column points at, "
                "and without that part others would be reached. The message says what is missing, and docs/language.md "
                "under Backends what each backend can say. Say it otherwise, or name apps of another backend in "
                "`metadata.apps`."
            ),
        ),
    }
)
"""Title and paragraph of every code, for `reconciler explain`."""
