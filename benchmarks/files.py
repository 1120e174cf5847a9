"""Imports and exports against the libraries one would use by hand, on the same files.

python -m benchmarks.files [xlsx rows] [csv rows]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.csv

import contacthub as ch
from benchmarks.data import documents

HEADERS = ("Name", "URN:Tel", "Language", "Field:Age", "Field:City", "Field:Joined", "Tags", "Remarks")
CITIES = ("Recife", "Natal", "São Paulo", "Olinda", "Lisboa", "Luanda")


def rows(count: int) -> list[tuple[Any, ...]]:
    """Rows of eight columns, as a spreadsheet of leads has them."""
    return [
        (
            document["name"],
            f"+55819{id:08d}",
            "por",
            18 + id % 60,
            CITIES[id % len(CITIES)],
            f"{2015 + id % 10}-{1 + id % 12:02d}-{1 + id % 28:02d}",
            "vip, fair-2026" if id % 7 == 0 else "",
            "met at the fair" if id % 3 == 0 else "",
        )
        for id, document in documents(count)
    ]


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def write_xlsx(path: Path, table: list[tuple[Any, ...]]) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Contacts")
    for row in (HEADERS, *table):
        sheet.append(row)
    book.save(path)


def read_xlsx(path: Path) -> int:
    sheet = openpyxl.load_workbook(path, read_only=True).active
    return sum(1 for _ in sheet.iter_rows(values_only=True))


def workbook(folder: Path, count: int) -> list[str]:
    path = folder / "leads.xlsx"
    write_xlsx(path, rows(count))
    by_hand, _ = seconds(lambda: read_xlsx(path))
    with ch.open(folder / "xlsx.hub", create=True) as hub:
        hub.settings.update(country="BR")
        preview, shown = seconds(lambda: hub.imports.preview(path))
        commit, result = seconds(shown.commit)
        assert result.created == count
        export, _ = seconds(lambda: hub.export(folder / "out.xlsx"))
        contacts = hub.find("").to_pandas()
    write, _ = seconds(lambda: write_xlsx(folder / "peer.xlsx", list(contacts.astype(str).itertuples())))
    both = preview + commit
    return [
        f"| xlsx of {count:,}: preview {preview:.1f} s, commit {commit:.1f} s | {both:.1f} s "
        f"| openpyxl reads it: {by_hand:.1f} s | {both / by_hand:.2f} (under 1) |",
        f"| export of {count:,} to xlsx | {export:.1f} s | openpyxl write-only: {write:.1f} s "
        f"| {export / write:.2f} (1) |",
    ]


def text(folder: Path, count: int) -> list[str]:
    path = folder / "leads.csv"
    pd.DataFrame(rows(count), columns=list(HEADERS)).to_csv(path, index=False)
    by_hand, _ = seconds(lambda: pd.read_csv(path, dtype=str))
    with ch.open(folder / "csv.hub", create=True) as hub:
        hub.settings.update(country="BR")
        preview, shown = seconds(lambda: hub.imports.preview(path))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        commit, result = seconds(shown.commit)
        assert result.created == count
        first, _ = seconds(lambda: hub.export(folder / "out.csv"))
    with ch.open(folder / "csv.hub") as hub:
        export, _ = seconds(lambda: hub.export(folder / "out.csv"))
        table = pyarrow.csv.read_csv(folder / "out.csv")
    write, _ = seconds(lambda: pyarrow.csv.write_csv(table, folder / "peer.csv"))
    return [
        f"| csv of {count:,}: preview | {preview:.1f} s, peak {memory:.1f} GB "
        f"| pandas reads it as text: {by_hand:.1f} s | {preview / by_hand:.1f} (15; 2.5 GB) |",
        f"| csv of {count:,}: commit | {commit:.1f} s | | |",
        f"| export of {count:,} to csv | {export:.1f} s | pyarrow writes the same table: {write:.1f} s "
        f"| {export / write:.1f} (5) |",
        f"| the first export after the import, with which the columns are made | {first:.1f} s | | |",
    ]


def run(xlsx: int, csv: int) -> str:
    lines = ["| work | contacthub | peer | ratio (to reach) |", "|---|--:|--:|--:|"]
    with tempfile.TemporaryDirectory() as folder:
        lines += text(Path(folder), csv)
        lines += workbook(Path(folder), xlsx)
    return "\n".join(lines)


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1:]]
    print(run(*(sizes or (100_000, 1_000_000))))
