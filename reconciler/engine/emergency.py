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


def emergency(record: SendRecord, receipt: Receipt, error: LedgerError) -> LedgerError:
    """An error of exit code 8 that names the file with the facts; they go to stderr in any case."""
    facts = {
        "send_key": record.send_key,
        "part": record.part,
        "name": receipt.name,
        "remote_id": receipt.remote_id,
        "state": "ACCEPTED",
        "ledger_error": error.message,
    }
    text = json.dumps(facts)
    kept = _keep(record, text)
    with suppress(OSError, ValueError):  # stderr may be gone, or on the full disk as well
        print(f"EMERGENCY RECORD {text}", file=sys.stderr, flush=True)
    told = LedgerError(
        f"the send was accepted (id {receipt.remote_id}) and the ledger could not be told: {error.message}; {kept}",
        code="RC721",
        hint="mend the ledger, then\n"
        f"  reconciler sends resolve {record.send_key} --part {record.part + 1} --mark-sent {receipt.remote_id}",
    )
    told.exit_code = 8
    return told


def _keep(record: SendRecord, text: str) -> str:
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        path = folder / f"reconciler-emergency-{record.send_key}-{record.part}.json"
        try:
            path.write_text(text + "\n", encoding="utf-8")
        except OSError:
            continue
        return f"the facts are in {path}"
    return "the facts are on stderr only"
