"""List the vendors that the sandbox speaks for; a new one is a folder and a line here."""

from __future__ import annotations

from reconciler.sandbox.appcenter import APPCENTER
from reconciler.sandbox.appizer import APPIZER
from reconciler.sandbox.mobileengagement import MOBILE_ENGAGEMENT
from reconciler.sandbox.vendor import Vendor

VENDORS: tuple[Vendor, ...] = (APPCENTER, APPIZER, MOBILE_ENGAGEMENT)
