"""Twelve segments of a million contacts, found by the hub and by hand with pandas, polars, DuckDB and pyarrow.

Every peer gets what a good analyst would give it: one flat frame, typed, with a folded column beside each text that is
searched, tags as lists, all in memory and warm. Each must give the ids of the contacts, and all must give the same.

    python -m benchmarks.segments [contacts]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.data import FIELDS, fill, tag_members
from contacthub.engine.columns import ColumnSearcher
from contacthub.engine.columns.bits import array_of
from contacthub.engine.sqlite.store import open_store
from contacthub.model.text import fold, fold_accents
from contacthub.query import Schema, parse
from contacthub.query.properties import Property, attribute

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ROUNDS = 9
MEMBERS: dict[str, np.ndarray[Any, Any]] = {}
"""For pandas, whose cells should not be lists: the ids of the contacts with a tag."""


@dataclass(frozen=True)
class Segment:
    """A query, and the same by hand: a filter of each peer over the flat frame."""

    query: str
    pandas: Callable[[pd.DataFrame], Any]
    polars: pl.Expr
    sql: str
    arrow: Callable[[pa.Table], Any]


def utc(*day: int) -> datetime:
    return datetime(*day, tzinfo=UTC)  # type: ignore[arg-type, misc]


def word(prefix: str) -> str:
    return rf"(?:^|[^\p{{L}}\p{{N}}_]){prefix}"


def tagged(table: pa.Table, tag: str) -> Any:
    lists = table["tags"].combine_chunks()
    hits = pc.equal(lists.flatten(), tag)
    found = np.zeros(len(table), bool)
    found[pc.filter(pc.list_parent_indices(lists), hits).to_numpy()] = True
    return pa.array(found)


SEGMENTS = [
    Segment(
        "status = active AND age >= 18 AND age <= 30",
        lambda f: (f.status == "active") & f.age.between(18, 30),
        (pl.col("status") == "active") & pl.col("age").is_between(18, 30),
        "status = 'active' AND age BETWEEN 18 AND 30",
        lambda t: pc.and_(
            pc.equal(t["status"], "active"),
            pc.and_(pc.greater_equal(t["age"], 18), pc.less_equal(t["age"], 30)),
        ),
    ),
    Segment(
        "city = Recife AND age > 40",
        lambda f: (f.city_folded == "recife") & (f.age > 40),
        (pl.col("city_folded") == "recife") & (pl.col("age") > 40),
        "city_folded = 'recife' AND age > 40",
        lambda t: pc.and_(pc.equal(t["city_folded"], "recife"), pc.greater(t["age"], 40)),
    ),
    Segment(
        "tag = vip AND opt_in = yes",
        lambda f: f.id.isin(MEMBERS["vip"]) & (f.opt_in == "yes"),
        pl.col("tags").list.contains("vip") & (pl.col("opt_in") == "yes"),
        "list_contains(tags, 'vip') AND opt_in = 'yes'",
        lambda t: pc.and_(tagged(t, "vip"), pc.equal(t["opt_in"], "yes")),
    ),
    Segment(
        "name ~ joao",
        lambda f: f.name_plain.str.contains(word("joao").replace(r"\p{L}\p{N}_", r"\w"), regex=True),
        pl.col("name_plain").str.contains(word("joao")),
        "regexp_matches(name_plain, '" + word("joao") + "')",
        lambda t: pc.match_substring_regex(t["name_plain"], word("joao")),
    ),
    Segment(
        "name ~ silva AND NOT tag = newsletter",
        lambda f: (
            f.name_plain.str.contains(word("silva").replace(r"\p{L}\p{N}_", r"\w"), regex=True)
            & ~f.id.isin(MEMBERS["newsletter"])
        ),
        pl.col("name_plain").str.contains(word("silva")) & ~pl.col("tags").list.contains("newsletter"),
        "regexp_matches(name_plain, '" + word("silva") + "') AND NOT list_contains(tags, 'newsletter')",
        lambda t: pc.and_(pc.match_substring_regex(t["name_plain"], word("silva")), pc.invert(tagged(t, "newsletter"))),
    ),
    Segment(
        "phone ~ 8765",
        lambda f: f.phone.str.contains("8765", regex=False),
        pl.col("phone").str.contains("8765", literal=True),
        "contains(phone, '8765')",
        lambda t: pc.match_substring(t["phone"], "8765"),
    ),
    Segment(
        "last_seen_on > -30d",
        lambda f: f.last_seen_on >= utc(2026, 5, 3),
        pl.col("last_seen_on") >= utc(2026, 5, 3),
        "last_seen_on >= TIMESTAMPTZ '2026-05-03 00:00:00+00'",
        lambda t: pc.greater_equal(t["last_seen_on"], pa.scalar(utc(2026, 5, 3), pa.timestamp("us", "UTC"))),
    ),
    Segment(
        "created_on >= 2024-01-01 AND created_on <= 2024-03-31 AND language = por",
        lambda f: (f.created_on >= utc(2024, 1, 1)) & (f.created_on < utc(2024, 4, 1)) & (f.language == "por"),
        (pl.col("created_on") >= utc(2024, 1, 1))
        & (pl.col("created_on") < utc(2024, 4, 1))
        & (pl.col("language") == "por"),
        "created_on >= TIMESTAMPTZ '2024-01-01 00:00:00+00' AND created_on < TIMESTAMPTZ '2024-04-01 00:00:00+00' "
        "AND language = 'por'",
        lambda t: pc.and_(
            pc.and_(
                pc.greater_equal(t["created_on"], pa.scalar(utc(2024, 1, 1), pa.timestamp("us", "UTC"))),
                pc.less(t["created_on"], pa.scalar(utc(2024, 4, 1), pa.timestamp("us", "UTC"))),
            ),
            pc.equal(t["language"], "por"),
        ),
    ),
    Segment(
        'spent > 100.5 OR (assignee = bia AND spent = "")',
        lambda f: (f.spent > 100.5) | ((f.assignee == "bia") & f.spent.isna()),
        (pl.col("spent") > 100.5) | ((pl.col("assignee") == "bia") & pl.col("spent").is_null()),
        "spent > 100.5 OR (assignee = 'bia' AND spent IS NULL)",
        lambda t: pc.or_kleene(
            pc.greater(t["spent"], 100.5), pc.and_(pc.equal(t["assignee"], "bia"), pc.is_null(t["spent"]))
        ),
    ),
    Segment(
        "city ~ vila AND status != active",
        lambda f: f.city_plain.str.contains("vila", regex=False) & (f.status != "active"),
        pl.col("city_plain").str.contains("vila", literal=True) & (pl.col("status") != "active"),
        "contains(city_plain, 'vila') AND status <> 'active'",
        lambda t: pc.and_(pc.match_substring(t["city_plain"], "vila"), pc.not_equal(t["status"], "active")),
    ),
    Segment(
        "month.dob = 11 AND opt_in = yes",
        lambda f: (f.dob.dt.month == 11) & (f.opt_in == "yes"),
        (pl.col("dob").dt.month() == 11) & (pl.col("opt_in") == "yes"),
        "month(dob) = 11 AND opt_in = 'yes'",
        lambda t: pc.and_(pc.equal(pc.month(t["dob"]), 11), pc.equal(t["opt_in"], "yes")),
    ),
    Segment(
        'tag = (vip, "promo 2026", "campanha 7") AND city = (Recife, Natal, Olinda) AND age > 25',
        lambda f: f.id.isin(MEMBERS["any of three"]) & f.city_folded.isin(["recife", "natal", "olinda"]) & (f.age > 25),
        (pl.col("tags").list.eval(pl.element().is_in(["vip", "promo 2026", "campanha 7"])).list.any())
        & pl.col("city_folded").is_in(["recife", "natal", "olinda"])
        & (pl.col("age") > 25),
        "list_has_any(tags, ['vip', 'promo 2026', 'campanha 7']) AND city_folded IN ('recife', 'natal', 'olinda') "
        "AND age > 25",
        lambda t: pc.and_(
            pc.or_(pc.or_(tagged(t, "vip"), tagged(t, "promo 2026")), tagged(t, "campanha 7")),
            pc.and_(
                pc.is_in(t["city_folded"], value_set=pa.array(["recife", "natal", "olinda"])),
                pc.greater(t["age"], 25),
            ),
        ),
    ),
]


def flat(searcher: ColumnSearcher, count: int) -> pa.Table:
    """The contacts as one flat, typed table, with folded texts."""
    everyone = searcher.matching(parse("", None).meaning(NOW))
    fields = [Property("field", key, type) for key, type in FIELDS.items()]  # type: ignore[arg-type]
    keys = ("name", "status", "opt_in", "language", "assignee", "created_on", "last_seen_on", "phone", "tag")
    table = searcher.arrow(everyone, [*map(attribute, keys), *fields])

    def text(name: str) -> list[str | None]:
        values: list[str | None] = table[name].to_pylist()
        return values

    def folded(values: Sequence[str | None], how: Callable[[str], str]) -> pa.Array:
        known = {value: how(value) for value in set(values) if value is not None}
        return pa.array([None if value is None else known[value] for value in values], pa.string())

    city, name = text("fields.city"), text("name")
    phones = table["phone"].combine_chunks()
    return pa.table(
        {
            "id": pa.array(array_of(everyone)),
            "name_plain": folded(name, fold_accents),
            "city_folded": folded(city, fold),
            "city_plain": folded(city, fold_accents),
            "phone": pc.list_element(phones, 0),
            "tags": table["tag"],
            "age": table["fields.age"],
            "spent": table["fields.spent"],
            "dob": table["fields.dob"],
            **{key: pc.cast(table[key], pa.string()) for key in ("status", "opt_in", "language", "assignee")},
            "created_on": table["created_on"],
            "last_seen_on": table["last_seen_on"],
        }
    ).combine_chunks()


def pandas_frame(table: pa.Table, count: int) -> pd.DataFrame:
    """As an analyst keeps it: nullable numbers, categories where values repeat, tags as sets of ids."""
    frame = table.drop_columns(["tags"]).to_pandas(
        types_mapper={pa.int64(): pd.Int64Dtype(), pa.float64(): pd.Float64Dtype()}.get
    )
    for key in ("status", "opt_in", "language", "assignee", "city_folded"):
        frame[key] = frame[key].astype("category")
    frame["dob"] = pd.to_datetime(frame["dob"])
    frame = frame.set_index("id", drop=False)
    MEMBERS.update({tag: array_of(found) for tag, found in tag_members(count).items()})
    MEMBERS["any of three"] = np.unique(np.concatenate([MEMBERS[tag] for tag in ("vip", "promo 2026", "campanha 7")]))
    return frame


def median(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds, and what came out."""
    found = work()
    spent = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = work()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent) * 1000, found


def run(path: Path, count: int) -> list[dict[str, Any]]:
    if not path.exists():
        with open_store(path, create=True) as store:
            fill(store, count)
    store = open_store(path)
    searcher = ColumnSearcher(store, Path(f"{path}-columns"))
    table = flat(searcher, count)
    frame, lazy = pandas_frame(table, count), pl.from_arrow(table)
    assert isinstance(lazy, pl.DataFrame)
    database = duckdb.connect()
    database.register("arrow_contacts", table)
    database.execute("CREATE TABLE contacts AS SELECT * FROM arrow_contacts")
    schema = Schema(fields=FIELDS)  # type: ignore[arg-type]
    rows = []
    for segment in SEGMENTS:
        meaning = parse(segment.query, schema).meaning(NOW)
        hub, found = median(partial(searcher.matching, meaning))
        expected = array_of(found)
        peers: dict[str, Callable[[], Any]] = {
            "pandas": partial(by_pandas, frame, segment),
            "polars": partial(by_polars, lazy, segment),
            "duckdb": partial(by_duckdb, database, segment),
            "pyarrow": partial(by_arrow, table, segment),
        }
        row: dict[str, Any] = {"query": segment.query, "found": len(expected), "hub": hub}
        for name, work in peers.items():
            row[name], answer = median(work)
            if not np.array_equal(np.sort(answer), expected):
                raise SystemExit(f"{name} finds {len(answer)}, the hub {len(expected)}: {segment.query}")
        row["ratio"] = min(row[name] for name in peers) / hub
        rows.append(row)
    store.close()
    return rows


def by_pandas(frame: pd.DataFrame, segment: Segment) -> Any:
    return frame.loc[segment.pandas(frame).fillna(False), "id"].to_numpy()


def by_polars(frame: pl.DataFrame, segment: Segment) -> Any:
    return frame.filter(segment.polars)["id"].to_numpy()


def by_duckdb(database: duckdb.DuckDBPyConnection, segment: Segment) -> Any:
    return database.execute(f"SELECT id FROM contacts WHERE {segment.sql}").fetchnumpy()["id"]


def by_arrow(table: pa.Table, segment: Segment) -> Any:
    return table["id"].filter(segment.arrow(table)).to_numpy()


def report(rows: Sequence[dict[str, Any]], count: int) -> str:
    lines = [
        f"Twelve segments of {count:,} contacts, milliseconds (median of {ROUNDS}); ratio: fastest peer / hub",
        "",
        "| query | found | hub | pandas | polars | duckdb | pyarrow | ratio |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        times = " | ".join(f"{row[name]:.2f}" for name in ("hub", "pandas", "polars", "duckdb", "pyarrow"))
        lines.append(f"| `{row['query']}` | {row['found']:,} | {times} | {row['ratio']:.1f} |")
    mean = statistics.geometric_mean(row["ratio"] for row in rows)
    lines.append(f"\nGeometric mean of the ratios: {mean:.1f}; smallest: {min(row['ratio'] for row in rows):.1f}")
    return "\n".join(lines)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder) / "bench.hub"
        print(report(run(path, count), count))


if __name__ == "__main__":
    main()
