"""Write the SQL that reads a tag of a device, as the string it is on the wire or as the type a criterion asks for.

Tags are the custom properties of the population. Every one gives NULL where the tag is missing or not of the type.
"""

from __future__ import annotations

import re

from reconciler.language import instant_sql

_TAG_NAME = re.compile(r"[a-zA-Z0-9_]{1,64}")  # facts §11


def is_tag_name(name: str) -> bool:
    """True if a tag may be called `name`."""
    return _TAG_NAME.fullmatch(name) is not None


def string_tag(name: str) -> str:
    """The tag as a string; numbers and booleans as they are written."""
    path = f"'$.\"{name}\"'"
    return (
        f"(CASE json_type(custom_properties, {path}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
        f" ELSE CAST(json_extract(custom_properties, {path}) AS TEXT) END)"
    )


def integer_tag(name: str) -> str:
    """The tag as a whole number of at most 18 digits."""
    return (
        "(SELECT CASE WHEN length(digits) BETWEEN 1 AND 18 AND digits NOT GLOB '*[^0-9]*' THEN CAST(tag AS INTEGER) END"
        " FROM (SELECT tag, CASE substr(tag, 1, 1) WHEN '-' THEN substr(tag, 2) ELSE tag END AS digits"
        f" FROM (SELECT {string_tag(name)} AS tag LIMIT 1) LIMIT 1))"
    )


def date_tag(name: str) -> str:
    """The tag as `yyyy-MM-dd`; of a date-time, which only the population has, its day in UTC."""
    return (
        "(SELECT CASE WHEN tag GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' THEN"
        " CASE WHEN date(tag, '+0 days') = tag THEN tag END"
        f" ELSE date({instant_sql('tag')} / 1000000.0, 'unixepoch') END"
        f" FROM (SELECT {string_tag(name)} AS tag LIMIT 1))"
    )
