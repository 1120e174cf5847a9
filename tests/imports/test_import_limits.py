"""Imports and the limits of the hub: what would go beyond them is told in the preview, and never half written."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import contacthub as ch
from contacthub.hub import Hub
from contacthub.imports.planning import CREATE

File = Callable[[str], str]
URNS = " ".join(f"ext:t{number}" for number in range(70))
HALVES = URNS.split(" ext:t30 ")
TAGS = ",".join(f"t{number}" for number in range(101))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f'Name,URNs\nYuri,"{URNS}"\n', "too_many_urns"),
        (f'Name,Phone,Tags\nYuri,21 98765-4321,"{TAGS}"\n', "too_many_tags"),
        # Each column is within the limit, the row is not.
        (f'Name,URNs,URNs\nYuri,"{HALVES[0]}","{HALVES[1]}"\n', "too_many_urns"),
    ],
)
def test_new_contact_beyond_a_limit_is_an_error(text: str, code: str, hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file(text))
    assert (preview.summary["create"], preview.summary["error"]) == (0, 1)
    assert list(preview.problems.query("severity == 'error'")["code"]) == [code]
    preview.commit()
    assert len(hub.contacts) == 0
    assert not list(hub.tags)


def test_tags_of_all_rows_count_too(hub: Hub, file: File) -> None:
    text = f'Name,Phone,Tags\nYuri,21 98765-4321,"{TAGS.removesuffix(",t100")}"\n'
    assert hub.imports.preview(file(text)).summary["create"] == 1
    assert hub.imports.preview(file(text), add={"tags": ["fair"]}).summary["error"] == 1


def test_nobody_is_made_of_nothing(hub: Hub, file: File) -> None:
    """A plan that shows a row as a new contact, and no row that could make one."""
    preview = hub.imports.preview(file(f'Name,URNs\nYuri,"{URNS}"\n'))
    preview.plan.outcome[:] = np.int8(CREATE)
    with pytest.raises(ch.PlanOutdated):
        preview.commit()
    assert len(hub.contacts) == 0


@pytest.mark.parametrize(
    "text",
    [
        "Phone,Groups\n21 98765-4321,C\n",
        "Phone,Group:C\n21 98765-4321,yes\n",
    ],
)
def test_no_more_groups_than_the_hub_keeps(text: str, hub: Hub, file: File) -> None:
    hub.groups.create("A")
    hub.settings.update(max_groups=2)
    assert hub.imports.preview(file(text)).summary["new_groups"] == ["C"]
    waiting = hub.imports.preview(file(text))
    hub.groups.create("B")
    for act in (lambda: hub.imports.preview(file(text)), waiting.commit):
        with pytest.raises(ch.Refused, match="max_groups") as refused:
            act()
        assert refused.value.code == "limit"
    assert len(hub.contacts) == 0


def test_groups_that_are_there_are_none_too_many(hub: Hub, file: File) -> None:
    hub.groups.create("A")
    hub.settings.update(max_groups=1)
    assert hub.imports.preview(file("Phone,Groups\n21 98765-4321,A\n")).commit().created == 1


def test_no_more_fields_than_the_hub_keeps_when_it_is_committed(hub: Hub, file: File) -> None:
    hub.settings.update(max_fields=1)
    waiting = hub.imports.preview(file("Phone,Field:Zed\n21 98765-4321,1\n"))
    hub.fields.create("Other")
    with pytest.raises(ch.Refused, match="max_fields"):
        waiting.commit()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"add": {"tags": [""]}}, "invalid_tag"),
        ({"add": {"tags": ["x" * 65]}}, "invalid_tag"),
        ({"add": {"lists": ["x" * 200]}}, "invalid_list"),
        ({"group": 'a"b'}, "invalid_group"),
        ({"group": "Regulars"}, "dynamic_group"),
    ],
)
def test_names_for_all_rows_that_cannot_be_are_refused(
    options: dict[str, object], code: str, hub: Hub, file: File
) -> None:
    hub.groups.create("Regulars", query="name != ''")
    with pytest.raises(ch.InvalidValue) as refused:
        hub.imports.preview(file("Phone\n21 98765-4321\n"), **options)
    assert refused.value.code == code
