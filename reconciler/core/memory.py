"""The ledger's rows as the plan of sends looks them up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model.send import NEVER_LEFT, Send, SendRecord, SendState


@dataclass(frozen=True, slots=True)
class Memory:
    """The ledger's rows by send, by what declares them (coordinates, kind, name), and by coordinates and marker."""

    by_key: Mapping[str, Sequence[SendRecord]]
    by_name: Mapping[tuple[str, str, str], Sequence[SendRecord]]
    by_marker: Mapping[tuple[str, str], SendRecord]

    @classmethod
    def of(cls, records: Iterable[SendRecord]) -> Memory:
        by_key: dict[str, list[SendRecord]] = {}
        by_name: dict[tuple[str, str, str], list[SendRecord]] = {}
        by_marker: dict[tuple[str, str], SendRecord] = {}
        for row in records:
            by_key.setdefault(row.send_key, []).append(row)
            by_name.setdefault((row.coordinates, row.kind, row.name), []).append(row)
            if row.state not in NEVER_LEFT:
                by_marker[row.coordinates, row.marker] = row
        return cls(by_key, by_name, by_marker)

    def written(self, send: Send) -> Collection[int]:
        """The requests of a send that have a row and were not withdrawn."""
        return {row.part for row in self.by_key.get(send.send_key, ()) if row.state is not SendState.WITHDRAWN}

    def of_send(self, send: Send) -> Sequence[SendRecord]:
        """The rows of a send that count: those that a rebuild knew by their marker only are among them, those withdrawn
        are not.
        """
        return _kept(_with_rebuilt(send, self.by_key.get(send.send_key, []), self.by_marker))


def _kept(rows: Sequence[SendRecord]) -> Sequence[SendRecord]:
    """The rows without those of a longer list that was cut before any byte of them left, and without the withdrawn."""
    rows = [row for row in rows if row.state is not SendState.WITHDRAWN]
    first = min(rows, key=lambda row: row.part, default=None)
    return [row for row in rows if row.part < first.parts or row.state not in NEVER_LEFT] if first else rows


def _with_rebuilt(
    send: Send, rows: Sequence[SendRecord], by_marker: Mapping[tuple[str, str], SendRecord]
) -> Sequence[SendRecord]:
    """The rows of a send, with those that a rebuild knew by their marker only, when the send was not declared."""
    held = {row.part for row in rows if row.state not in NEVER_LEFT}
    found = {
        part.index: by_marker.get((send.coordinates, part.marker)) for part in send.parts if part.index not in held
    }
    rebuilt = [
        replace(
            row,
            send_key=send.send_key,
            part=index,
            parts=len(send.parts),
            occurrence=send.occurrence,
            payload_digest=send.parts[index].payload_digest,
            content_digest=send.content_digest,
        )
        for index, row in found.items()
        if row is not None
    ]
    known = {row.part for row in rebuilt}
    return [*(row for row in rows if row.part not in known), *rebuilt]
