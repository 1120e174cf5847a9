"""Looking closer at an audience: which condition lets whom through, how values are spread, who can be written to."""

from __future__ import annotations

from typing import Annotated

import typer

from contacthub.cli.command import Call, command
from contacthub.cli.one import audience_of, one_contact

PANEL = "Look"
Query = Annotated[str, typer.Argument(metavar="QUERY", help="A query, such as 'tag = vip'; '' is everybody.")]


def register(app: typer.Typer) -> None:
    command(app, "explain", panel=PANEL)(explain)
    command(app, "counts", panel=PANEL)(counts)
    command(app, "reachable", panel=PANEL)(reachable)


def explain(
    call: Call,
    query: Query,
    contact: Annotated[
        str | None,
        typer.Option("--contact", metavar="CONTACT", help="Why this contact is matched or not, with the values."),
    ] = None,
) -> None:
    """Tell how many each condition of a query matches alone, and what is left of the audience after it."""
    if contact is not None:
        _why(call, query, contact)
        return
    columns = ("condition", "alone", "together", "unset")
    with call.open(read_only=True) as hub:
        explanation = hub.find(query).explain()
    rows = [(step.condition, step.alone, step.together, step.unset) for step in explanation.steps]
    if call.json:
        call.out.data({"matches": explanation.matches, "steps": [dict(zip(columns, row, strict=True)) for row in rows]})
    else:
        call.out.table(columns, rows, right=columns[1:])
        call.out.line(f"{explanation.matches:,} of {explanation.everyone:,} contacts match.")


def _why(call: Call, query: str, contact: str) -> None:
    columns = ("condition", "holds", "values")
    with call.open(read_only=True) as hub:
        verdicts = hub.why(one_contact(hub, contact), query)
    rows = [(verdict.condition, verdict.holds, list(verdict.values)) for verdict in verdicts]
    if call.json:
        call.out.data([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        call.out.table(columns, rows)


def counts(
    call: Call,
    query: Query,
    properties: Annotated[
        list[str], typer.Argument(metavar="PROPERTY", help="What to count by, such as city; several are combined.")
    ],
) -> None:
    """Count how many contacts of an audience have each value of a property."""
    with call.open(read_only=True) as hub:
        table = hub.find(query).counts(*properties).reset_index()
    columns = [column for column in table.columns if column in (*properties, "count")]
    values = table[columns].astype(object)
    rows = values.where(values.notna(), None).to_numpy().tolist()
    if call.json:
        call.out.data([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        call.out.table(columns, rows, right=("count",))


def reachable(
    call: Call,
    query: Query,
    scheme: Annotated[
        str | None, typer.Option("--scheme", metavar="SCHEME", help="By this channel only, such as whatsapp.")
    ] = None,
    purpose: Annotated[str, typer.Option("--purpose", help="What for: marketing, utility, service.")] = "marketing",
) -> None:
    """Tell how many of an audience can be written to, and why the others cannot."""
    with call.open(read_only=True) as hub:
        found = audience_of(hub, query).reachable(scheme, purpose)
    if call.json:
        call.out.data({"reachable": found.count, "reasons": found.reasons})
    else:
        call.out.pairs([("reachable", f"{found.count:,}"), *((why, f"{n:,}") for why, n in found.reasons.items())])
