"""A preview tells whether the hub has changed under it, as the commit would."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import contacthub as ch
from contacthub.channels.events import InboundMessage
from contacthub.hub import Hub
from contacthub.imports import Preview

File = Callable[..., str]
TEXT = "Name,Phone,Tags,Field:City\nAna Lima,21 98765-4321,vip,Natal\nBia,21 98765-4322,new,Recife\n"


@pytest.fixture
def preview(hub: Hub, file: File) -> Preview:
    hub.fields.create("City")
    hub.contacts.create(name="Ana", urns=["tel:+5521987654321"], tags=["vip"])
    hub.contacts.create(name="Eva", urns=["tel:+5521987654329"])
    return hub.imports.preview(file(TEXT))


CHANGES = {
    "a value that it writes": (lambda hub: hub.find("name = Ana").set_field("City", "Olinda"), [2]),
    "a contact that it means is gone": (lambda hub: hub.find("name = Ana").delete(), [2]),
    "an identity that was free is taken": (
        lambda hub: hub.contacts.create(name="Zoe", urns=["tel:+5521987654322"]), [3],
    ),
    "a tag that it uses has another name": (lambda hub: hub.tags.rename("vip", "VIPs"), [2, 3]),
    "a field that it writes is gone": (lambda hub: hub.fields.delete("City"), [2, 3]),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_what_it_stands_on(hub: Hub, preview: Preview, change: str) -> None:
    assert not preview.stale
    act, rows = CHANGES[change]
    act(hub)
    assert preview.stale
    assert preview.stale_rows == rows
    with pytest.raises(ch.PlanOutdated) as refused:
        preview.commit()
    assert refused.value.rows == rows


def test_other_changes_do_not_concern_it(hub: Hub, preview: Preview) -> None:
    hub.find("name = Eva").set_field("City", "Olinda")
    hub.contacts.create(name="Zoe", urns=["tel:+5521987654328"])
    hub.tags.create("other")
    assert (preview.stale, preview.stale_rows) == (False, [])
    preview.commit()


def test_looked_at_again_it_is_not_stale(hub: Hub, preview: Preview) -> None:
    hub.find("name = Ana").set_field("City", "Olinda")
    assert preview.stale
    assert not preview.replan().stale


def test_once_committed_it_is_stale(preview: Preview) -> None:
    preview.commit()
    assert preview.stale


def test_a_message_from_whom_it_gives_an_identity_does_not_concern_it(hub: Hub, file: File) -> None:
    hub.contacts.create(name="Ana", urns=["whatsapp:5521987654321"])
    preview = hub.imports.preview(file("Name,Phone,E-mail\nAna,21 98765-4321,ana@example.com\n"))
    hub.channels.create("Support", phone_number_id="7")
    time = hub.session.now()
    hub.receive(InboundMessage(channel="7", id="1", time=time, identities=("whatsapp:5521987654321",)))
    assert hub.contacts.by_urn("whatsapp:5521987654321").last_seen_on is not None
    assert not preview.stale
    assert preview.commit().updated == 1
    assert hub.contacts.by_urn("mailto:ana@example.com").name == "Ana"
