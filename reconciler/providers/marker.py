"""The marker of a send at the end of an internal name, by which it is found again."""

from __future__ import annotations

import re

MARKED = re.compile(r" (~pk1[a-z2-7]{16})$")
