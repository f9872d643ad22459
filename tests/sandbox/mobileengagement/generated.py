"""A client that is made from the vendor's description when it runs; it knows nothing else of the API."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from .description import Operation, check, operations, response_schema


class ApiError(Exception):
    """An answer that the description calls `default`."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.code = status, body["error"]["code"]


class GeneratedClient:
    """Every `operationId` is a method that takes the described parameters by name.

    What is sent and what comes back is checked against the description. `always` gives parameters to every operation
    that has them.
    """

    def __init__(self, http: httpx.Client, **always: str) -> None:
        self._http, self._always = http, always
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        try:
            operation = operations()[name]
        except KeyError:
            raise AttributeError(name) from None
        return lambda **given: self._call(operation, given)

    def pages(self, name: str, **given: Any) -> list[Any]:
        """Every value of a pageable operation, by its links."""
        body = getattr(self, name)(**given)
        values = list(body["value"])
        while body.get("nextLink"):
            answer = self._http.get(body["nextLink"], headers={"Accept": "application/json"})
            check(body := answer.raise_for_status().json(), response_schema(operations()[name], 200) or {})
            values += body["value"]
        return values

    def _call(self, operation: Operation, given: dict[str, Any]) -> Any:
        self.called.add(operation.id)
        named = {one["name"]: one for one in operation.parameters}
        held = {name: value for name, value in self._always.items() if name in named} | given
        assert held.keys() <= named.keys(), f"{operation.id} has no parameter {sorted(held.keys() - named.keys())}"
        missing = [name for name, one in named.items() if one.get("required") and name not in held]
        assert not missing, f"{operation.id} needs {missing}"
        path, query, body = operation.path, {}, None
        for name, value in held.items():
            schema = named[name].get("schema") or {
                key: named[name][key] for key in ("type", "enum") if key in named[name]
            }
            check(value, schema)
            if named[name]["in"] == "path":
                path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
            elif named[name]["in"] == "query":
                query[name] = str(value)
            else:
                body = value
        answer = self._http.request(
            operation.method, path, params=query, json=body, headers={"Accept": "application/json"}
        )
        return _read(operation, answer)


def _read(operation: Operation, answer: httpx.Response) -> Any:
    schema = response_schema(operation, answer.status_code)
    if schema is None:
        assert answer.content == b""
        return None
    check(answer.json(), schema)
    if str(answer.status_code) not in operation.responses:
        raise ApiError(answer.status_code, answer.json())
    return answer.json()
