"""Look whether the files of a project have changed, and load them anew if so."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from reconciler.engine.load import PROJECT_FILE, Loaded, load
from reconciler.errors import ReconcilerError

Stamps = frozenset[tuple[str, int, int]]
"""Of each file: its path, when it was written, and its size."""


class Watch:
    """What the files of a project looked like when they were loaded last."""

    def __init__(self, project_file: str, environment: str, loaded: Loaded) -> None:
        self._file, self._environment = project_file, environment
        self._seen = _stamps(loaded)

    def fresh(self, loaded: Loaded) -> Loaded:
        """The project as its files are now; `loaded` where nothing has changed. Raises `ConfigError` where it is not
        sound, and `ReconcilerError` where its apps are others: then what is loaded goes on.
        """
        now = _stamps(loaded)
        if now == self._seen:
            return loaded
        self._seen = now
        again = load(self._file, self._environment)
        if again.project.apps != loaded.project.apps:
            hint = "start `reconciler run` again"
            raise ReconcilerError("the apps of the project are others now", code="RC534", hint=hint)
        return again


def _stamps(loaded: Loaded) -> Stamps:
    root = Path(loaded.project.root)
    paths = [root / PROJECT_FILE, *(each for named in loaded.project.manifests for each in _files(root / named))]
    return frozenset((str(path), stat.st_mtime_ns, stat.st_size) for path in paths for stat in _stat(path))


def _files(path: Path) -> Iterable[Path]:
    return (each for each in path.rglob("*") if each.suffix in (".yaml", ".yml")) if path.is_dir() else [path]


def _stat(path: Path) -> list[os.stat_result]:
    try:
        return [path.stat()]
    except OSError:
        return []
