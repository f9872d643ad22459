"""Stories: a folder with a project and a `story.txt` of commands with the whole of what they print.

In `story.txt`, `$ reconciler …` runs a command, `$ api METHOD PATH JSON` does something to the backend by hand, and
`$ edit FILE: OLD => NEW` edits a manifest. What follows is stdout, then lines of stderr after `!`, then `[exit N]`.
`GOLDEN=update pytest tests/golden` writes what was printed; read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from reconciler.cli.main import run
from reconciler.sandbox import SandboxOptions, running

STORIES = sorted(path.parent for path in (Path(__file__).parent / "stories").glob("*/story.txt"))
COUNTRIES = ["US", "US", "FR", "KP", "DE"]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    options = SandboxOptions(data=tmp_path / "sandbox", settle=0.02, rate_limit=None, read_only_token="reader")
    with running(options) as sandbox:
        devices = [
            {
                "install_id": f"00000000-0000-4000-8000-{number:012d}",
                "user_id": f"user-{number}",
                "CarrierCountry": country,
                "custom_properties": {"plan": "premium" if number % 2 == 0 else "free"},
            }
            for number, country in enumerate(COUNTRIES)
        ]
        posted = {"app": "contoso/shop", "devices": devices}
        assert httpx.post(f"{sandbox.url}/_sandbox/devices", json=posted, trust_env=False).is_success
        yield sandbox.url


@pytest.mark.parametrize("folder", STORIES, ids=lambda folder: folder.name)
def test_a_story_is_told_as_it_was(
    folder: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "project"
    shutil.copytree(folder, project)
    file = project / "reconciler.yaml"
    if file.exists():
        file.write_text(file.read_text().replace("http://SANDBOX", url))
    monkeypatch.chdir(project)
    monkeypatch.setenv("APPCENTER_TOKEN", "some-secret-token")
    monkeypatch.setenv("RECONCILER_LOCAL_LEDGER", "accept")
    monkeypatch.setenv("READER_TOKEN", "reader")
    monkeypatch.setenv("COLUMNS", "100")
    story = (folder / "story.txt").read_text()
    told = "".join(_tell(step, url, capsys) for step in _steps(story))
    assert "some-secret-token" not in told
    if os.environ.get("GOLDEN") == "update":
        (folder / "story.txt").write_text(told)
    assert told == story


def _steps(story: str) -> list[str]:
    return [line for line in story.splitlines() if line.startswith(("$ ", "# ")) or line == "#"]


def _tell(step: str, url: str, capsys: pytest.CaptureFixture[str]) -> str:
    if step.startswith("#"):
        return step + "\n"
    word, _, rest = step.removeprefix("$ ").partition(" ")
    if word == "edit":
        _edit(rest)
        return f"{step}\n\n"
    if word == "api":
        _api(url, rest)
        return f"{step}\n\n"
    code = run(shlex.split(rest))
    printed = capsys.readouterr()
    errors = "".join(f"! {line}".rstrip() + "\n" for line in _steady(printed.err, url).splitlines())
    out = "".join(f"{line}\n" for line in _steady(printed.out, url).splitlines())
    return f"{step}\n{out}{errors}[exit {code}]\n\n"


def _edit(rest: str) -> None:
    name, _, change = rest.partition(": ")
    old, _, new = change.partition(" => ")
    path = Path(name)
    if change == "remove":
        path.unlink()
        return
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def _api(url: str, rest: str) -> None:
    method, path, body = rest.split(" ", 2)
    answer = httpx.request(method, url + path, json=json.loads(body), headers={"X-API-Token": "t"}, trust_env=False)
    assert answer.is_success, answer.text


def _steady(text: str, url: str) -> str:
    """The text without what differs from run to run: times, random identifiers, the port."""
    text = text.replace(url, "http://SANDBOX")
    text = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uuid>", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ", "<time>", text)
    text = re.sub(r"\b\d+ requests\.", "N requests.", text)  # one more where an audience is still being calculated
    text = re.sub(r"clocks agree within \d+ s", "clocks agree within N s", text)
    text = re.sub(r'"seconds": [\d.]+', '"seconds": 0', text)
    text = re.sub(r"~pk1[a-z2-7]{16}", "<marker>", text)
    text = re.sub(r"\baud_[0-9a-f]{16}\b", "<audience>", text)
    return re.sub(r"sha256:[0-9a-f]{64}", "<digest>", text)
