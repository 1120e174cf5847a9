"""Contacts that come by writing in: the channels, and payloads replayed from a file."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from contacthub.cli.catalogues import PANEL as SET_UP
from contacthub.cli.catalogues import listing, rename_and_delete
from contacthub.cli.command import Call, changing, group

FILES = "Files"
SHOWN = 10


def register(app: typer.Typer) -> None:
    _channels(app)
    changing(app, "ingest", panel=FILES)(ingest)


def _channels(app: typer.Typer) -> None:
    columns = ("name", "type", "address", "schemes", "phone_number_id", "uuid")

    @group(app, "channels", panel=SET_UP)
    def inner(call: Call) -> None:
        """List the channels that people write to; create, rename and delete them."""
        listing(call, "channels", columns, lambda channel: tuple(getattr(channel, column) for column in columns))

    @changing(inner, "create")
    def create(
        call: Call,
        name: Annotated[str, typer.Argument(metavar="NAME", help="Its name.")],
        type: Annotated[
            str, typer.Option("--type", metavar="TYPE", help="whatsapp, telegram, sms, webchat, email, …")
        ] = "whatsapp",
        address: Annotated[str, typer.Option("--address", help="What people write to: a number, a handle.")] = "",
        phone_number_id: Annotated[
            str, typer.Option("--phone-number-id", metavar="ID", help="WhatsApp's id of the number, in its payloads.")
        ] = "",
    ) -> None:
        """Create a channel."""
        with call.change() as hub:
            made = hub.channels.create(name, type, address=address, phone_number_id=phone_number_id)
            if call.json:
                call.out.data({column: getattr(made, column) for column in columns})
            else:
                call.out.line(f"Created the {made.type} channel {made.name}.")

    rename_and_delete(inner, "channels", "channel")


def ingest(
    call: Call,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Payloads of WhatsApp's webhook, one a line; - reads standard input.")
    ],
) -> int:
    """Take in what people wrote, from a file of webhook payloads. The same file again changes nothing."""
    with call.change() as hub, call.out.progress("Taking in") as progress:
        report = hub.ingest(sys.stdin.buffer if file == "-" else file, progress)
    if call.json:
        call.out.data(
            {
                "lines": report.lines,
                "events": report.events,
                "created": report.created,
                "updated": report.updated,
                "repeated": report.repeated,
                "ignored": report.ignored,
                "failed": report.failed,
                "unknown_numbers": dict(report.unknown_numbers),
                "problems": report.problems,
            }
        )
        return 1 if report.failed else 0
    call.out.line(report.summary)
    for number, count in report.unknown_numbers.items():
        call.out.line(f"  {count:,} for {number}: `contacthub channels create NAME --phone-number-id {number}`", "dim")
    for problem in report.problems[:SHOWN]:
        call.out.line(f"  {problem}", "yellow")
    return 1 if report.failed else 0
