"""What a contact says of consent follows from its ledger: in any order of statements, undos and merges."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import contacthub as ch
from contacthub.engine.port import ChangeSet
from contacthub.model.contact import SET_PROPERTIES
from contacthub.operations import ledger

PHONE, MAIL = "tel:+5521987654321", "mailto:ana@example.com"


def state(hub: ch.Hub, contact: ch.Contact) -> str:
    """What the document says, and the ledger: they are never apart."""
    current = hub.contacts.get(contact.uuid)
    said: str = current.opt_in["marketing"]
    assert current.opt_in_at(hub.session.now()) == said
    assert hub.verify() == []
    return said


def test_a_redo_brings_the_evidence_back(hub: ch.Hub, ana: ch.Contact) -> None:
    ana.opt_in(proof="form 7")
    hub.undo()
    assert state(hub, ana) == "unknown"
    hub.redo()
    assert state(hub, ana) == "yes"
    assert [event["proof"] for event in ledger.events_of(hub.session, ana.uuid)] == ["form 7"]
    hub.undo()
    assert state(hub, ana) == "unknown"


@pytest.mark.parametrize("first", [0, 1])
def test_undoing_in_any_order_leaves_no_statement_that_is_void(
    hub: ch.Hub, ana: ch.Contact, clock: Any, first: int
) -> None:
    operations = [ana.opt_in(proof="form 7")]
    clock.forward(minutes=1)
    operations.append(ana.opt_out())
    hub.undo(operations[first].id)
    assert state(hub, ana) == ("no", "yes")[first]
    hub.undo(operations[1 - first].id)
    assert state(hub, ana) == "unknown"


def test_a_newer_statement_is_recorded_also_when_it_says_the_same(hub: ch.Hub, ana: ch.Contact) -> None:
    ana.opt_out(occurred_at="2020-01-01")
    ana.opt_out(occurred_at="2026-01-01")
    for year, already in ((2019, 0), (2020, 1), (2026, 1), (2027, 0)):
        assert hub.plan.opt_out(ana, occurred_at=f"{year}-01-01").already == already, year
    ana.opt_in(proof="form 7", occurred_at="2023-01-01")
    assert state(hub, ana) == "no"


def test_an_older_statement_tells_what_was_then(hub: ch.Hub, ana: ch.Contact) -> None:
    ana.opt_out(occurred_at="2026-01-01")
    operation = ana.opt_in(proof="form 7", occurred_at="2023-01-01")
    assert (operation.count, operation.contacts) == (1, [ana.uuid])
    assert state(hub, ana) == "no"
    assert hub.contacts.get(ana.uuid).opt_in_on["marketing"].startswith("2026-01-01")
    assert ana.opt_in_at(datetime(2024, 1, 1, tzinfo=UTC)) == "yes"
    hub.undo()
    assert ana.opt_in_at(datetime(2024, 1, 1, tzinfo=UTC)) == "unknown"


def test_consent_written_before_there_was_a_ledger_takes_statements(hub: ch.Hub, ana: ch.Contact) -> None:
    document = {k: v for k, v in hub.store.get("contacts", [ana.id])[ana.id].items() if k not in SET_PROPERTIES}
    del document["opt_in_on"], document["opt_in_source"]
    hub.store.apply(ChangeSet(put={"contacts": {ana.id: document}}))
    hub.find("").opt_in(proof="form 7")
    assert state(hub, ana) == "yes"


def test_a_statement_on_a_merged_contact_is_about_both(hub: ch.Hub, ana: ch.Contact, clock: Any) -> None:
    bruno = hub.contacts.create(name="Bruno")
    bruno.opt_out()
    clock.forward(minutes=1)
    ana.opt_in(proof="form 7")
    clock.forward(minutes=1)
    merge = hub.contacts.merge(ana, bruno)
    assert state(hub, ana) == "no", "an opt-out of either survives"
    hub.contacts.get(ana.uuid).opt_in(proof="form 8")
    assert state(hub, ana) == "yes"
    hub.undo(merge.id)
    assert (state(hub, ana), state(hub, bruno)) == ("yes", "yes")


def test_a_statement_is_taken_back_from_whom_the_contact_was_merged_into(hub: ch.Hub, ana: ch.Contact) -> None:
    bruno = hub.contacts.create(name="Bruno")
    said = bruno.opt_out()
    hub.contacts.merge(ana, bruno)
    assert state(hub, ana) == "no"
    hub.undo(said.id)
    assert state(hub, ana) == "unknown"


def said(hub: ch.Hub, at: int, event: str, identity: str | None = None, channel: str | None = None) -> dict[str, Any]:
    return ledger.event(
        hub.session, "uuid", "yes" if event == "in" else "no", "marketing",
        source="api", occurred_at=f"2026-01-{at:02}", identity=identity, channel=channel,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([(1, "in")], ("yes", 1)),
        ([(1, "in"), (2, "out")], ("no", 2)),
        ([(2, "in"), (1, "out")], ("yes", 2)),
        ([(1, "in"), (1, "out")], ("no", 1)),
        ([(1, "out", PHONE), (2, "in", MAIL)], ("no", 1)),
        ([(1, "out", PHONE, "one"), (2, "in", PHONE, "two")], ("no", 1)),
        ([(1, "out", PHONE), (2, "in", "whatsapp:5521987654321")], ("yes", 2)),
        ([(1, "out", PHONE), (2, "in")], ("yes", 2)),
        ([(1, "out"), (2, "in", PHONE)], ("yes", 2)),
        ([(2, "out"), (1, "in", PHONE)], ("no", 2)),
        ([(1, "in", MAIL), (2, "out", PHONE), (3, "in", PHONE)], ("yes", 3)),
    ],
)
def test_the_fold_asks_each_identity_and_is_strict(
    hub: ch.Hub, statements: list[tuple[Any, ...]], expected: tuple[str, int]
) -> None:
    for order in (statements, statements[::-1]):
        standing = ledger.fold([said(hub, *one) for one in order])["marketing"]
        assert (standing.state, standing.since) == (expected[0], f"2026-01-{expected[1]:02}")


STATEMENT = st.tuples(
    st.integers(1, 4),
    st.sampled_from(["in", "out"]),
    st.sampled_from([None, PHONE, MAIL]),
    st.sampled_from([None, "a"]),
)


@given(statements=st.lists(STATEMENT, min_size=1, max_size=8))
@settings(deadline=None)
def test_one_statement_more_at_a_time_is_the_fold_of_all(statements: list[tuple[Any, ...]]) -> None:
    with ch.open(":memory:", create=True, actor="bia") as hub:
        document: dict[str, Any] = {"uuid": "uuid", "opt_in": {}, "opt_in_on": {}, "opt_in_source": {}}
        pending: list[dict[str, Any]] = []
        for one in statements:
            pending.append(said(hub, *one))
            ledger.note(hub.session, document, pending[-1], pending)
            follows = ledger.folded(ledger.fold(pending))
            assert {name: document[name] for name in ledger.FOLDED} == follows
