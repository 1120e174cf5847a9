"""What an event changes in a contact: engagement, status, consent, names."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from made_events import ANA, ANA_TEL, ID_1, TIME, answer, message, moved, preference, status
from standing_clock import Clock

import contacthub as ch
from contacthub.channels import Event
from contacthub.errors import InvalidValue, NotAllowed
from contacthub.operations.consent import LEDGER

FIVE_MINUTES = 300


def at(seconds: int) -> str:
    return datetime.fromtimestamp(TIME + seconds, UTC).isoformat()


def one(hub: ch.Hub) -> ch.Contact:
    [contact] = hub.find().page()
    return contact


def counts(hub: ch.Hub) -> dict[str, int]:
    return {name: count for name, count in one(hub).engagement.items() if count}


def ledger(hub: ch.Hub) -> list[tuple[str, str, str]]:
    return [(document["event"], document["purpose"], document["source"]) for _, document in hub.store.scan(LEDGER)]


# -- engagement -------------------------------------------------------------------------------------------------------


def test_times_are_the_first_and_the_last_whatever_the_order(hub: ch.Hub) -> None:
    for seconds in (-600, -900, -300):
        hub.receive(message(ANA, time=TIME + seconds))
    for seconds in (-200, -250):
        hub.receive(answer(ANA, time=TIME + seconds))
    contact = one(hub)
    assert (contact.first_seen_on, contact.last_seen_on) == (at(-900), at(-300))
    assert (contact.last_sent_on, contact.last_message_on) == (at(-200), at(-200))
    assert counts(hub) == {"received": 3, "sent": 2}


def test_the_future_is_clamped_to_now(hub: ch.Hub) -> None:
    hub.receive(message(ANA, time=TIME + 10**6))
    assert one(hub).last_seen_on == at(0)


def test_an_event_seen_before_changes_nothing(hub: ch.Hub) -> None:
    first = hub.receive(message(ANA, id="wamid.1"))
    before = hub.store.cursor()
    again = hub.receive(message(ANA, id="wamid.1", text="stop", profile_name="Ana"))
    assert (again.outcome, again.contact) == ("repeated", first.contact)
    assert not hub.store.changes(before)


def test_ids_are_unique_within_their_channel_only(hub: ch.Hub) -> None:
    hub.channels.create("Other", phone_number_id="2")
    hub.receive(message(ANA, id="1"))
    hub.receive(message(ANA, id="1", channel="Other"))
    assert counts(hub) == {"received": 2}


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["sent"], {"sent": 1}),
        (["sent", "delivered", "read"], {"sent": 1, "delivered": 1, "read": 1}),
        (["read", "delivered", "sent"], {"sent": 1, "delivered": 1, "read": 1}),
        (["delivered", "delivered"], {"sent": 1, "delivered": 1}),
        (["failed", "failed"], {"failed": 1}),
        (["sent", "failed", "delivered"], {"sent": 1, "delivered": 1, "failed": 1}),
        (["failed", "sent"], {"sent": 1, "failed": 1}),
        (["sent", "played", ""], {"sent": 1}),
    ],
)
def test_delivery_states_only_rise_and_failed_is_kept_beside(
    hub: ch.Hub, states: list[str], expected: dict[str, int]
) -> None:
    for state in states:
        hub.receive(status(ANA, id="wamid.1", state=state))
    assert counts(hub) == expected


def test_an_unknown_state_is_ignored_and_makes_nobody(hub: ch.Hub) -> None:
    assert hub.receive(status(ANA, state="warning")).outcome == "ignored"
    assert len(hub.contacts) == 0


def test_a_message_of_ours_and_its_states_are_one_message(hub: ch.Hub) -> None:
    hub.receive(answer(ANA, id="wamid.1"))
    for state in ("sent", "delivered"):
        hub.receive(status(ANA, id="wamid.1", state=state))
    assert counts(hub) == {"sent": 1, "delivered": 1}


def test_a_message_was_sent_when_it_was_sent_not_when_it_was_read(hub: ch.Hub) -> None:
    hub.receive(status(ANA, id="wamid.1", state="read", time=TIME - 60))
    hub.receive(message(ANA, time=TIME - 120))
    hub.receive(status(ANA, id="wamid.1", state="sent", time=TIME - 180))
    assert one(hub).last_sent_on == at(-180)
    assert len(hub.find("needs_reply = yes")) == 1


def test_a_receipt_finds_its_message_without_an_identity(hub: ch.Hub) -> None:
    hub.receive(status(ANA, id="wamid.1", state="sent"))
    hub.receive(status(id="wamid.1", state="read"))
    assert hub.receive(status(id="wamid.2", state="read")).outcome == "ignored"
    assert counts(hub) == {"sent": 1, "delivered": 1, "read": 1}


def test_a_late_receipt_does_not_bring_back_who_was_deleted(hub: ch.Hub) -> None:
    hub.receive(status(ANA, id="wamid.1", state="sent"))
    hub.contacts.delete(one(hub))
    assert hub.receive(status(ANA, id="wamid.1", state="read")).outcome == "ignored"
    assert len(hub.contacts) == 0
    assert hub.receive(message(ANA)).outcome == "created"


def test_inbox_views_and_rates_follow_at_once(hub: ch.Hub, clock: Clock) -> None:
    def found(*queries: str) -> list[int]:
        return [len(hub.find(query)) for query in queries]

    inbox = ("needs_reply = yes", "awaiting_reply = yes", "active_30d = yes")
    hub.contacts.create(name="Rui", urns=["tel:+351912345678"])
    assert found(*inbox) == [0, 0, 0]
    hub.receive(message(ANA, time=TIME - FIVE_MINUTES))
    assert found(*inbox, "reply_rate > 0") == [1, 0, 1, 0]
    hub.receive(answer(ANA, time=TIME - 60))
    assert found(*inbox, "reply_rate = 1") == [0, 1, 1, 1]
    hub.receive(answer(ANA, time=TIME - 30))
    assert found("reply_rate = 0.5", "messages_sent = 2", "source = message") == [1, 1, 1]
    clock.forward(days=30, seconds=-30)
    assert found("active_30d = yes") == [1]
    clock.forward(seconds=1)
    assert found("active_30d = yes") == [0]


# -- status -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "text", "after"),
    [
        ("stop", "oi", "active"),
        ("stop", "START", "active"),
        ("stop", "Sair", "stopped"),
        ("block", "oi", "blocked"),
        ("archive", "oi", "archived"),
        ("block", "stop", "blocked"),
    ],
)
def test_status_after_somebody_writes(hub: ch.Hub, verb: str, text: str, after: str) -> None:
    ana = hub.contacts.create(name="Ana", urns=[ANA])
    getattr(ana, verb)()
    hub.receive(message(ANA, text=text))
    assert (one(hub).status, counts(hub)) == (after, {"received": 1})


def test_only_a_message_of_theirs_reactivates_and_no_late_one(hub: ch.Hub) -> None:
    hub.receive(message(ANA, time=TIME - 60))
    one(hub).stop()
    for event in (
        answer(ANA), status(ANA, id="1", state="read"), preference(ANA, state="yes"), message(ANA, time=TIME - 90),
    ):  # fmt: skip
        hub.receive(event)
    assert one(hub).status == "stopped"


def test_a_message_from_before_the_import_that_said_stopped_reactivates_nobody(hub: ch.Hub) -> None:
    hub.contacts.create(name="Ana", urns=[ANA], status="stopped")
    hub.receive(message(ANA, time=TIME - 1))
    assert one(hub).status == "stopped"


# -- consent ----------------------------------------------------------------------------------------------------------


def test_writing_in_is_no_consent_and_lifts_no_opt_out(hub: ch.Hub) -> None:
    hub.receive(message(ANA, text="oi"))
    assert (one(hub).opt_in["marketing"], ledger(hub)) == ("unknown", [])
    one(hub).opt_out()
    hub.receive(message(ANA, text="oi de novo"))
    assert one(hub).opt_in["marketing"] == "no"


@pytest.mark.parametrize(
    ("event", "entry", "state"),
    [
        (message(ANA, text=" Sair! "), ("opt_out", "marketing", "keyword"), "no"),
        (message(ANA, text="start"), ("opt_in", "marketing", "keyword"), "yes"),
        (preference(ANA, state="no"), ("opt_out", "marketing", "preference"), "no"),
        (preference(ANA, state="yes"), ("opt_in", "marketing", "preference"), "yes"),
        (status(ANA, state="failed", stopped_marketing=True), ("opt_out", "marketing", "send_error"), "no"),
    ],
)
def test_what_people_say_about_consent_goes_into_the_ledger(
    hub: ch.Hub, event: Event, entry: tuple[str, str, str], state: str
) -> None:
    hub.receive(event)
    hub.receive(event)
    assert ledger(hub) == [entry]
    contact = one(hub)
    assert (contact.opt_in["marketing"], contact.opt_in_source["marketing"]) == (state, entry[2])
    [(_, document)] = hub.store.scan(LEDGER)
    assert (document["contact"], document["identity"], document["proof"]) == (contact.uuid, ANA, event.id)
    assert document["channel"] == hub.channels.get("Support").uuid


def test_the_newest_statement_decides_and_at_equal_times_an_opt_out(hub: ch.Hub) -> None:
    hub.receive(preference(ANA, state="no", time=TIME - 60))
    hub.receive(preference(ANA, state="yes", time=TIME - 90))
    hub.receive(preference(ANA, state="yes", time=TIME - 60))
    assert one(hub).opt_in["marketing"] == "no"
    hub.receive(preference(ANA, state="yes", time=TIME - 30))
    assert one(hub).opt_in["marketing"] == "yes"
    assert one(hub).opt_in_at(datetime.fromtimestamp(TIME - 45, UTC)) == "no"
    assert len(ledger(hub)) == 4


def test_an_opt_out_of_a_purpose_of_its_own(hub: ch.Hub) -> None:
    hub.receive(preference(ANA, state="no", purpose="utility"))
    assert (one(hub).opt_in["utility"], one(hub).opt_in["marketing"]) == ("no", "unknown")


def test_words_of_the_hub_opt_out(hub: ch.Hub) -> None:
    hub.settings.update(opt_out_words="chega, basta")
    hub.receive(message(ANA, text="Chega!"))
    assert one(hub).opt_in["marketing"] == "no"


def test_one_who_was_forgotten_is_new_and_still_opted_out(hub: ch.Hub, clock: Clock) -> None:
    forgotten = hub.contacts.create(name="Ana Souza", urns=[ANA_TEL])
    forgotten.opt_out()
    hub.contacts.forget(forgotten, "Ana Souza")
    receipt = hub.receive(message(ANA, profile_name="Ana"))
    assert (receipt.outcome, receipt.contact != forgotten.uuid) == ("created", True)
    assert (one(hub).name, one(hub).opt_in["marketing"]) == ("Ana", "no")
    clock.forward(minutes=1)
    hub.receive(message(ANA, text="START", time=TIME + 60))
    assert one(hub).opt_in["marketing"] == "yes"


def test_events_of_one_who_was_forgotten_bring_nobody_back_and_tell_nothing(hub: ch.Hub) -> None:
    said, sent = message(ANA, profile_name="Ana"), status(ANA, id="wamid.1", state="sent")
    asked = preference(ANA, state="no")
    for event in (said, sent, asked):
        hub.receive(event)
    hub.contacts.forget(one(hub), "Ana")
    outcomes = [hub.receive(event).outcome for event in (said, sent, status(ANA, id="wamid.1", state="read"))]
    assert (outcomes, len(hub.contacts)) == (["repeated", "repeated", "ignored"], 0)
    remembered = [document for _, document in hub.store.scan("events")]
    assert [(document["contact"], document["at"]) for document in remembered] == [(None, None)] * 2


def test_what_is_remembered_of_an_event_tells_no_number(hub: ch.Hub) -> None:
    hub.receive(message(ANA, id="wamid.5581987654321", text="segredo", profile_name="Ana"))
    [(_, document)] = hub.store.scan("events")
    assert "5581987654321" not in str(document)
    assert not {"segredo", "Ana"} & set(document.values())


# -- names ------------------------------------------------------------------------------------------------------------


def test_a_profile_name_fills_an_empty_name_only(hub: ch.Hub) -> None:
    hub.contacts.create(name="Ana Souza", urns=[ANA])
    hub.receive(message(ANA, profile_name="aninha 🌸"))
    document = hub.store.get("contacts", [one(hub).id])[one(hub).id]
    assert (document["name"], document["name_source"], document["profile_name"]) == ("Ana Souza", "person", "aninha 🌸")


def test_the_name_of_a_stranger_is_the_profile_name_cleaned_and_cut(hub: ch.Hub) -> None:
    hub.receive(message(ANA))
    hub.receive(message(ANA, profile_name=" A\u0000na\n" + "z" * 200))
    assert one(hub).name == "Ana " + "z" * 124


def test_the_newest_profile_name_is_kept(hub: ch.Hub) -> None:
    for seconds, name in ((-60, "b"), (-90, "a"), (-30, "c")):
        hub.receive(message(ANA, time=TIME + seconds, profile_name=name))
    document = hub.store.get("contacts", [one(hub).id])[one(hub).id]
    assert (document["name"], document["profile_name"]) == ("b", "c")


# -- the history ------------------------------------------------------------------------------------------------------


def test_events_leave_no_operation_and_are_in_the_feed(hub: ch.Hub) -> None:
    operations = len(hub.operations())
    watcher = hub.watch()
    watcher.poll()
    contact = hub.receive(message(ANA)).contact
    update = watcher.poll()
    assert (len(hub.operations()), update.contacts) == (operations, {contact})


def test_a_verb_after_an_event_and_its_undo_leave_the_event_alone(hub: ch.Hub) -> None:
    ana = hub.contacts.create(name="Ana", urns=[ANA])
    ana.stop()
    hub.receive(message(ANA))
    hub.undo()
    assert (one(hub).status, counts(hub)) == ("active", {"received": 1})


def test_a_contact_made_by_hand_and_in_touch_since_outlives_the_undo(hub: ch.Hub, clock: Clock) -> None:
    hub.contacts.create(name="Ana", urns=[ANA])
    clock.forward(minutes=5)
    hub.receive(message(ANA, time=TIME - 86_400))
    report = hub.undo()
    assert (len(report.reversed), len(report.kept), len(hub.contacts)) == (0, 1, 1)


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (message(), "no_identity"),
        (preference(ANA, state="perhaps"), "invalid_preference"),
        (preference(ANA, state="no", purpose="nonsense"), "invalid_preference"),
        (message(ANA, time="yesterday"), "invalid_time"),
        (message("whatsapp:ana"), "invalid_urn"),
        (message("pigeon:1"), "unknown_scheme"),
        (moved(ANA, previous=("whatsapp:?",)), "invalid_urn"),
    ],
)
def test_an_event_that_is_wrong_is_refused_whole(hub: ch.Hub, event: Event, code: str) -> None:
    before = hub.store.cursor()
    with pytest.raises(InvalidValue) as caught:
        hub.receive(event)
    assert caught.value.code == code
    assert not hub.store.changes(before)


def test_a_viewer_receives_nothing(hub: ch.Hub, tmp_path: Path) -> None:
    with ch.open(tmp_path / "team.hub", create=True, actor="bia") as made:
        made.channels.create("Support", phone_number_id="800000000000001")
        made.members.create("bia")
        made.members.create("eva", role="viewer")
    with ch.open(tmp_path / "team.hub", actor="eva") as seen, pytest.raises(NotAllowed):
        seen.receive(message(ID_1))
    with ch.open(tmp_path / "team.hub", actor="bia", read_only=True) as seen, pytest.raises(NotAllowed):
        seen.receive(message(ID_1))
