"""The shape of the house: what no linter of its own watches over."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "reconciler").rglob("*.py"))
ONE_HOME = {
    "yaml": "reconciler/manifests/",
    "jsonschema": "reconciler/core/validate.py",
    "jsonschema_rs": "reconciler/core/validate.py",
    "deepdiff": "reconciler/core/diff.py",
    "httpx": "reconciler/providers/",
    "sqlalchemy": "reconciler/ledger/",
    "uvicorn": "reconciler/sandbox/",
    "click": "reconciler/cli/",
    "rich": "reconciler/cli/",
}
"""One library, one home; the demo is a user of the sandbox and may speak HTTP to it."""

FORBIDDEN_WORDS = ("manager", "helper", "util", "handler", "service", "base")
LATE_IMPORTS = {"reconciler/core/diff.py", "reconciler/core/validate.py", "reconciler/ledger/connect.py"}
"""Outside `cli/`, the only homes of heavy libraries that are imported when they are needed."""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_file_has_outgrown_its_job(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 250


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_every_module_says_what_it_is_and_no_function_is_a_scroll(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, node.name


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_name_of_a_module_or_class_is_empty_of_meaning(path: Path) -> None:
    tree = ast.parse(path.read_text())
    names = [path.stem, *(node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    assert not [name for name in names for word in FORBIDDEN_WORDS if word in name.lower()]


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_every_library_stays_in_its_home(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        imported = []
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported = [node.module]
        for name in imported:
            home = ONE_HOME.get(name.partition(".")[0])
            is_demo = relative(path) == "reconciler/cli/demo.py" and name == "httpx"
            assert home is None or relative(path).startswith(home) or is_demo, name


@pytest.mark.parametrize("path", [path for path in SOURCES if "/cli/" not in path.as_posix()], ids=relative)
def test_imports_stand_at_the_top_but_for_a_few_heavy_ones(path: Path) -> None:
    tree = ast.parse(path.read_text())
    late = [
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    assert not late or relative(path) in LATE_IMPORTS


def test_every_package_is_shipped() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "reconciler").rglob("__init__.py")}
    assert set(declared) == found | {"reconciler.schemas"}


def imported_by(command: list[str]) -> set[str]:
    script = (
        "import sys\nfrom reconciler.cli.main import run\n"
        f"run({command!r})\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in ended.stderr.split()}


@pytest.mark.parametrize(
    ("command", "unwanted"),
    [
        (["--help"], {"yaml", "httpx", "sqlalchemy", "deepdiff", "jsonschema", "jsonschema_rs", "rich", "uvicorn"}),
        (["version"], {"yaml", "httpx", "sqlalchemy", "deepdiff", "jsonschema", "jsonschema_rs", "rich"}),
        (["--project", "examples/first-push", "validate"], {"httpx", "sqlalchemy", "deepdiff", "jsonschema", "rich"}),
    ],
    ids=["help", "version", "validate"],
)
def test_a_command_loads_only_what_it_needs(command: list[str], unwanted: set[str]) -> None:
    assert not imported_by(command) & unwanted


def test_the_import_contracts_notice_a_broken_rule(tmp_path: Path) -> None:
    copy = tmp_path / "reconciler"
    subprocess.run(["cp", "-r", str(ROOT / "reconciler"), str(copy)], check=True)
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    guard = copy / "core" / "guard.py"
    guard.write_text(guard.read_text() + "\nfrom reconciler.engine import clock  # noqa\n")
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env={"PYTHONPATH": "."})
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "core.guard -> reconciler.engine.clock" in ended.stdout.replace("\n", " ")
