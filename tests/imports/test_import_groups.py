"""Columns that say whether a contact is in a group, beside others that say the same of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contacthub.hub import Hub
from contacthub.imports import Preview
from contacthub.model.values import TAGS_PER_CONTACT

File = Callable[..., str]


def previewed(hub: Hub, path: str, groups: str) -> Preview:
    mapping: dict[str, Any] = {
        "Groups": {"target": "Groups", "policy": groups},
        "Group:VIPs": {"target": "Group:VIPs", "policy": "keep"},
    }
    return hub.imports.preview(path, mapping=mapping)


@pytest.mark.parametrize(
    ("policy", "rows", "groups", "kept"),
    [
        ("remove", ["Old,yes"], ["VIPs"], 0),
        ("remove", ["VIPs,yes"], [], 1),
        ("remove", ["VIPs,", ",yes"], [], 1),
        ("remove", [",yes", "VIPs,"], [], 0),
        ("replace", ["Old,yes"], ["Old"], 1),
        ("add", ["Old,yes"], ["Old", "VIPs"], 0),
        ("add", ["--,yes"], [], 1),
        ("add", ["VIPs,no"], ["VIPs"], 1),
    ],
)
def test_a_group_column_that_only_keeps(
    hub: Hub, file: File, policy: str, rows: list[str], groups: list[str], kept: int
) -> None:
    for name in ("Old", "VIPs"):
        hub.groups.create(name)
    path = file("Phone,Groups,Group:VIPs\n" + "".join(f"21 98765-4321,{row}\n" for row in rows))
    preview = previewed(hub, path, policy)
    assert preview.kept["reason"].tolist() == ["kept: policy"] * kept
    preview.commit()
    (contact,) = hub.find("").page()
    names = {group.uuid: group.name for group in hub.groups}
    assert sorted(names[uuid] for uuid in contact.groups) == groups
    assert previewed(hub, path, policy).changes.to_dict("records") == []


def test_a_row_that_is_refused_leaves_no_trace(hub: Hub, file: File) -> None:
    hub.groups.create("VIPs")
    many = ", ".join(f"t{number}" for number in range(TAGS_PER_CONTACT + 1))
    preview = previewed(
        hub, file(f'Phone,Groups,Group:VIPs,Tags\n21 98765-4321,--,,"{many}"\n21 98765-4321,,yes,\n'), "add"
    )
    assert preview.rows["outcome"].tolist() == ["error", "create"]
    preview.commit()
    assert hub.find("group = VIPs").count == 1


@pytest.mark.parametrize("columns", ["Old Phone,Phone", "Phone,Old Phone"])
def test_an_identity_that_one_column_takes_away_is_given_by_no_other(hub: Hub, file: File, columns: str) -> None:
    ana = hub.contacts.create(name="Ana", urns=["ext:1"])
    path = file(f"URN:Ext,{columns}\n1,21 98765-4321,21 98765-4321\n")
    mapping = {"Old Phone": {"target": "URN:Tel", "policy": "remove"}, "Phone": "URN:Tel"}
    preview = hub.imports.preview(path, mapping=mapping)
    assert preview.rows["outcome"].tolist() == ["unchanged"]
    assert hub.contacts.get(ana.uuid).urns == ["ext:1"]
