"""Laws of imports, on random hubs and tables: what is listed is what happens, again is nothing, undo keeps edits."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import contacthub as ch
from contacthub.hub import Hub
from contacthub.hub.contact import Contact
from contacthub.identity.keys import match_key
from contacthub.imports import Preview
from contacthub.imports.planning import DUPLICATES

EDITS = ("name", "city", "remarks", "tag")
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
VALUES = ("set", "fill", "keep")
SETS = ("add", "replace", "remove")
TELS = [f"+552198765432{digit}" for digit in range(6)]
NAMES = ["Ana", "Ana Lima", "Lima", "Zoe", "Bia Reis"]
LABELS = ["", "--", "vip", "VIP, new", "old", '"a, b", new']
COLUMNS: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "Name": (["", "--", *NAMES], VALUES),
    "URN:Tel": (["", "--", *TELS, f"{TELS[0]}; {TELS[5]}", "21 98765-4321"], SETS),
    "URN:Mailto": (["", "--", "a@example.com", "b@example.com"], SETS),
    "Field:City": (["", "--", "Rio", "Recife", "--x"], VALUES),
    "Field:Age": (["", "--", "36", "36.5", "7"], VALUES),
    "Field:Size": (["", "--", "L", "XL"], VALUES),
    "Tags": (LABELS, SETS),
    "Lists": (LABELS, SETS),
    "Groups": (["", "--", "Fair", "Fair, New", "VIPs"], SETS),
    "Group:VIPs": (["", "yes", "no"], ("set", "keep")),
    "Opt In": (["", "yes", "no"], VALUES),
    "Opt In On": (["", "2026-05-01", "2025-01-01T12:00:00+00:00"], VALUES),
    "Opt In Proof": (["", "form 7"], VALUES),
    "Language": (["", "--", "por", "eng"], VALUES),
    "Status": (["", "active", "blocked", "archived"], VALUES),
    "Assignee": (["", "--", "bia", "nobody"], VALUES),
    "Remarks": (["", "--", "hello", "two\nlines"], VALUES),
}
"""Headers → the cells that stand under them, the policies of the column."""
BOOKKEEPING = {"modified_on", "imports"}
FOLLOWS = {"country": "urns", "opt_in_on.marketing": "opt_in.marketing", "opt_in_source.marketing": "opt_in.marketing"}
"""What no column writes → what it follows from."""
MADE = {"uuid", "id", "ref", "source", "created_on"}
Cells = dict[str, Any]
_numbers = count()


def some(data: st.DataObject, values: list[Any]) -> list[Any]:
    return data.draw(st.lists(st.sampled_from(values), max_size=2, unique=True))


def filled(hub: Hub, data: st.DataObject) -> None:
    hub.settings.update(country="BR")
    hub.members.create("bia", name="Bia", role="admin")
    hub.fields.create("City")
    hub.fields.create("Age", type="number")
    hub.groups.create("VIPs")
    hub.groups.create("Fair")
    for number in range(data.draw(st.integers(0, 3))):
        contact = hub.contacts.create(
            name=data.draw(st.sampled_from(["", *NAMES])),
            urns=[f"ext:{number}", *(f"tel:{TELS[2 * number + one]}" for one in some(data, [0, 1]))],
            fields={key: value for key, value in (("city", "Rio"), ("age", 7)) if data.draw(st.booleans())},
            tags=some(data, ["vip", "old", "a, b"]),
            lists=some(data, ["vip", "old"]),
            groups=some(data, ["VIPs", "Fair"]),
            language=data.draw(st.sampled_from([None, "por"])),
            remarks=data.draw(st.sampled_from(["", "hello"])),
        )
        match data.draw(st.sampled_from(["", "in", "out", "blocked"])):
            case "in":
                contact.opt_in(proof="form 1", occurred_at="2025-06-01")
            case "out":
                contact.opt_out(occurred_at="2025-06-01")
            case "blocked":
                contact.block()


def previewed(hub: Hub, data: st.DataObject, folder: Path) -> tuple[Preview, dict[str, Any]]:
    """The preview of a random table, and what gives it again."""
    headers = data.draw(st.lists(st.sampled_from(list(COLUMNS)), min_size=1, max_size=5, unique=True))
    mapping = {
        header: {"target": header, "policy": data.draw(st.sampled_from(COLUMNS[header][1]))} for header in headers
    }
    cells = st.tuples(
        st.sampled_from(["0", "1", "2", "8", "9"]), *(st.sampled_from(COLUMNS[header][0]) for header in headers)
    )
    rows = data.draw(st.lists(cells, min_size=1, max_size=6))
    path = folder / f"people{next(_numbers)}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("URN:Ext", *headers), *rows])
    options = {
        "source": path, "mapping": mapping, "duplicates": data.draw(st.sampled_from(DUPLICATES)),
        "reactivate": data.draw(st.booleans()), "add": data.draw(st.sampled_from([None, {"tags": ["fair"]}])),
    }  # fmt: skip
    return hub.imports.preview(**options), options


def cells(hub: Hub) -> dict[str, Cells]:
    """Contacts by uuid, each as a flat table of what it says."""
    found: dict[str, Cells] = {}
    groups = {group.uuid: group.name for group in hub.groups}
    for contact in hub.find("").page(limit=100):
        flat: Cells = {}
        for key, value in contact.as_dict().items():
            if isinstance(value, dict):
                flat |= {f"{key}.{name}": one for name, one in value.items()}
            elif key not in BOOKKEEPING:
                flat[key] = value
        flat["groups"] = sorted((groups[uuid] for uuid in flat["groups"]), key=str.casefold)
        found[contact.uuid] = flat
    return found


def called(hub: Hub, number: int | str) -> Contact:
    """The contact of an `ext` identity."""
    contact = hub.contacts.by_urn(f"ext:{number}")
    assert contact is not None
    return contact


def differences(before: Cells, after: Cells) -> dict[str, Any]:
    """What is another now: property → its value after."""
    return {
        path: after.get(path)
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path) and before.get(FOLLOWS.get(path, "")) == after.get(FOLLOWS.get(path, ""))
    }


def leads_elsewhere(preview: Preview, listed: list[dict[str, Any]]) -> bool:
    """Whether a row was led to somebody by an identity which another row took away: it is free of them now."""
    identities = preview.plan.rules.identities
    return any(
        match_key(urn) in identities.of(index)[1]
        for one in listed
        if one["property"] == "urns"
        for urn in set(one["before"] or ()) - set(one["after"])
        for index, row in enumerate(preview.rows["row"])
        if row != one["row"]
    )


@QUICK
@given(data=st.data())
def test_the_cells_that_change_are_the_cells_that_are_listed(tmp_path: Path, data: st.DataObject) -> None:
    with ch.open(":memory:", actor="bia") as hub:
        filled(hub, data)
        before = cells(hub)
        preview, again = previewed(hub, data, tmp_path)
        listed = preview.changes.to_dict("records")
        preview.commit()
        after = cells(hub)
        changed = [
            (uuid, path, repr(before[uuid].get(path)), repr(value))
            for uuid in before
            for path, value in differences(before[uuid], after[uuid]).items()
        ]
        shown = [
            (change["contact"], change["property"], repr(change["before"]), repr(change["after"]))
            for change in listed
            if change["contact"] in before
        ]
        assert sorted(changed) == sorted(shown)

        hub.contacts.create()
        (blank,) = cells(hub).keys() - after.keys()
        empty = cells(hub)[blank]
        made = Counter(
            (path, repr(value))
            for uuid in after.keys() - before.keys()
            for path, value in differences(empty, after[uuid]).items()
            if path not in MADE
        )
        assert made == Counter((one["property"], repr(one["after"])) for one in listed if one["contact"] not in before)

        if leads_elsewhere(preview, listed):
            return
        once_more = hub.imports.preview(**again)
        assert once_more.changes.to_dict("records") == []
        assert (once_more.summary["create"], once_more.summary["update"]) == (0, 0)
        if not preview.summary["conflict"] + once_more.summary["conflict"]:
            taken = ("create", "update", "unchanged")
            assert once_more.summary["unchanged"] == sum(preview.summary[outcome] for outcome in taken)


@QUICK
@given(data=st.data())
def test_undo_takes_back_the_import_and_keeps_what_was_edited_since(tmp_path: Path, data: st.DataObject) -> None:
    with ch.open(":memory:", actor="bia") as hub:
        filled(hub, data)
        before = cells(hub)
        result = previewed(hub, data, tmp_path)[0].commit()
        after = cells(hub)
        people = sorted(after, key=lambda uuid: after[uuid]["id"])
        edited = [uuid for uuid in people if data.draw(st.booleans())]
        for uuid in edited:
            contact = hub.contacts.get(uuid)
            match data.draw(st.sampled_from(EDITS)):
                case "tag":
                    contact.tag("later")
                case "city":
                    contact.set_field("city", "Olinda")
                case "name":
                    hub.contacts.edit(contact, name="Eva")
                case _:
                    hub.contacts.edit(contact, remarks="Eva")
        since = cells(hub)
        expected = {uuid: dict(before.get(uuid, since[uuid])) for uuid in before.keys() | set(edited)}
        for uuid in before.keys() & set(edited):
            for path, value in differences(after[uuid], since[uuid]).items():
                kept = {"tags": sorted([*before[uuid]["tags"], "later"])}
                expected[uuid][path] = kept.get(path, value)
        if result.id:
            assert not hub.undo(result.id).failed
        else:  # nothing was written
            expected = since
        assert cells(hub) == expected


def test_an_undo_after_later_edits_tells_of_each_value(tmp_path: Path) -> None:
    """Three buckets: what goes back, what was changed since, what cannot go back."""
    with ch.open(":memory:", actor="bia") as hub:
        hub.settings.update(country="BR")
        ana = hub.contacts.create(name="Ana", urns=["ext:1", f"tel:{TELS[0]}"], tags=["old"], remarks="before")
        bia = hub.contacts.create(name="Bia", urns=["ext:2"])
        path = tmp_path / "people.csv"
        path.write_text(
            "URN:Ext,Name,URN:Tel,Tags,Remarks,Language,Opt In\n"
            f"1,Ana Lima,{TELS[1]},new,after,por,yes\n2,Bia Reis,,new,,,\n3,Eva,,,,,\n4,Leo,,,,,\n"
        )
        mapping = {"URN:Tel": {"target": "URN:Tel", "policy": "replace"}}
        result = hub.imports.preview(path, mapping=mapping).commit()
        eva = called(hub, 3)
        hub.contacts.edit(ana, remarks="by hand")
        ana.untag("new")
        bia.delete()
        hub.contacts.create(name="Zoe", urns=[f"tel:{TELS[0]}"])
        eva.set_language("spa")
        report = hub.undo(result.id)

        assert sorted(line for line in report.failed if "import" not in line) == sorted([
            "Ana: urns: another contact has the identity by now", "Bia Reis: name: contact deleted since",
            "Bia Reis: tags new: contact deleted since",
        ])  # fmt: skip
        assert {"Ana: remarks: changed since", "Ana: tags new: changed since", "Eva: changed since"} <= set(report.kept)
        assert {"Ana: name", "Ana: language", "Leo: deleted again"} <= set(report.reversed)
        now = hub.contacts.get(ana.uuid)
        assert (now.name, now.remarks, now.language, now.tags) == ("Ana", "by hand", None, ["old"])
        assert (now.urns, now.as_dict()["opt_in"]) == (["ext:1", f"tel:{TELS[1]}"], {"marketing": "unknown"})
        assert [contact.name for contact in hub.find("", sort="name").page()] == ["Ana", "Eva", "Zoe"]


@pytest.mark.parametrize(
    ("policy", "states"), [("set", ["no", "no", "yes"]), ("fill", ["yes", "no", "yes"]), ("keep", ["yes", None, "yes"])]
)
def test_policies_of_consent(tmp_path: Path, policy: str, states: list[str | None]) -> None:
    with ch.open(":memory:", actor="bia") as hub:
        hub.contacts.create(name="Ana", urns=["ext:1"]).opt_in(proof="form 1", occurred_at="2025-06-01")
        hub.contacts.create(name="Bia", urns=["ext:2"])
        path = tmp_path / "people.csv"
        path.write_text("URN:Ext,Opt In\n1,no\n2,no\n3,yes\n")
        hub.imports.preview(path, mapping={"Opt In": {"target": "Opt In", "policy": policy}}).commit()
        found = [called(hub, number).as_dict()["opt_in"]["marketing"] for number in (1, 2, 3)]
        assert found == [state or "unknown" for state in states]


@pytest.mark.parametrize("contact", ["1", "9"])
@pytest.mark.parametrize(
    ("rows", "state"),
    [
        (["yes,", "no,2025-01-01"], "yes"),
        (["yes,2025-02-01", "no,2025-01-01"], "yes"),
        (["yes,2025-01-01", "no,2025-02-01"], "no"),
        (["no,2025-01-01", "yes,"], "no"),
        (["yes,", "no,"], "no"),
    ],
)
def test_consents_of_several_rows_are_listed_as_the_ledger_takes_them(
    tmp_path: Path, contact: str, rows: list[str], state: str
) -> None:
    with ch.open(":memory:", actor="bia") as hub:
        hub.contacts.create(name="Ana", urns=["ext:1"])
        path = tmp_path / "people.csv"
        path.write_text("\n".join(["URN:Ext,Opt In,Opt In On", *(f"{contact},{row}" for row in rows)]) + "\n")
        preview = hub.imports.preview(path)
        listed = preview.changes[preview.changes["property"] == "opt_in.marketing"]
        assert listed["after"].tolist() == [state]
        preview.commit()
        assert called(hub, contact).as_dict()["opt_in"] == {"marketing": state}
        assert hub.imports.preview(path).changes.to_dict("records") == []
