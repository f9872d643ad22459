"""The backends there are, each without credentials."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reconciler.ports import Dialect
from reconciler.providers.appcenter.dialect import AppCenterDialect

DIALECTS: Mapping[str, Dialect] = MappingProxyType({each.name: each for each in (AppCenterDialect(),)})
"""Every backend by the name that `provider:` has in the project file."""
