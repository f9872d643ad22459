"""Tell whether two values of a field are the same: JSON equality, sets where order means nothing, definitions by
their normal form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.language import DefinitionError, normal_text
from reconciler.model.digest import canonical
from reconciler.model.kind import KindSpec


def equal(left: Any, right: Any) -> bool:
    """JSON equality: `1` is `1.0` but not `true`; mappings by their keys, lists by their order."""
    if left is right:
        return True
    if left.__class__ is str or left != right:  # most values by far; what Python calls unequal is
        return bool(left == right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(equal, left, right))
    return bool(left == right)


def same_field(kind: KindSpec, name: str, left: Any, right: Any) -> bool:
    """Whether a field of a kind means the same on both sides."""
    if equal(left, right):
        return True
    if name in kind.expressions and isinstance(left, str) and isinstance(right, str):
        return _same_definition(left, right)
    if name in kind.sets and isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return sorted(map(canonical, left)) == sorted(map(canonical, right))
    return False


def _same_definition(left: str, right: str) -> bool:
    try:
        return normal_text(left) == normal_text(right)
    except DefinitionError:
        # A live definition that does not parse is compared as text, which `equal` has done.
        return False
