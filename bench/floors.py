"""The floors, each taken in a process of its own.

`python -m bench.floors yaml FOLDER`, and `python -m bench.floors http URL FOLDER THREADS`.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

CHUNK = 16
"""PUTs that one task of the pool makes, as in `apply`."""


def load_yaml(folder: Path) -> dict[str, float]:
    """One unit: what PyYAML's C loader takes for the manifests of a project, reading and imports left out."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((folder / "manifests").iterdir())]
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    documents = [list(yaml.load_all(text, yaml.CSafeLoader)) for text in texts]
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "count": sum(map(len, documents)),
    }


def put_all(url: str, folder: Path, threads: int) -> dict[str, float]:
    """What bare httpx takes to PUT every audience of a project: one client, so many threads, bodies made before."""
    import httpx  # noqa: PLC0415 - the other floor is taken without it

    chunks = list(_chunks(_bodies(folder)))
    headers = {"X-API-Token": "bench", "Content-Type": "application/json"}
    with httpx.Client(headers=headers, timeout=30, trust_env=False) as client:

        def put(chunk: list[tuple[str, bytes]]) -> None:
            for path, body in chunk:
                client.put(url + path, content=body).raise_for_status()

        cpu, wall = time.process_time(), time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(put, chunks))
        return {
            "cpu": time.process_time() - cpu,
            "wall": time.perf_counter() - wall,
            "count": sum(map(len, chunks)),
        }


def _bodies(folder: Path) -> list[tuple[str, bytes]]:
    """The requests that an apply of the project makes: the path and the body of each."""
    from reconciler.engine.load import load  # noqa: PLC0415
    from reconciler.providers.answers import encoded  # noqa: PLC0415
    from reconciler.providers.appcenter import wire  # noqa: PLC0415

    found: list[tuple[str, bytes]] = []
    for each in load(str(folder)).resources:
        if each.kind == "Audience":
            path = f"/v0.1/apps/contoso/{each.app}/analytics/audiences/{quote(each.name, safe='')}"
            found.append((path, encoded(wire.audience_body(each.spec, None))))
    return found


def _chunks(found: list[tuple[str, bytes]]) -> list[list[tuple[str, bytes]]]:
    return [found[start : start + CHUNK] for start in range(0, len(found), CHUNK)]


def main(arguments: list[str]) -> None:
    """Take one floor and print it as JSON."""
    taken: dict[str, Any]
    if arguments[0] == "yaml":
        taken = load_yaml(Path(arguments[1]))
    else:
        taken = put_all(arguments[1], Path(arguments[2]), int(arguments[3]))
    print(json.dumps(taken))


if __name__ == "__main__":
    main(sys.argv[1:])
