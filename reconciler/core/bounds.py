"""Check what JSON Schema cannot say of a custom property: that its bounds leave room and its pattern can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reconciler.core.faults import Fault
from reconciler.core.quote import quote


def bounds(document: Any) -> Iterator[Fault]:
    """The faults of a document whose shape is right; only a CustomProperty has any."""
    spec = document["spec"]
    if document["kind"] != "CustomProperty":
        return
    if "minimum" in spec and "maximum" in spec and spec["minimum"] > spec["maximum"]:
        message = f"`minimum` is {quote(spec['minimum'])}, more than the `maximum` of {quote(spec['maximum'])}"
        yield Fault("RC117", ("spec", "minimum"), message, "exchange the two, or mend one")
    if "pattern" in spec:
        try:
            re.compile(spec["pattern"])
        except (re.error, RecursionError, OverflowError) as error:
            message = f"the pattern {quote(spec['pattern'])} is not a regular expression: {error}"
            yield Fault("RC118", ("spec", "pattern"), message, "mend it, or escape special characters with a backslash")
