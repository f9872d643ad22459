"""`reconciler init`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.rehearsal import clock_for, clock_option
from reconciler.cli.session import open_ledger
from reconciler.cli.terminal import again, note, option, out
from reconciler.engine.load import PROJECT_FILE, load, load_project
from reconciler.engine.past import settle_past
from reconciler.engine.run import Run
from reconciler.errors import ReconcilerError
from reconciler.render.escape import visible

PROJECT = """\
# The project: where manifests and the ledger are, and which apps there are. See `reconciler schema Project`.
apiVersion: reconciler/v1
kind: Project
metadata: {name: my-project}
spec:
  manifests: [manifests]
  ledger: sqlite:///.reconciler/ledger.db   # what was applied and sent; share one (postgresql://…) before CI applies
  apps:
    my-app:
      provider: appcenter
      owner: my-owner
      app: my-app
      token: {env: APPCENTER_TOKEN}          # secrets are only ever named
      endpoint: http://127.0.0.1:8765        # `reconciler sandbox --port 8765`; remove this line for App Center itself
  guard: {max_deletes: {percent: 30, amount: 10}, max_recipients: 50000}
"""

MANIFEST = """\
# One audience and one push to it. Change `revision` to send again; nothing else sends twice.
apiVersion: reconciler/v1
kind: Audience
metadata: {name: everyone-in-france, apps: [my-app]}
spec:
  description: Devices of French carriers
  definition: CarrierCountry eq 'FR'
---
apiVersion: reconciler/v1
kind: Notification
metadata: {name: bonjour, apps: [my-app]}
spec:
  content: {title: Bonjour, body: Thank you for trying reconciler}
  target: {audiences: [everyone-in-france]}
  revision: 1
"""

IGNORE = ".reconciler/\n"


@click.command("init")
@click.option("--baseline", "is_baseline", is_flag=True, help="Take what is due by now as sent before: it never leaves")
@clock_option
def command(is_baseline: bool, clock: str) -> int:
    """Start a project in an empty folder; in a project, make its ledger.

    \b
    Example:
      mkdir shop && reconciler --project shop init
      reconciler --project shop validate
      reconciler --project moved-here init --baseline
    """
    path = Path(option("project_file"))
    folder = path.parent if path.suffix in (".yaml", ".yml") else path
    project_file = path if path.suffix in (".yaml", ".yml") else folder / PROJECT_FILE
    written = [] if project_file.exists() else _scaffold(folder, project_file)
    project = load_project(str(project_file), option("environment"))
    loaded = load(str(project_file), option("environment")) if is_baseline else None
    with open_ledger(project, create=True) as (ledger, _):
        time = clock_for(project, clock)
        ledger.begin(time.now())
        taken = settle_past(Run(loaded, ledger, {}, time, lambda _: None)) if loaded else ()
        ledger.initialise()
        identity = ledger.identity()
    told = [f"{visible(send.address)} {send.occurrence}: ABANDONED (baseline)" for send in taken]
    out("\n".join([*(f"Wrote {name}" for name in written), *told, f"The ledger is ready ({identity})"]))
    if not written:
        note(f"next:\n  {again('plan')}")
        return 0
    note(
        "next:\n  reconciler sandbox --port 8765 --data .reconciler/sandbox --devices 1000   (in another terminal)\n"
        f"  APPCENTER_TOKEN=any {again('plan')}"
    )
    return 0


def _scaffold(folder: Path, project_file: Path) -> list[Path]:
    files = {project_file: PROJECT, folder / "manifests" / "hello.yaml": MANIFEST, folder / ".gitignore": IGNORE}
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReconcilerError(f"cannot write `{error.filename}`: {error.strerror}", code="RC505") from error
    return list(files)
