"""Terraform on as many `terraform_data` resources, its provider built in and its state a local file: no network."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.process import Cost, run

_RESOURCE = """\
resource "terraform_data" "audience_{number:05}" {{
  input = {{
    name        = "audience-{number}"
    description = "Wave {number} of growth, for US and nobody else"
    definition  = "CarrierCountry eq 'US' and plan eq 'premium' and cart-value ge {number}"
    enabled     = true
  }}
}}
"""


def find() -> str | None:
    """The binary, or None where there is none."""
    return shutil.which("terraform") or shutil.which("tofu")


def measure(binary: str, folder: Path, resources: int) -> dict[str, Cost]:
    """What a first plan, an apply and a plan without changes cost."""
    folder.mkdir(parents=True)
    text = "\n".join(_RESOURCE.format(number=number) for number in range(resources))
    (folder / "main.tf").write_text(text, encoding="utf-8")
    quiet = ("-input=false", "-no-color")
    run([binary, "init", *quiet], folder)
    return {
        "plan": run([binary, "plan", *quiet], folder),
        "apply": run([binary, "apply", *quiet, "-auto-approve"], folder),
        "replan": run([binary, "plan", *quiet], folder),
    }
