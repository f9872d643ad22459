"""The audience language against PyYAML's C loader: 10,000 different definitions, parsed, checked and normalised.

Prints seconds, and the ratio to the unit of the same run: loading a project of 10,000 documents of 15 lines.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import time
from collections.abc import Callable

import yaml

from reconciler.language import Property, check, normalize, parse

COUNT = 10_000
TARGET = 0.3
ROUNDS = 7
PROPERTIES = {
    "plan": Property("string", ("free", "basic", "premium", "gold")),
    "city": Property("string"),
    "age": Property("number", minimum=0, maximum=150),
    "visits": Property("number"),
    "vip": Property("boolean"),
    "dog-lover": Property("boolean"),
    "signup": Property("date_time"),
}
COUNTRIES = ("US", "CA", "MX", "DE", "FR", "GB", "JP", "BR", "IN", "KP")


def definition(chance: random.Random) -> str:
    """Return a definition as people write them: one to five properties, some of them with a range, mostly `and`."""
    asked = chance.sample(list(TERMS), chance.choice((1, 2, 2, 3, 3, 3, 4, 5)))
    parts = [chance.choice(TERMS[name])(chance) for name in asked]
    match chance.randrange(10):
        case 0:
            return " or ".join(parts)
        case 1 if len(parts) > 2:
            return f"({' or '.join(parts[:2])}) and {' and '.join(parts[2:])}"
        case 2:
            return f"not ({parts[0]})" + "".join(f" and {part}" for part in parts[1:])
        case _:
            return " and ".join(parts)


TERMS: dict[str, tuple[Callable[[random.Random], str], ...]] = {
    "country": (
        lambda c: f"CarrierCountry eq '{c.choice(COUNTRIES)}'",
        lambda c: f"CarrierCountry in ({', '.join(repr(code) for code in c.sample(COUNTRIES, 4))})",
        lambda c: f"CarrierCountry ne '{c.choice(COUNTRIES)}'",
    ),
    "language": (lambda c: f"Language = '{c.choice(('en', 'de', 'fr', 'pt-BR'))}'",),
    "version": (
        lambda c: f"AppVersion eq '{c.randrange(9)}.{c.randrange(20)}'",
        lambda c: f"AppVersion ne '{c.randrange(9)}.{c.randrange(9)}' and AppVersion ne '{c.randrange(9)}.9.1'",
    ),
    "model": (lambda c: f"startswith(Model, 'Pixel {c.randrange(9)}')",),
    "plan": (lambda c: f"plan eq '{c.choice(('free', 'basic', 'premium', 'gold'))}'",),
    "city": (lambda c: f"city ne 'City {c.randrange(5000)}'",),
    "age": (
        lambda c: f"age ge {c.randrange(60)}",
        lambda c: f"age ge {c.randrange(30)} and age lt {c.randrange(31, 90)}",
    ),
    "visits": (lambda c: f"visits gt {c.randrange(1000)}",),
    "vip": (lambda c: f"vip eq {c.choice(('true', 'false'))}",),
    "dogs": (lambda c: "dog-lover eq true",),
    "signup": (lambda c: f"signup ge 20{c.randrange(10, 26)}-{c.randrange(1, 13):02}-01T00:00:00Z",),
}

DOCUMENT = """\
apiVersion: reconciler/v1
kind: Audience
metadata:
  name: audience-{place}
  apps: [shop-android, shop-legacy]
  labels:
    team: growth
    quarter: q{quarter}
spec:
  description: >-
    Customers of segment {place}, as agreed
    with the growth team
  enabled: true
  definition: >-
    {definition}
"""


def seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes, with the collector at rest, as the command line runs it."""
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    work()
    elapsed = time.perf_counter() - start
    gc.enable()
    return elapsed


def main() -> int:
    """Print the measurements; exit 0 whatever they are."""
    chance = random.Random(7)
    texts: dict[str, None] = {}
    while len(texts) < COUNT:
        texts[definition(chance)] = None
    project = "---\n".join(
        DOCUMENT.format(place=place, quarter=place % 4 + 1, definition=text) for place, text in enumerate(texts)
    )
    exprs = [parse(text) for text in texts]
    # In phases, as the pipeline goes: all documents through one, then all through the next.
    steps: dict[str, Callable[[], object]] = {
        "parse": lambda: [parse(text) for text in texts],
        "check": lambda: [check(expr, PROPERTIES) for expr in exprs],
        "normalize": lambda: [normalize(expr) for expr in exprs],
        "1 U": lambda: list(yaml.load_all(project, Loader=yaml.CSafeLoader)),
    }
    runs = [{name: seconds(work) for name, work in steps.items()} for _ in range(ROUNDS)]
    for run in runs:
        run["in all"] = run["parse"] + run["check"] + run["normalize"]
    print(f"{COUNT:,} definitions, {sum(map(len, texts)) / COUNT:.0f} characters each; medians of {len(runs)} runs")
    for name in ("parse", "check", "normalize", "in all", "1 U"):
        ratio = statistics.median(run[name] / run["1 U"] for run in runs)
        note = f"   (target {TARGET})" if name == "in all" else ""
        print(f"{name:>10} {statistics.median(run[name] for run in runs):7.3f} s {ratio:6.2f} U{note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
