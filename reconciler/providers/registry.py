"""The backends there are, each without credentials."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reconciler.ports import Dialect
from reconciler.providers.appcenter.dialect import AppCenterDialect
from reconciler.providers.appizer.dialect import AppizerDialect
from reconciler.providers.mobileengagement.dialect import MobileEngagementDialect

_ALL: tuple[Dialect, ...] = (AppCenterDialect(), MobileEngagementDialect(), AppizerDialect())

DIALECTS: Mapping[str, Dialect] = MappingProxyType({each.name: each for each in _ALL})
"""Every backend by the name that `provider:` has in the project file."""
