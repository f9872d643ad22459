"""Read `$filter` and `$select` of the query for devices, and write the filter as SQL (facts §10)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.sandbox.mobileengagement.criteria import Condition
from reconciler.sandbox.mobileengagement.shapes import bad_request

_SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_CHECK = re.compile(r"(deviceId)\s+(gt|ge|lt|le)\s+'((?:[^']|'')*)'|(lastModified)\s+(gt|ge|lt|le)\s+([0-9]{1,18})(L?)")
_SELECTED = re.compile(r"(appInfo|meta)(?:/([a-zA-Z0-9_\-]{1,128}))?")
_MAX_SHORT = 2**31 - 1  # a greater number needs an L


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: `deviceId` with a text, or `lastModified` with milliseconds since 1970."""

    property: str
    operator: str
    value: str

    def holds(self, moment: int) -> bool:
        """True if something changed at `moment` meets a check of `lastModified`."""
        limit = int(self.value)
        return {"gt": moment > limit, "ge": moment >= limit, "lt": moment < limit, "le": moment <= limit}[self.operator]

    def written(self) -> str:
        """The check as a client writes it."""
        quoted = self.value.replace("'", "''")
        value = f"'{quoted}'" if self.property == "deviceId" else f"{self.value}L"
        return f"{self.property} {self.operator} {value}"


def read_filter(text: str) -> tuple[Check, ...]:
    """Read checks with `and` between them, and parentheses, which change nothing.

    Raises:
        Refusal: 400.
    """
    checks, rest = [], _without_parentheses(text)
    while True:
        found = _CHECK.match(rest)
        if found is None or (found[6] and not found[7] and int(found[6]) > _MAX_SHORT):
            raise _wrong(text)
        device, operator, device_id, _, moved, moment, _ = found.groups()
        by_id = Check("deviceId", operator, (device_id or "").replace("''", "'"))
        checks.append(by_id if device else Check("lastModified", moved, moment))
        rest = rest[found.end() :].strip()
        if not rest:
            return tuple(checks)
        word = re.match(r"and\s+", rest)
        if word is None:
            raise _wrong(text)
        rest = rest[word.end() :]


def filter_condition(checks: Sequence[Check]) -> Condition:
    """The devices that meet the checks of their id, and something of which meets all those of its last change."""
    ids = [check for check in checks if check.property == "deviceId"]
    times = [check for check in checks if check.property == "lastModified"]
    sql = " AND ".join(("1", *(f"install_id {_SIGNS[check.operator]} ?" for check in ids)))
    parameters: list[object] = [check.value for check in ids]
    if times:
        both = " AND ".join(f"CAST({{0}} * 1000 AS INTEGER) {_SIGNS[check.operator]} ?" for check in times)
        changed = (
            "EXISTS(SELECT 1 FROM mobileengagement_changes AS changes WHERE changes.app_id = devices.app_id"
            f" AND changes.install_id = devices.install_id AND {both.format('at')})"
        )
        sql += f" AND ({both.format('first_seen')} OR {both.format('last_seen')} OR {changed})"
        parameters += [int(check.value) for check in times] * 3
    return Condition(sql, tuple(parameters))


def after(checks: Sequence[Check], device_id: str) -> str:
    """The filter of the next page."""
    kept = [check for check in checks if check.property != "deviceId" or check.operator in ("lt", "le")]
    return " and ".join(check.written() for check in (Check("deviceId", "gt", device_id), *kept))


def read_select(text: str) -> dict[str, set[str]]:
    """The chosen properties of `appInfo` and `meta`; an empty set is all of them.

    Raises:
        Refusal: 400.
    """
    chosen: dict[str, set[str]] = {}
    wholes = set()
    for part in text.split(","):
        found = _SELECTED.fullmatch(part.strip())
        if found is None:
            raise bad_request(f"`$select` takes appInfo, meta, appInfo/KEY and meta/KEY, not `{part.strip()}`")
        chosen.setdefault(found[1], set()).update({found[2]} if found[2] else ())
        wholes |= set() if found[2] else {found[1]}
    return {name: set() if name in wholes else keys for name, keys in chosen.items()}


def _without_parentheses(text: str) -> str:
    """The filter without its parentheses, which must be in pairs; those inside an id are kept."""
    kept, depth = [], 0
    for index, part in enumerate(text.split("'")):
        if index % 2:
            kept.append(part)
            continue
        for sign in part:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth < 0:
                raise _wrong(text)
        kept.append(part.replace("(", " ").replace(")", " "))
    if depth:
        raise _wrong(text)
    return "'".join(kept).strip()


def _wrong(text: str) -> Exception:
    return bad_request(
        "`$filter` takes `deviceId OP 'ID'` and `lastModified OP MILLISECONDSL`, with gt, ge, lt or le,"
        f" and `and` between them, not `{text}`"
    )
