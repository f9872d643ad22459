"""Measure how fast manifests are read, in units of PyYAML's C loader: `python bench/manifests.py [DOCUMENTS]`."""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from reconciler.core.validate import validate
from reconciler.manifests.events import events
from reconciler.manifests.parse import parse
from reconciler.manifests.read import SourceText, read
from reconciler.model.document import Document

FILES = 100
ROUNDS = 7

DOCUMENT = """\
apiVersion: reconciler/v1
kind: Audience
metadata:
  name: audience-{number}
  apps: [shop-{app}]
  labels:
    team: growth
    tier: "{tier}"
spec:
  description: Premium customers of wave {number}, in the United States
  definition: >-
    CarrierCountry eq 'US' and plan eq 'premium'
    and wave eq {number}
  enabled: true
"""


def write(folder: Path, documents: int) -> None:
    """Write so many documents into a hundred files."""
    for file in range(FILES):
        numbers = range(file, documents, FILES)
        texts = [DOCUMENT.format(number=number, app=number % 50, tier=number % 3) for number in numbers]
        (folder / f"{file:03}.yaml").write_text("---\n".join(texts))


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes, with the collector at rest, as the command line runs it."""
    gc.collect()
    gc.disable()
    begin = time.perf_counter()
    work()
    elapsed = time.perf_counter() - begin
    gc.enable()
    return elapsed


def drain(text: str) -> int:
    """Let PyYAML make its events and only count them: the floor of whatever is built on them."""
    following, count = events(text), 0
    while following() is not None:
        count += 1
    return count


def measure(folder: Path) -> dict[str, list[float]]:
    """Take the times of every stage, one after the other, several times over."""
    texts: tuple[SourceText, ...] = read(folder, ["."])[0]
    documents: list[Document] = [document for text in texts for document in parse(text)[0]]
    stages: dict[str, Callable[[], object]] = {
        "yaml.load_all(CSafeLoader)": lambda: [list(yaml.load_all(text.text, yaml.CSafeLoader)) for text in texts],
        "bare events": lambda: [drain(text.text) for text in texts],
        "read": lambda: read(folder, ["."]),
        "parse": lambda: [parse(text) for text in texts],
        "validate": lambda: validate(documents),
    }
    times: dict[str, list[float]] = {name: [] for name in stages}
    for _ in range(ROUNDS):
        for name, work in stages.items():
            times[name].append(seconds(work))
    return times


def main() -> None:
    """Print each stage's median time and its ratio to the unit."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), count)
        times = measure(Path(name))
    unit = next(iter(times.values()))
    print(f"{count} documents in {FILES} files, medians of {ROUNDS} paired runs")
    for stage, taken in times.items():
        ratio = statistics.median(mine / theirs for mine, theirs in zip(taken, unit, strict=True))
        print(f"{stage:28} {statistics.median(taken):7.3f} s  {ratio:6.3f} U")


if __name__ == "__main__":
    main()
