"""The codes of shape: what a document's JSON Schema refuses. The schemas are in `schemas/`, for editors too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SHAPE: Final[Mapping[str, tuple[str, str]]] = {
    "RC101": (
        "Another apiVersion",
        "Documents begin with `apiVersion: reconciler/v1`. A later format asks for a later version of reconciler.",
    ),
    "RC102": (
        "An unknown kind, or one that does not belong here",
        "Manifests declare `CustomProperty`, `Audience`, `Campaign` and `Notification`; `Project` is the kind of the "
        "project file alone.",
    ),
    "RC103": (
        "An unknown field",
        "A field that nobody reads is most often misspelt, or stands one level too high or too low. `reconciler "
        "schema KIND` shows all fields, and `schemas/` lets editors complete them.",
    ),
    "RC104": (
        "A missing field",
        "The field is required. The place is that of the mapping which lacks it.",
    ),
    "RC105": (
        "A value of the wrong type",
        'Values are not converted: `5` is a number and `"5"` is text. Quote what is text, and leave the quotes '
        "out of numbers.",
    ),
    "RC106": (
        "A null",
        "An omitted field is not managed, an empty one is empty, and null would be either. In YAML a key without "
        "a value is null too.",
    ),
    "RC107": (
        "A value that is not one of those allowed",
        "The field takes only the values that its schema lists.",
    ),
    "RC108": (
        "A text that is too long or too short",
        "Characters are counted, not bytes. Backends have limits of their own, which are checked for each app.",
    ),
    "RC109": (
        "A text of another form",
        "Names, aliases, URLs and times have a form; the hint says which.",
    ),
    "RC110": (
        "A number out of range",
        "The message names the bound.",
    ),
    "RC111": (
        "An empty list or mapping",
        "At least one entry is needed here: an empty list of apps or devices would do nothing, silently.",
    ),
    "RC112": (
        "A repeated entry",
        "Repeated ids would reach a device twice, or count it twice. All of them are listed, the first twenty one "
        "by one.",
    ),
    "RC113": (
        "None of several fields, or too many of them",
        "An audience has `definition` or `criteria`, a notification goes to one kind of target and says something of "
        "its own or pushes a campaign, and an app of Mobile Engagement has a `token` or what one is asked for with.",
    ),
    "RC114": (
        "A secret in the open",
        "Files in git are read by many, and for ever. A secret is only named, `token: {env: NAME}`, and read from "
        "the environment when it is needed. Replace a secret that was in a file, even for a moment. Messages "
        "never show it.",
    ),
    "RC116": (
        "A field that does not go with another",
        "`minimum` and `maximum` bound a `number`, a `pattern` describes a `string`, an `owner` belongs to App "
        "Center, and an audience that names `audiences` has no `expression`; elsewhere they would mean nothing.",
    ),
    "RC117": (
        "Bounds that leave no room",
        "`minimum` is more than `maximum`, so that no value would do; or a campaign ends before it starts.",
    ),
    "RC118": (
        "A pattern that is not a regular expression",
        "It is read with the syntax of Python's `re`.",
    ),
    "RC119": (
        "A document that does not fit its schema",
        "The fast validator refused what the exact one accepts, so that the fault cannot be named. This is a bug "
        "in reconciler; please report the document.",
    ),
    "RC120": (
        "A day or a time zone that there is not",
        "The form is right, but no calendar has the day (`2026-02-30`), or the IANA database of time zones does not "
        "have the name. Names are such as `Europe/Paris`, or `UTC`.",
    ),
}
