"""The last resort: a request was accepted and the ledger cannot be told; say so wherever something can still be
written.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from reconciler.errors import LedgerError
from reconciler.model.send import Receipt, SendRecord

FORMAT = 1
"""Of the record; `sends recover` takes it in. It names no recipients, for it is printed where logs are kept."""

PREFIX = "EMERGENCY RECORD"


def emergency(record: SendRecord, receipt: Receipt, error: LedgerError) -> LedgerError:
    """An error of exit code 8 that names the file with the facts; they go to stderr in any case."""
    facts = {
        "format": FORMAT,
        "send_key": record.send_key,
        "part": record.part,
        "parts": record.parts,
        "coordinates": record.coordinates,
        "kind": record.kind,
        "occurrence": record.occurrence,
        "marker": record.marker,
        "payload_digest": record.payload_digest,
        "fence": record.fence,
        "holder": record.holder,
        "dispatched_at": record.dispatched_at.isoformat() if record.dispatched_at else None,
        "name": receipt.name,
        "remote_id": receipt.remote_id,
        "state": "ACCEPTED",
        "ledger_error": error.message,
    }
    text = json.dumps(facts)
    path = _keep(record, text)
    kept = f"the facts are in {path}" if path else "the facts are on stderr only"
    with suppress(OSError, ValueError):  # stderr may be gone, or on the full disk as well
        print(f"{PREFIX} {text}", file=sys.stderr, flush=True)
    told = LedgerError(
        f"the send was accepted (id {receipt.remote_id}) and the ledger could not be told: {error.message}; {kept}",
        code="RC721",
        hint=f"mend the ledger, then\n  reconciler sends recover {path or 'FILE'}",
    )
    told.exit_code = 8
    return told


def _keep(record: SendRecord, text: str) -> Path | None:
    """The file that the facts are in, None where none can be written."""
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        path = folder / f"reconciler-emergency-{record.send_key}-{record.part}.json"
        try:
            path.write_text(text + "\n", encoding="utf-8")
        except OSError:
            continue
        return path
    return None
