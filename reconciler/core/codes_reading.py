"""The codes of reading: files, and what is wrong with them as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

READING: Final[Mapping[str, tuple[str, str]]] = {
    "RC001": (
        "A file or folder does not exist",
        "An entry of `spec.manifests` is a file or folder, relative to the project file. What is not there is not "
        "taken for empty: that could read as a wish to delete everything.",
    ),
    "RC002": (
        "A file or folder cannot be read",
        "Its permissions forbid it, or it is no file at all. Nothing is planned until all manifests are read, for "
        "what could not be read is not absent.",
    ),
    "RC003": (
        "A file is not UTF-8",
        "Manifests are UTF-8, with or without a byte order mark. The place is that of the first byte that does "
        "not fit; UTF-16 is what some Windows editors call Unicode.",
    ),
    "RC004": (
        "An entry holds no manifests",
        "A folder is searched for files that end in `.yaml` or `.yml`, at any depth; hidden files and the project "
        "file are left out. A folder without any is more often a mistake than a wish.",
    ),
    "RC005": (
        "A project names no manifests",
        "`spec.manifests` lists the files and folders that declare what should exist. Without any, there is "
        "nothing to do.",
    ),
    "RC010": (
        "A file is not YAML",
        "The parser cannot go on at this place; often the cause is an indentation, a quote or a bracket some "
        "lines above. The documents before it are checked, what follows in the same file is not.",
    ),
    "RC011": (
        "A tab where YAML wants spaces",
        "YAML indents with spaces only. Set your editor to put spaces for the tab key in `.yaml` files.",
    ),
    "RC012": (
        "A character that YAML does not allow",
        "Control characters and lone surrogates cannot stand in YAML. Inside double quotes an escape such as "
        "`\\u001b` can name them.",
    ),
    "RC013": (
        "A key that the mapping has already",
        "Most parsers silently keep the last of two equal keys, so that half of what is written is lost. Keep one "
        "of them.",
    ),
    "RC014": (
        "An alias without an anchor",
        "`*name` repeats the value that `&name` marks earlier in the same document. Anchors do not reach other "
        "documents.",
    ),
    "RC015": (
        "An alias inside of what it repeats",
        "Such a value would have no end.",
    ),
    "RC016": (
        "Aliases that stand for too much",
        "Aliases of aliases grow exponentially: a few lines can stand for billions of values. All aliases of a "
        "document together may stand for 100,000 values.",
    ),
    "RC017": (
        "Values nested too deep",
        "A hundred levels are more than any kind needs. What follows in the file is not read.",
    ),
    "RC018": (
        "A key that is not text",
        "Keys are text, as in JSON. Quote a key that would otherwise be a number, true, false or null.",
    ),
    "RC019": (
        "A tag that is not allowed",
        "Only `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!seq` and `!!map` are known, and no manifest "
        "needs them. Tags that make objects of a programming language are refused everywhere.",
    ),
    "RC020": (
        "`yes`, `no`, `on` or `off` without quotes",
        "YAML 1.1 reads them as true and false, YAML 1.2 as text; Norway's `no` is the best known victim. Quote "
        "it if text is meant, write `true` or `false` if not.",
    ),
    "RC021": (
        "A time without quotes",
        "To YAML 1.1 `10:00` is a number in base 60, that is 600, and `1:30:00` is 5400; but `09:30` is text. "
        "Quote all of them.",
    ),
    "RC022": (
        "A number with a leading zero",
        "`0123` is 83 to YAML 1.1 and 123 to YAML 1.2, and an id or a postcode would lose its zero. Quote it if "
        "text is meant, leave the zero out if not.",
    ),
    "RC023": (
        "A number with underscores",
        "`1_000` is a thousand to YAML 1.1 and text to YAML 1.2. Quote it if text is meant, leave the underscores "
        "out if not.",
    ),
    "RC024": (
        "A number that JSON cannot hold",
        "Infinity, not-a-number and numbers of hundreds of digits have no place in a request to a backend.",
    ),
    "RC025": (
        "A document that is not a mapping",
        "Each document has `apiVersion`, `kind`, `metadata` and `spec`. Empty documents are passed over.",
    ),
    "RC026": (
        "A merge key that names no mapping",
        "`<<: *name` takes in the fields of the mapping that `&name` marks, and `<<: [*one, *other]` those of "
        "several, the first before the second. Fields that are written out come before both.",
    ),
    "RC027": (
        "A value that is not what its tag says",
        "`!!int abc` is no number. Tags are not needed: leave them out.",
    ),
}
