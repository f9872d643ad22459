"""What all tests share: on a CI machine, generated cases are the same on every run, so that a landing can be repeated.
No case has a deadline anywhere: how long one takes tells of the machine, and of who else works on it.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")
