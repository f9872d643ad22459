"""Load a project: files to text, text to documents, documents to resources; needs neither network nor secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.core.audit import audit
from reconciler.core.configure import configure
from reconciler.core.inline import inlined
from reconciler.core.quote import quote
from reconciler.core.references import references
from reconciler.core.resolve import Definition, clean_names, resolve
from reconciler.core.validate import validate_project
from reconciler.engine.parallel import nothing, spread
from reconciler.engine.read_documents import read_documents
from reconciler.errors import ConfigError
from reconciler.manifests.locate import locate
from reconciler.manifests.parse import parse
from reconciler.manifests.read import SourceText, read, read_file
from reconciler.model.document import Document, Place, Source
from reconciler.model.finding import Finding
from reconciler.model.project import Project
from reconciler.model.resource import Resource
from reconciler.ports import Dialect
from reconciler.providers.registry import DIALECTS

PROJECT_FILE = "reconciler.yaml"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A project whose manifests hold no error: its resources on the apps of the chosen environment, and the warnings.

    `dialects` and `coordinates` are by app alias. `texts` are the files as read, by the name people see.
    """

    project: Project
    resources: tuple[Resource, ...]
    warnings: tuple[Finding, ...]
    dialects: Mapping[str, Dialect]
    coordinates: Mapping[str, str]
    texts: Mapping[str, str]
    documents: int

    @property
    def aliases(self) -> dict[str, str]:
        """The alias of each app, by its coordinates."""
        return {where: alias for alias, where in self.coordinates.items()}


def aliases_of(project: Project) -> dict[str, str]:
    """The alias of each app of a project, by its coordinates."""
    return {DIALECTS[app.provider].coordinates(app): alias for alias, app in project.apps.items()}


def load(project_file: str, environment: str = "", meanwhile: Callable[[], None] = nothing) -> Loaded:
    """Load the project of a file, or of the `reconciler.yaml` in a folder.

    `meanwhile` is done while other cores parse. Raises `ConfigError` with every error there is, located.
    """
    project, texts = _project(project_file, environment)
    sources, findings = read(project.root, project.manifests)
    texts.update((source.file, source.text) for source in sources)
    sound, unsound, problems = read_documents(sources, meanwhile)
    resources, unresolved = resolve(sound, project, judge=_judge)
    dialects = {alias: DIALECTS[app.provider] for alias, app in project.apps.items()}
    dangling = references(resources, unsound)
    resources = inlined(resources, {alias for alias, each in dialects.items() if each.sends.inlines_audiences})
    located = locate([*findings, *problems, *unresolved, *dangling, *audit(resources, dialects)], texts)
    if any(finding.is_error for finding in located):
        raise ConfigError(located)
    coordinates = {alias: dialects[alias].coordinates(app) for alias, app in project.apps.items()}
    return Loaded(project, resources, located, dialects, coordinates, texts, len(sound))


def _judge(definitions: Sequence[Definition]) -> list[Sequence[str] | None]:
    return spread(clean_names, definitions)


def project_of(project_file: str, environment: str = "") -> Project | None:
    """The project of a file or folder, None where there is none. Raises `ConfigError` for one that is not sound."""
    path = Path(project_file)
    there = path / PROJECT_FILE if path.is_dir() else path
    return _project(project_file, environment)[0] if there.exists() else None


def load_project(project_file: str, environment: str = "") -> Project:
    """Only the project, without its manifests. Raises `ConfigError`."""
    return _project(project_file, environment)[0]


@contextmanager
def placing(project: Project) -> Iterator[None]:
    """Give the findings of a `ConfigError` that is raised inside their places in the project file."""
    try:
        yield
    except ConfigError as error:
        source, _ = read_file(Path(project.document.file))
        texts = {source.file: source.text} if source else {}
        raise ConfigError(locate(error.findings, texts)) from None


def _project(project_file: str, environment: str) -> tuple[Project, dict[str, str]]:
    path = Path(project_file)
    if path.is_dir():
        path = path / PROJECT_FILE
    if not path.exists():
        hint = "start one with `reconciler init`, or name it with `--project PATH`"
        raise ConfigError([Finding("RC130", f"there is no project file {quote(str(path))}", hint)])
    source, findings = read_file(path)
    if source is None:
        raise ConfigError(findings)
    document = _one_document(source)
    texts = {source.file: source.text}
    project, problems = None, validate_project(document)
    if not any(problem.is_error for problem in problems):
        project, more = configure(document, str(path.parent), environment)
        problems = (*problems, *more, *_shared_coordinates(project, document))
    if project is None or any(problem.is_error for problem in problems):
        raise ConfigError(locate(problems, texts))
    return project, texts


def _one_document(source: SourceText) -> Document:
    documents, findings = parse(source)
    if findings:
        raise ConfigError(locate(findings, {source.file: source.text}))
    if len(documents) != 1:
        hint = "a project file holds one document of `kind: Project`"
        raise ConfigError([Finding("RC133", f"it holds {len(documents)} documents", hint, Place(source.file))])
    return documents[0]


def _shared_coordinates(project: Project | None, document: Document) -> tuple[Finding, ...]:
    """Two aliases of one app would each own, and send for, the same phones."""
    seen: dict[str, str] = {}
    findings: list[Finding] = []
    for alias, app in (project.apps if project else {}).items():
        coordinates = DIALECTS[app.provider].coordinates(app)
        first = seen.setdefault(coordinates, alias)
        if first != alias:
            where = Source(document, ("spec", "apps", alias), on_key=True)
            findings.append(
                Finding(
                    "RC134", f"{quote(alias)} is the same app as {quote(first)}", "keep one of the two aliases", where
                )
            )
    return tuple(findings)
