"""What was done, in a person's words."""

from __future__ import annotations

import pytest

import contacthub as ch
from contacthub.tui.words import deed, named, undo_text


def test_an_edit_names_identities_and_fields_as_people_do(hub: ch.Hub) -> None:
    contact = hub.contacts.by_urn("tel:+5521987654322")
    operation = contact.edit(urns=["tel:+5521987654399"], fields={"city": "Natal"})
    assert deed(operation).startswith("Edit Bruno Souza: ")
    assert set(deed(operation).partition(": ")[2].split(", ")) == {"identities", "city"}


def test_an_undo_counts_contacts_and_says_what_was_kept(hub: ch.Hub) -> None:
    operation = hub.find("tag = vip").tag("summer")
    assert deed(operation) == "Tag summer, 3 contacts"
    hub.contacts.by_urn("tel:+5521987654321").untag("summer")
    assert undo_text(hub.plan.undo(operation.id)) == "Tag summer, 2 contacts; 1 kept, changed since"
    assert undo_text(hub.undo(operation.id)) == "Undone: tag summer, 2 contacts; 1 kept, changed since"
    assert undo_text(hub.redo()) == "Redone: tag summer, 2 contacts"


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("fields.city", "City"),
        ("urns", "Identities"),
        ("opt_in.marketing", "Opt-in"),
        ("first_seen_on", "First seen on"),
    ],
)
def test_a_property_is_named(path: str, title: str) -> None:
    assert named(path) == title
