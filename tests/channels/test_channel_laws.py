"""Whatever the order in which a person's events arrive, and however often, the contact is the same."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_events import ANA, ANA_SHORT, ID_1, NUMBER, PARENT, TIME, answer, message, preference, receive, status
from standing_clock import Clock

import contacthub as ch
from contacthub.channels import Event

PERSON = ((ANA,), (ANA_SHORT,), (ANA, ID_1), (ID_1, PARENT), (ID_1,), (ANA, ID_1, PARENT))
seconds = st.integers(0, 40).map(lambda ago: TIME - 60 * ago)
ids = st.sampled_from("abcde")


def own(kind: str, id: str, time: int) -> dict[str, Any]:
    """A message has one time, however often it is told."""
    return {"id": f"{kind}-{id}", "time": time - ord(id)}


events = st.one_of(
    st.builds(
        lambda urns, id, text: message(*urns, **own("in", id, TIME), text=text),
        st.sampled_from(PERSON), ids, st.just("oi"),
    ),
    st.builds(lambda urns, id: answer(*urns, **own("out", id, TIME)), st.sampled_from(PERSON), ids),
    st.builds(
        lambda urns, id, state, time: status(*urns, id=f"out-{id}", state=state, time=time),
        st.sampled_from(PERSON), ids, st.sampled_from(["delivered", "read", "failed", "unheard of"]), seconds,
    ),
    st.builds(
        lambda urns, id, state: preference(*urns, **own("pref", id, TIME), state=state),
        st.sampled_from(PERSON), ids, st.sampled_from(["yes", "no"]),
    ),
)  # fmt: skip


def outcome(events: list[Event], *, at_once: bool) -> set[tuple[Any, ...]]:
    with ch.open(":memory:", create=True, actor="bia", clock=Clock()) as hub:
        hub.channels.create("Support", phone_number_id=NUMBER)
        hub.contacts.create(name="Ana", urns=[ANA, ID_1, PARENT])
        receive(hub, events, at_once=at_once)
        assert hub.store.check() == []
        return {
            (*c.engagement.values(), c.first_seen_on, c.last_seen_on, c.last_sent_on, c.last_message_on, c.status)
            for c in hub.find().page()
        }


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(events, max_size=12), st.randoms(use_true_random=False))
def test_any_order_and_repetition_gives_the_same_contact(given_events: list[Event], random: Any) -> None:
    once: dict[tuple[Any, ...], Event] = {}
    for event in given_events:  # an id tells one thing only; a state of a message is an event of its own
        once.setdefault((type(event).__name__, event.id, getattr(event, "state", "")), event)
    told = list(once.values())
    again = told + [random.choice(told) for _ in told]
    random.shuffle(again)
    expected = outcome(told, at_once=False)
    assert outcome(again, at_once=False) == expected
    assert outcome(again, at_once=True) == expected
    assert len(expected) == 1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.permutations([message(*urns, time=TIME - 60 * n) for n, urns in enumerate(PERSON)]))
def test_one_person_under_any_of_their_identities_ends_as_one_contact(told: list[Event]) -> None:
    with ch.open(":memory:", create=True, actor="bia", clock=Clock()) as hub:
        hub.channels.create("Support", phone_number_id=NUMBER)
        for event in told:
            hub.receive(event)
        assert [contact.engagement["received"] for contact in hub.find().page()] == [len(PERSON)]
        assert hub.store.check() == []
