"""Payloads replayed from a file, one a line; again without effect.

Lines are taken in batches, each of which is one transaction: whoever cancels keeps the batches that are in, and may
begin again from the start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from contacthub.channels import whatsapp
from contacthub.channels.receive import Checked, Checker, receive_all
from contacthub.engine.port import Progress
from contacthub.errors import InvalidValue
from contacthub.session import Session

BATCH = 500
"""Lines in one transaction."""
MOST_PROBLEMS = 100
"""Problems that are told one by one."""


@dataclass(slots=True)
class IngestReport:
    """What came of a file of payloads."""

    lines: int = 0
    events: int = 0
    """Events that were for a channel of the hub."""
    created: int = 0
    """Contacts that were made."""
    updated: int = 0
    """Contacts that were there and changed."""
    repeated: int = 0
    """Events that the hub had seen before."""
    ignored: int = 0
    """Events and entries that are about no contact: group traffic, states and fields that mean nothing here."""
    unknown_numbers: Counter[str] = field(default_factory=Counter)
    """Phone number id → events for it; the hub has no such channel."""
    problems: list[str] = field(default_factory=list)
    """Lines and events that could not be read, with their line number; the first hundred."""
    failed: int = 0
    """Lines and events that could not be read."""

    @property
    def summary(self) -> str:
        parts = [f"{self.events:,} events: {self.created:,} contacts created, {self.updated:,} updated"]
        for count, what in ((self.repeated, "repeated"), (self.ignored, "ignored"), (self.failed, "not readable")):
            if count:
                parts.append(f"{count:,} {what}")
        if self.unknown_numbers:
            parts.append(f"{self.unknown_numbers.total():,} for numbers that are no channel of the hub")
        return ", ".join(parts)

    def note(self, line: int, problem: str) -> None:
        self.failed += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(f"line {line:,}: {problem}")


def ingest(session: Session, lines: Iterable[str | bytes], progress: Progress | None = None) -> IngestReport:
    """Take in payloads of WhatsApp's Cloud API, one a line. What cannot be read is told in the report and stops
    nothing. Raises NotAllowed, Busy, StoreError, Cancelled."""
    session.require("create_contact")
    report, created, updated = IngestReport(), set[str](), set[str]()
    total = len(lines) if isinstance(lines, Sized) else None
    remaining = enumerate(lines, start=1)
    while batch := list(islice(remaining, BATCH)):
        checked = list(_checked(session, batch, report))
        for receipt in receive_all(session, checked) if checked else ():
            if receipt.outcome == "repeated":
                report.repeated += 1
            elif receipt.outcome == "ignored":
                report.ignored += 1
            elif receipt.contact is not None:
                (created if receipt.outcome == "created" else updated).add(receipt.contact)
        report.events += len(checked)
        report.lines = batch[-1][0]
        report.created, report.updated = len(created), len(updated - created)
        if progress:
            progress(report.lines, total)
    return report


def _checked(session: Session, lines: list[tuple[int, str | bytes]], report: IngestReport) -> Iterator[Checked]:
    """The events of some lines that are for a channel of the hub and can be read."""
    checker = Checker(session)
    for number, line in lines:
        if not line.strip():
            continue
        try:
            read = whatsapp.read(msgspec.json.decode(line))
        except (msgspec.DecodeError, UnicodeError):
            report.note(number, "this is no JSON.")
            continue
        except InvalidValue as error:
            report.note(number, str(error))
            continue
        report.ignored += read.ignored
        for event in read.events:
            if checker.registry.get(event.channel) is None:
                report.unknown_numbers[event.channel] += 1
                continue
            try:
                yield checker.check(event)
            except InvalidValue as error:
                report.note(number, str(error))
