"""Reach is estimated of an audience as it will be, not as it is."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from reconciler.cli.main import run
from reconciler.sandbox import SandboxOptions, running

PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {{name: p}}
spec:
  manifests: [m.yaml]
  apps: {{a: {{provider: appcenter, owner: o, app: a, token: {{env: T}}, endpoint: "{url}", rate_limit: none}}}}
"""
MANIFESTS = """\
apiVersion: reconciler/v1
kind: Audience
metadata: {name: x, apps: [a]}
spec: {definition: CarrierCountry eq 'US'}
---
apiVersion: reconciler/v1
kind: Notification
metadata: {name: n, apps: [a]}
spec: {content: {title: t}, target: {audiences: [x]}}
"""


def test_an_audience_that_is_adopted_with_another_definition_is_counted_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("T", "t")
    with running(SandboxOptions(data=tmp_path / "sandbox", settle=0, rate_limit=None)) as sandbox:
        phones = [
            {"install_id": f"00000000-0000-4000-8000-{n:012d}", "CarrierCountry": "US" if n else "FR"} for n in range(5)
        ]
        httpx.post(f"{sandbox.url}/_sandbox/devices", json={"app": "o/a", "devices": phones}, trust_env=False)
        audience = f"{sandbox.url}/v0.1/apps/o/a/analytics/audiences/x"
        httpx.put(
            audience, json={"definition": "CarrierCountry eq 'FR'"}, headers={"X-API-Token": "t"}, trust_env=False
        )
        (tmp_path / "reconciler.yaml").write_text(PROJECT.format(url=sandbox.url))
        (tmp_path / "m.yaml").write_text(MANIFESTS)
        assert run(["--project", str(tmp_path), "plan", "--format", "json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [each["action"] for each in plan["resource_changes"]] == ["adopt"]
    assert [each["recipients"] for each in plan["sends"]] == [4]
