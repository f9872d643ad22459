"""httpx, imported without its own command line: that one brings a terminal library which takes as long as the rest."""

from __future__ import annotations

import sys

# httpx takes the absence of its command line for granted (`except ImportError` in its `__init__`).
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

import httpx  # noqa: E402

__all__ = ["httpx"]
