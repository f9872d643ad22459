"""Find the app and the campaign that a path names, when all that is due for the app has happened."""

from __future__ import annotations

from reconciler.sandbox.devices import app_id, canonical_app
from reconciler.sandbox.mobileengagement.campaign import Campaign, find_campaign
from reconciler.sandbox.mobileengagement.due import catch_up_app
from reconciler.sandbox.mobileengagement.fields import KINDS
from reconciler.sandbox.mobileengagement.shapes import bad_request
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox

VENDOR = "mobileengagement"
_KINDS = {kind.lower(): kind for kind in KINDS}


def coordinate_of(call: Call) -> str:
    """The app's coordinate, `subscription/resource_group/collection/app`, in lower case.

    Raises:
        Refusal: 400 if one of the four is empty, or holds a slash.
    """
    names = [call.parameters[name] for name in ("subscription", "group", "collection", "app")]
    if not all(names) or any("/" in name for name in names):
        raise bad_request("Subscription, resource group, collection and app have at least one character, and no slash")
    return canonical_app("/".join(names))


def seen_app(sandbox: Sandbox, call: Call) -> int:
    """The number of the app in the path, which exists from now on if it did not before.

    Raises:
        Refusal: 400.
    """
    now = sandbox.clock.now()
    app = app_id(sandbox.store, sandbox.seed, coordinate_of(call), now)
    catch_up_app(sandbox, app, now)
    return app


def kind_of(call: Call) -> str:
    """The kind of campaign in the path.

    Raises:
        Refusal: 400.
    """
    kind = _KINDS.get(call.parameters["kind"].lower())
    if kind is None:
        raise bad_request(f"`{call.parameters['kind']}` is not one of {', '.join(KINDS)}")
    return kind


def seen_campaign(sandbox: Sandbox, call: Call) -> Campaign:
    """The campaign in the path.

    Raises:
        Refusal: 400 if its id is no number, 404 if there is none.
    """
    app, number = seen_app(sandbox, call), call.parameters["id"]
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        raise bad_request(f"`{number}` is not the id of a campaign")
    return find_campaign(sandbox.store.connection, app, kind_of(call), int(number))
