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
    # Python's own comparison is fast, and wrong only in taking `True` for 1.
    return bool(left == right) and _is_strict(left, right)


def _is_strict(left: Any, right: Any) -> bool:
    """Whether two values that Python calls equal hold truths in the same places."""
    if left.__class__ is bool or right.__class__ is bool:
        return left is right
    if left.__class__ is dict or isinstance(left, Mapping):
        # A plain loop: every resource of a plan passes here.
        for key, value in left.items():
            if value.__class__ is not str and not _is_strict(value, right[key]):
                return False
        return True
    if isinstance(left, (list, tuple)):
        return all(map(_is_strict, left, right))
    return True


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
