"""Review: submitted by one person, looked at, approved and committed by another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

import contacthub as ch
from contacthub.imports import packing, review
from contacthub.tables.cells import CellError, Source, Table, column_of

File = Callable[..., str]
TEXT = "Name,Phone,Age\nAna,21 98765-4321,36\nBia,98765-4322,7\nZoé,21 98765-4321,1\n"


@pytest.fixture
def team(tmp_path: Path) -> Path:
    path = tmp_path / "team.hub"
    with ch.open(path, create=True, actor="bia") as hub:
        hub.settings.update(country="BR")
        hub.members.create("bia", role="admin")
        hub.members.create("rui", role="editor")
        hub.members.create("eva", role="agent")
    return path


def test_one_submits_and_another_commits(team: Path, file: File) -> None:
    with ch.open(team, actor="rui") as hub:
        preview = hub.imports.preview(file(TEXT), add={"tags": ["fair"]})
        preview.mend(3, "Phone", "21 98765-4322")
        preview.resolve("skip", row=4)
        waiting = preview.submit(note="please check the phones")
        with pytest.raises(ch.errors.Refused) as refused:
            waiting.approve()
        assert refused.value.code == "own_submission"
        with pytest.raises(ch.errors.Refused):
            waiting.commit()
        assert len(hub.contacts) == 0
    with ch.open(team, actor="bia") as hub:
        (found,) = review.pending(hub.session)
        assert (found.file, found.actor, found.note) == ("people.csv", "rui", "please check the phones")
        assert found.preview().hash == found.hash
        assert found.summary["create"] == 2
        found.comment("looks well").approve()
        result = review.get(hub.session, found.id).commit()
        assert (result.created, len(hub.contacts)) == (2, 2)
        assert [one["text"] for one in review.get(hub.session, found.id).comments] == [
            "looks well", "approved", "committed",
        ]  # fmt: skip
        assert review.pending(hub.session) == []
        assert [one["state"] for one in review.history(hub.session)] == ["committed"]
        hub.undo(result.id)
        assert [one["state"] for one in review.history(hub.session)] == ["undone"]


def test_the_history_tells_each_import_once_and_by_whom(team: Path, file: File) -> None:
    with ch.open(team, actor="rui") as hub:
        hub.contacts.create(name="Eva", urns=["mailto:eva@example.com"])  # ids of operations and submissions differ
        for name in ("one.csv", "two.csv", "three.csv", "four.csv"):
            hub.imports.preview(file(TEXT.replace("98765", f"9876{len(name)}"), name)).submit()
    with ch.open(team, actor="bia") as hub:
        four, three, two, one = review.submissions(hub.session)
        done = one.approve("go").commit()
        two.reject("old")
        three.approve()
        hub.imports.preview(file("Name,Phone\nIgor,21 98765-0000\n", "direct.csv")).commit()
        told = hub.imports.history().set_index("file")
        assert set(told["id"].dropna()) == {one.id, two.id, three.id, four.id}
        assert told.dtypes[["id", "operation", "created", "updated"]].astype(str).tolist() == ["Int64"] * 4
        keys = ("state", "actor", "submitted_by", "approved_by", "operation", "created")
        rows = {told["file"]: tuple(told[key] for key in keys) for told in review.history(hub.session)}
        assert rows == {
            "one.csv": ("committed", "bia", "rui", "bia", done.id, done.created),
            "two.csv": ("rejected", "bia", "rui", None, None, None),
            "three.csv": ("approved", "bia", "rui", "bia", None, None),
            "four.csv": ("pending", "rui", "rui", None, None, None),
            "direct.csv": ("committed", "bia", None, None, done.id + 1, 1),
        }
        hub.undo(done.id)
        told = hub.imports.history().set_index("file").loc["one.csv"]
        assert (told["state"], told["actor"], told["submitted_by"]) == ("undone", "bia", "rui")
        assert len(hub.imports.history()) == 5


def test_a_committed_import_that_had_nothing_to_write_is_told_too(team: Path, file: File) -> None:
    with ch.open(team, actor="bia") as hub:
        hub.imports.preview(file(TEXT)).commit()
        submitted = hub.imports.preview(file(TEXT)).submit()
    with ch.open(team, actor="rui") as hub:
        hub.imports.get(submitted.id).approve().commit()
        again, first = review.history(hub.session)
        assert (again["id"], again["state"], again["actor"], again["operation"]) == (1, "committed", "rui", None)
        assert (again["created"], again["updated"], first["id"]) == (0, 0, None)


def test_a_hub_without_imports_has_an_empty_history(team: Path) -> None:
    with ch.open(team, actor="rui") as hub:
        assert hub.imports.history()["state"].tolist() == []


def test_what_is_committed_is_not_committed_again(team: Path, file: File) -> None:
    with ch.open(team, actor="rui") as hub:
        id = hub.imports.preview(file(TEXT)).submit().id
    with ch.open(team, actor="bia") as hub:
        waiting = review.get(hub.session, id).approve()
        waiting.commit()
        for stale in (waiting, review.get(hub.session, id)):
            with pytest.raises(ch.errors.Refused) as refused:
                stale.commit()
            assert refused.value.code == "already_decided"
            assert "committed already" in str(refused.value)


def test_a_rejected_import_waits_no_longer(team: Path, file: File) -> None:
    with ch.open(team, actor="rui") as hub:
        hub.imports.preview(file(TEXT)).submit()
    with ch.open(team, actor="bia") as hub:
        (found,) = review.pending(hub.session)
        found.reject("no area codes")
        assert review.pending(hub.session) == []
        assert review.get(hub.session, found.id).state == "rejected"
        with pytest.raises(ch.errors.Refused):
            review.get(hub.session, found.id).commit()


def test_what_was_not_looked_at_is_not_committed(team: Path, file: File) -> None:
    with ch.open(team, actor="rui") as hub:
        hub.imports.preview(file(TEXT)).submit()
    with ch.open(team, actor="bia") as hub:
        hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
        (found,) = review.pending(hub.session)
        with pytest.raises(ch.errors.Refused) as refused:
            found.approve().commit()
        assert refused.value.code == "submission_outdated"


def test_an_agent_may_not_decide(team: Path, file: File) -> None:
    with ch.open(team, actor="rui") as hub:
        id = hub.imports.preview(file(TEXT)).submit().id
    with ch.open(team, actor="eva") as hub, pytest.raises(ch.NotAllowed):
        review.get(hub.session, id).approve()


def test_tables_are_packed_and_unpacked() -> None:
    cells = [
        None, "a", 1, 2**70, 1.5, True, date(2026, 5, 1), datetime(2026, 5, 1, 2, 3), time(4, 5), Decimal("1.10"),
        CellError("cell_error", "#N/A"), ["a", None, date(2026, 5, 1)],
    ]  # fmt: skip
    table = Table(["A"], [column_of(cells)], np.arange(2, 14), Source("a", "csv", sheets=[("S", "hidden")]))
    again = packing.unpack(packing.pack(table))
    assert again.columns[0].cells() == cells
    assert (again.headers, again.source, again.rows.tolist()) == (["A"], table.source, list(range(2, 14)))
