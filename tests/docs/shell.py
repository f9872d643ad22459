"""Run the `sh` blocks of a page as its reader would: in order, in one folder, beside a sandbox if one is started."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.sandbox import SandboxOptions, parse_devices, parse_rate_limit, running

PORT = "8765"
_SANDBOX = re.compile(rf"^reconciler sandbox .*--port {PORT}\b.*$", re.MULTILINE)


@dataclass
class Shell:
    """A folder in which blocks are run; the variables and the folder of one block are those the next begins with."""

    folder: Path
    stack: ExitStack
    url: str = ""
    environ: dict[str, str] = field(default_factory=dict)

    def run(self, text: str) -> str:
        """Run a block; what it prints on both streams. Raises `AssertionError` where a command of it fails."""
        for line in _SANDBOX.findall(text):
            self._start(shlex.split(line, comments=True))
        script = self._rewritten(_SANDBOX.sub("", text))
        state = self.folder / ".shell"
        whole = f'set -eu\n[ -f {state}.env ] && . {state}.env\ncd "$(cat {state}.pwd)"\n{script}\n'
        whole += f"export -p > {state}.env; pwd > {state}.pwd\n"
        if not (self.folder / ".shell.pwd").exists():
            (self.folder / ".shell.pwd").write_text(str(self.folder))
        ended = subprocess.run(
            ["bash", "-c", whole],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, f"exit code {ended.returncode} of\n{text}\n{ended.stdout}"
        self._point_project()
        return ended.stdout.replace(self.url, f"http://127.0.0.1:{PORT}") if self.url else ended.stdout

    def _start(self, words: list[str]) -> None:
        given = dict(zip(words[2::2], words[3::2], strict=True))
        pwd = self.folder / ".shell.pwd"
        here = Path(pwd.read_text().strip()) if pwd.exists() else self.folder
        data = here / given["--data"]
        data.mkdir(parents=True, exist_ok=True)
        devices = parse_devices(given["--devices"]) if "--devices" in given else None
        options = SandboxOptions(
            data=data,
            settle=0.05,
            devices=here / devices if isinstance(devices, Path) else devices,
            rate_limit=parse_rate_limit(given["--rate-limit"]) if "--rate-limit" in given else "vendor",
        )
        self.url = self.stack.enter_context(running(options)).url
        self._point_project()

    def _point_project(self) -> None:
        """Project files say the port of the page; here a free one was taken."""
        for path in self.folder.rglob("reconciler.yaml") if self.url else ():
            text = path.read_text(encoding="utf-8")
            if PORT in text:
                path.write_text(self._rewritten(text), encoding="utf-8")

    def _rewritten(self, text: str) -> str:
        return text.replace(f"http://127.0.0.1:{PORT}", self.url) if self.url else text


@contextmanager
def shell(folder: Path) -> Iterator[Shell]:
    """A shell whose `reconciler` is the one under test; no CI, no proxy, no colour."""
    left_out = ("CI", "APPCENTER_TOKEN", "AZURE_TOKEN", "APPIZER_KEY", "BASH_ENV", "ENV")
    environ = {name: value for name, value in os.environ.items() if name not in left_out}
    environ |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{environ.get('PATH', '')}", "NO_COLOR": "1"}
    with ExitStack() as stack:
        yield Shell(folder, stack, environ=environ)


_NAMES = (
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"~pk1[a-z2-7]{16}"), "MARKER"),
    (re.compile(r"\b(announcements|polls|dataPushes|nativePushes)/\d+"), r"\1/N"),  # made side by side, in any order
    (re.compile(r"sha256:[0-9a-f]{64}"), "DIGEST"),
    (re.compile(r"[ \t]+"), " "),
)


def same_output(wanted: str, found: str) -> bool:
    """Whether an output is the one shown, but for what differs from run to run."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "…" else re.escape(named(line)) + r"\n" for line in wanted.splitlines()
    )
    text = "".join(f"{named(line)}\n" for line in found.splitlines())
    return re.fullmatch(pattern, text) is not None


def named(line: str) -> str:
    """A line with names in place of ids, times, markers and digests."""
    for pattern, name in _NAMES:
        line = pattern.sub(name, line)
    return line.rstrip()
