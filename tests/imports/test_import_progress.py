"""Progress and cancelling: told regularly while a file is read, planned and committed; cancelled, nothing is left."""

from __future__ import annotations

import itertools
import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

import contacthub as ch
from contacthub.hub import Hub

ROWS = 21_000
HEADERS = ("Name", "Phone", "Tags")


def people() -> list[tuple[str, str, str]]:
    return [(f"Ana {n}", f"+55 21 9{80_000_000 + n}", "vip") for n in range(ROWS)]


def written(folder: Path, format: str) -> Path:
    path = folder / f"people.{format}"
    if format == "csv":
        path.write_text("\n".join(",".join(row) for row in (HEADERS, *people())), encoding="utf-8")
    elif format == "jsonl":
        lines = (json.dumps(dict(zip(HEADERS, row, strict=True))) for row in people())
        path.write_text("\n".join(lines), encoding="utf-8")
    else:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("People")
        for row in (HEADERS, *people()):
            sheet.append(row)
        book.save(path)
    return path


class Told:
    """What was told, up to the word at which a person cancels."""

    def __init__(self, cancels: Callable[[int, int | None], bool] = lambda done, total: False) -> None:
        self.words: list[tuple[int, int | None]] = []
        self.cancels = cancels

    def __call__(self, done: int, total: int | None) -> None:
        self.words.append((done, total))
        if self.cancels(done, total):
            raise ch.errors.Cancelled("Enough.")


@pytest.mark.parametrize("format", ["csv", "jsonl", "xlsx"])
def test_reading_and_planning_are_told_in_rows(hub: Hub, tmp_path: Path, format: str) -> None:
    told = Told()
    hub.imports.preview(written(tmp_path, format), progress=told)
    reading = [done for done, total in told.words if total is None]
    planning = [done for done, total in told.words if total is not None]
    assert len(reading) >= 2
    assert reading == sorted(reading)
    assert 0 < reading[0] <= reading[-1] <= ROWS
    assert {total for _, total in told.words} == {None, ROWS}
    assert len(planning) >= 8
    assert planning == sorted(planning)
    assert planning[-1] == ROWS


def test_planning_on_a_full_hub_is_told_to_its_end(hub: Hub, tmp_path: Path) -> None:
    path = written(tmp_path, "csv")
    hub.imports.preview(path).commit()
    told = Told()
    preview = hub.imports.preview(path, progress=told)
    assert preview.summary["unchanged"] == ROWS
    planning = [done for done, total in told.words if total is not None]
    assert planning == sorted(planning)
    assert planning[-1] == ROWS
    assert max(later - earlier for earlier, later in itertools.pairwise(planning)) < ROWS / 4


@pytest.mark.parametrize("where", ["reading", "planning"])
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_cancelled_preview_leaves_nothing(hub: Hub, tmp_path: Path, format: str, where: str) -> None:
    told = Told(lambda done, total: total is None if where == "reading" else bool(total and done > total / 2))
    operations = len(hub.operations())
    with pytest.raises(ch.errors.Cancelled):
        hub.imports.preview(written(tmp_path, format), progress=told)
    assert sum(told.cancels(*word) for word in told.words) == 1
    assert (len(hub.contacts), len(hub.operations()), hub.imports.pending()) == (0, operations, [])
    assert multiprocessing.active_children() == []


def test_a_preview_whose_looking_again_is_cancelled_is_as_it_was(hub: Hub, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Name,Phone,Field:Day\nAna,+55 21 98765-4321,03/04/2026\n", encoding="utf-8")
    hub.fields.create("Day", type="datetime")
    preview = hub.imports.preview(path)
    before = preview.hash, preview.problems["code"].tolist()
    assert "date_order_open" in before[1]
    for word in range(4):
        last = iter([False] * word + [True])
        with pytest.raises(ch.errors.Cancelled):
            preview.replan(Told(lambda done, total, last=last: next(last)))
        preview._known.clear()  # what was not looked at before is as it was, too
        assert (preview.hash, preview.problems["code"].tolist()) == before
    preview.commit()


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_a_cancelled_commit_leaves_nothing(tmp_path: Path, share: float) -> None:
    with ch.open(tmp_path / "team.hub", create=True, actor="bia") as hub:
        hub.settings.update(country="BR")
        hub.contacts.create(name="Ana 7", urns=["tel:+5521980000007"], tags=["old"])
        operations = len(hub.operations())
        preview = hub.imports.preview(written(tmp_path, "csv"), add={"lists": ["Fair"]}, group="Fair")
        told = Told(lambda done, total: bool(total) and done >= share * (total or 0))
        with pytest.raises(ch.errors.Cancelled):
            preview.commit(progress=told)
        assert told.words
    with ch.open(tmp_path / "team.hub", actor="bia") as hub:
        (ana,) = hub.find("")
        assert (ana.name, list(ana.tags), list(ana.lists)) == ("Ana 7", ["old"], [])
        assert (len(hub.operations()), list(hub.groups), list(hub.lists)) == (operations, [], [])
        assert hub.imports.preview(written(tmp_path, "csv")).commit().created == ROWS - 1
