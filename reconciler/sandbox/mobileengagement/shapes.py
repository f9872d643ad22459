"""Check JSON against shapes, plain functions put together; what does not fit is a 400 that names the place."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import TypeAlias

from reconciler.sandbox.wire import Json, Refusal, Request, json_of

Shape: TypeAlias = Callable[[Json, str], Json]  # a value and its place, in; the value without what is not known, out

MAX_BODY = 2 * 1024 * 1024  # "POST entity over 2 MB" (facts §4)
_MAX_WHOLE = 2**63 - 1


def bad_request(message: str) -> Refusal:
    """A 400; the vendor's codes are not known (facts §4)."""
    return Refusal(400, "BadRequest", message)


def read_object(request: Request) -> dict[str, Json]:
    """The request's body, which must be a JSON object.

    Raises:
        Refusal: 413 over 2 MB, else 400.
    """
    if len(request.body) > MAX_BODY:
        raise Refusal(413, "RequestEntityTooLarge", "The request body is larger than 2 MB")
    try:
        value = json_of(request.body)
    except ValueError as error:
        raise bad_request(f"The body is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise bad_request("The body is not a JSON object")
    return value


def text(most: int = 65_535, choices: tuple[str, ...] = ()) -> Shape:
    """A string of at most so many characters, or one of a few words."""

    def shape(held: Json, place: str) -> Json:
        if not isinstance(held, str):
            raise bad_request(f"`{place}` must be a string")
        if choices and held not in choices:
            raise bad_request(f"`{place}` must be one of {', '.join(choices)}")
        if len(held) > most:
            raise bad_request(f"`{place}` must have at most {most} characters, not {len(held)}")
        return held

    return shape


def base64_text(most: int = 65_535) -> Shape:
    """A string that holds base 64."""
    plain = text(most)

    def shape(held: Json, place: str) -> Json:
        try:
            base64.b64decode(str(plain(held, place)), validate=True)
        except ValueError:
            raise bad_request(f"`{place}` is not base 64") from None
        return held

    return shape


def whole(least: int = -_MAX_WHOLE) -> Shape:
    """A whole number, not smaller than `least`."""

    def shape(held: Json, place: str) -> Json:
        if not isinstance(held, int) or isinstance(held, bool) or not least <= held <= _MAX_WHOLE:
            raise bad_request(f"`{place}` must be a whole number" + (f" from {least}" if least > -_MAX_WHOLE else ""))
        return held

    return shape


def number(held: Json, place: str) -> Json:
    """Any number."""
    if not isinstance(held, int | float) or isinstance(held, bool):
        raise bad_request(f"`{place}` must be a number")
    return held


def flag(held: Json, place: str) -> Json:
    """A boolean."""
    if not isinstance(held, bool):
        raise bad_request(f"`{place}` must be true or false")
    return held


def anything(held: Json, place: str) -> Json:
    """An object of any content."""
    if not isinstance(held, dict):
        raise bad_request(f"`{place}` must be an object")
    return held


def or_null(shape: Shape) -> Shape:
    """That, or null."""
    return lambda held, place: None if held is None else shape(held, place)


def listed(item: Shape) -> Shape:
    """An array of that."""

    def shape(held: Json, place: str) -> Json:
        if not isinstance(held, list):
            raise bad_request(f"`{place}` must be an array")
        return [item(entry, f"{place}[{index}]") for index, entry in enumerate(held)]

    return shape


def mapped(value: Shape) -> Shape:
    """An object whose every value is that."""

    def shape(held: Json, place: str) -> Json:
        if not isinstance(held, dict):
            raise bad_request(f"`{place}` must be an object")
        return {name: value(entry, f"{place}.{name}") for name, entry in held.items()}

    return shape


def fields(shapes: Mapping[str, Shape], required: tuple[str, ...] = ()) -> Shape:
    """An object with those fields; a required one may be null if its shape takes null.

    Other fields are dropped, and one that is null counts as left out.
    """

    def shape(held: Json, place: str) -> Json:
        if not isinstance(held, dict):
            raise bad_request(f"`{place}` must be an object" if place else "The body must be an object")
        for name in required:
            if name not in held:
                raise bad_request(f"`{inside(place, name)}` is required")
        return {
            name: check(held[name], inside(place, name))
            for name, check in shapes.items()
            if name in held and (held[name] is not None or name in required)
        }

    return shape


def inside(place: str, name: str) -> str:
    """The place of a field."""
    return f"{place}.{name}" if place else name
