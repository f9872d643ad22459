"""Serve export and import tasks: jobs that finish by themselves; no byte leaves this machine, and none is fetched."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

from reconciler.sandbox.mobileengagement.links import link, location, ordering, whole_number
from reconciler.sandbox.mobileengagement.seen import seen_app
from reconciler.sandbox.mobileengagement.shapes import Shape, bad_request, fields, listed, read_object, text, whole
from reconciler.sandbox.mobileengagement.times import iso_second
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Json, Refusal, Reply, json_reply

_MAX_PAGE, _DEFAULT_PAGE = 40, 20
_COLUMNS = "id, type, description, url, created_at, error"
_UNREACHABLE = "The storage address is no https address with a signature"


@dataclass(frozen=True, slots=True)
class _Task:
    """A row of the tasks; of an import `type` is None."""

    id: int
    type: str | None
    description: str | None
    url: str
    created_at: float
    error: str | None


def export(exported: str, form: str) -> Callable[[Sandbox, Call], Reply]:
    """The operation that starts an export of that type; `form` names what its body holds. 202."""
    shape = _FORMS[form]

    def operation(sandbox: Sandbox, call: Call) -> Reply:
        app = seen_app(sandbox, call)
        body = cast("dict[str, Json]", shape(read_object(call.request), ""))
        start, end = (str(body.get(name, "")) for name in _PERIODS.get(form, ("", "")))
        if end < start:
            raise bad_request("The period ends before it begins")
        description = cast("str | None", body.get("description"))
        task = _started(sandbox, (app, "export", exported, description, str(body["containerUrl"])))
        parent = call.request.path.rstrip("/").rpartition("/")[0]
        return json_reply(202, _written(sandbox, task), location(call, str(task.id), parent))

    return operation


def import_devices(sandbox: Sandbox, call: Call) -> Reply:
    """ImportTasks_Create: 201."""
    app = seen_app(sandbox, call)
    body = cast("dict[str, Json]", _IMPORT(read_object(call.request), ""))
    task = _started(sandbox, (app, "import", None, None, str(body["storageUrl"])))
    return json_reply(201, _written(sandbox, task), location(call, str(task.id)))


def list_exports(sandbox: Sandbox, call: Call) -> Reply:
    """ExportTasks_List."""
    return _listed(sandbox, call, "export", ("taskId", "errorDetails", "dateCreated", "taskStatus"))


def list_imports(sandbox: Sandbox, call: Call) -> Reply:
    """ImportTasks_List."""
    return _listed(sandbox, call, "import", ("jobId", "errorDetails", "dateCreated", "jobStatus"))


def read_export(sandbox: Sandbox, call: Call) -> Reply:
    """ExportTasks_Get."""
    return _read(sandbox, call, "export")


def read_import(sandbox: Sandbox, call: Call) -> Reply:
    """ImportTasks_Get."""
    return _read(sandbox, call, "import")


def _started(sandbox: Sandbox, asked: tuple[int, str, str | None, str | None, str]) -> _Task:
    _, _, exported, description, url = asked
    address, now = urlsplit(url), sandbox.clock.now()
    error = None if address.scheme == "https" and address.netloc and "sig=" in address.query else _UNREACHABLE
    with transaction(sandbox.store) as connection:
        made = connection.execute(
            "INSERT INTO mobileengagement_tasks(app_id, direction, type, description, url, created_at, error)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*asked, now, error),
        )
    return _Task(int(made.lastrowid or 0), exported, description, url, now, error)


def _listed(sandbox: Sandbox, call: Call, direction: str, orders: tuple[str, ...]) -> Reply:
    tasks = _tasks(sandbox, seen_app(sandbox, call), direction)
    skip = whole_number(call, "$skip", (0, 999_999_999), 0) or 0
    top = whole_number(call, "$top", (1, _MAX_PAGE), _DEFAULT_PAGE) or _DEFAULT_PAGE
    by, descends = ordering(call, orders)
    keys: Mapping[str, Callable[[_Task], str | float]] = {
        orders[0]: lambda task: task.id,
        orders[1]: lambda task: task.error or "",
        orders[2]: lambda task: task.created_at,
        orders[3]: lambda task: _state(sandbox, task),
    }
    tasks.sort(key=keys[by], reverse=descends)
    body: dict[str, object] = {"value": [_written(sandbox, task) for task in tasks[skip : skip + top]]}
    if len(tasks) > skip + top:
        body["nextLink"] = link(call, {"$skip": str(skip + top)})
    return json_reply(200, body)


def _read(sandbox: Sandbox, call: Call, direction: str) -> Reply:
    app, number = seen_app(sandbox, call), call.parameters["id"]
    task = next((task for task in _tasks(sandbox, app, direction) if str(task.id) == number), None)
    if task is None:
        raise Refusal(404, "NotFound", f"There is no {direction} task `{number}`")
    return json_reply(200, _written(sandbox, task))


def _tasks(sandbox: Sandbox, app: int, direction: str) -> list[_Task]:
    rows = sandbox.store.connection.execute(
        f"SELECT {_COLUMNS} FROM mobileengagement_tasks WHERE app_id = ? AND direction = ? ORDER BY id",
        (app, direction),
    )
    return [_Task(*row) for row in rows]


def _state(sandbox: Sandbox, task: _Task) -> str:
    age, settle = sandbox.clock.now() - task.created_at, sandbox.options.settle
    if age < settle:
        return "Queued" if age < settle / 2 else "Started"
    return "Failed" if task.error else "Succeeded"


def _written(sandbox: Sandbox, task: _Task) -> dict[str, object]:
    """An `exportTaskResult` or an `importTaskResult`."""
    state = _state(sandbox, task)
    told: dict[str, object] = {"id": str(task.id), "state": state, "dateCreated": iso_second(task.created_at)}
    told |= {"storageUrl": task.url} if task.type is None else {"exportType": task.type}
    if task.description is not None:
        told["description"] = task.description
    if state in ("Failed", "Succeeded"):
        told["dateCompleted"] = iso_second(task.created_at + sandbox.options.settle)
    return told | {"errorDetails": task.error} if state == "Failed" else told


def _date(held: Json, place: str) -> Json:
    if not isinstance(held, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", held):
        raise bad_request(f"`{place}` must be a date yyyy-MM-dd")
    return _instant(held, place)


def _instant(held: Json, place: str) -> Json:
    try:
        datetime.fromisoformat(str(held))
    except ValueError:
        raise bad_request(f"`{place}` is not a date as RFC 3339 has it") from None
    return held


_TARGET: Mapping[str, Shape] = {"containerUrl": text(4_000), "description": text(4_000)}
_FORMAT: Mapping[str, Shape] = {"exportFormat": text(choices=("JsonBlob", "CsvBlob"))}
_CAMPAIGN: Mapping[str, Shape] = {"campaignType": text(choices=("Announcement", "DataPush", "NativePush", "Poll"))}
_PERIODS = {"dates": ("startDate", "endDate"), "window": ("campaignWindowStart", "campaignWindowEnd")}


def _form(**shapes: Shape) -> Shape:
    needed = tuple(name for name in shapes if name != "description")
    return fields(shapes, required=needed)


def _some(held: Json, place: str) -> Json:
    if not held:
        raise bad_request(f"`{place}` must have at least one entry")
    return listed(whole())(held, place)


_FORMS: Mapping[str, Shape] = {
    "everything": _form(**_TARGET, **_FORMAT),
    "dates": _form(**_TARGET, **_FORMAT, startDate=_date, endDate=_date),
    "window": _form(
        **_TARGET, **_FORMAT, **_CAMPAIGN, campaignWindowStart=_instant, campaignWindowEnd=_instant,
    ),
    "campaigns": _form(**_TARGET, **_FORMAT, **_CAMPAIGN, campaignIds=_some),
}  # fmt: skip
_IMPORT = fields({"storageUrl": text(4_000)}, required=("storageUrl",))
