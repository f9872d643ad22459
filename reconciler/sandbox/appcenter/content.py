"""Check what a notification says (facts §6, NotificationContent)."""

from __future__ import annotations

from reconciler.sandbox.appcenter.bodies import Field, bad_request, read_fields
from reconciler.sandbox.wire import Json

MAX_PAIRS = 20
MAX_VALUE = 100
_FIELDS = (
    Field("name", required=True, length=(3, 64)),
    Field("title", length=(0, 128)),
    Field("body", length=(1, 4000)),  # optional since 2020-04: without it the push is silent
    Field("custom_data", "object", length=(0, MAX_PAIRS), items="string"),
)


def checked_content(value: dict[str, Json]) -> dict[str, Json]:
    """The content, without what was left out.

    Raises:
        Refusal: 400.
    """
    where = "notification_content."
    fields = read_fields(value, _FIELDS, where)
    custom = fields["custom_data"]
    for name, held in custom.items() if isinstance(custom, dict) else ():
        if isinstance(held, str) and len(held) > MAX_VALUE:
            raise bad_request(
                f"The {where}custom_data.{name} value must have at most {MAX_VALUE} characters, not {len(held)}"
            )
    return {name: held for name, held in fields.items() if held is not None}
