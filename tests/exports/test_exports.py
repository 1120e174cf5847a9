"""Exports: files that come back without a change, formula-safe, redacted, for sending."""

from __future__ import annotations

import csv
import gc
import random
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet
import pytest
from awkward_contacts import filled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import contacthub as ch
from contacthub.errors import FileError, InvalidValue, NotFound
from contacthub.exports import export
from contacthub.exports.exporting import ExportResult
from contacthub.hub import Hub
from contacthub.tables.write import write_parquet

FORMATS = ("xlsx", "csv", "tsv", "jsonl", "parquet")


def exported(hub: Hub, path: Path, **options: object) -> ExportResult:
    return export(hub.session, list(hub.find("", sort="name").ids), path, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_exported_comes_back_without_a_change(hub: Hub, tmp_path: Path, format: str) -> None:
    filled(hub)
    path = tmp_path / f"all.{format}"
    exported(hub, path)
    preview = hub.imports.preview(path)
    assert preview.changes.to_dict("records") == []
    assert preview.summary["unchanged"] == len(hub.contacts), preview.problems["message"].tolist()


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\'), min_size=1, max_size=12
).filter(str.strip)
AWKWARD = [
    "=1+1", "'=1", "''@x", "+55", "-1", "@a", "007", "1e5", "TRUE", "2026-05-01", "--x", ";", "--", "'--", "''--",
    "a\ufffeb", "_x0041_", "_x005F_x0041_", "x005F_", "#N/A",
]  # fmt: skip
ODD_URNS = [
    "tel:91112{}", "tel:vivo{}", "whatsapp:US.1234abcd{}", "whatsapp:BR.ENT.12ab{}", "telegram:1234{}", "twitter:bob{}",
    "webchat:abcdefghijklmnopqrstuvw{}", "viber:xy=+/z{}==", "mailto:o'neil+{}@example.com", "mailto:a@b{}.com/x",
    "ext:a b,c;{}", "ext:_x0041_{}", "ext:{}e5", "ext:00{}",
]  # fmt: skip
"""Of each contact its own."""
GROUPS = ["Fair", "VIPs, all", "--"]
TEXTS = st.one_of(WORDS, st.sampled_from(AWKWARD))
PLACES = ["Rwanda > Kigali City", "Kigali", "--"]
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats(-1e9, 1e9).map(lambda number: round(number, 6)),
    st.integers(-(10**6), 10**6).map(lambda number: number / 1000),
)
INSTANTS = st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2026, 5, 1), timezones=st.just(UTC))


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_round_trip_law(tmp_path: Path, format: str, data: st.DataObject) -> None:
    with ch.open(":memory:", actor="bia") as hub:
        hub.settings.update(
            country="BR", date_order=data.draw(st.sampled_from(["dmy", "mdy"])), decimal_comma=data.draw(st.booleans())
        )
        hub.fields.create("Age", type="number")
        hub.fields.create("Joined", type="datetime")
        hub.fields.create("City")
        hub.fields.create("Home", type="state")
        hub.settings.update(purposes=["research"])
        moments = st.one_of(
            st.dates().map(lambda d: d.isoformat()).filter(lambda d: d > "1000"), st.just("2026-05-01T00:00:00+00:00")
        )
        for name in GROUPS:
            hub.groups.create(name)
        labels = st.lists(WORDS | st.just("--"), max_size=3, unique_by=lambda label: label.strip().casefold())
        for number in range(data.draw(st.integers(1, 5))):
            fields = {
                "city": data.draw(st.none() | TEXTS), "joined": data.draw(st.none() | moments),
                "age": data.draw(st.none() | NUMBERS), "home": data.draw(st.sampled_from([None, *PLACES])),
            }  # fmt: skip
            contact = hub.contacts.create(
                name=data.draw(TEXTS),
                urns=[
                    *(urn.format(number) for urn in data.draw(st.lists(st.sampled_from(ODD_URNS), unique=True))),
                    *[f"ext:{text}" for text in ["--", "'--", "''--"][number : number + 1]],
                    f"tel:+552198765{number:04}",
                    f"ext:{data.draw(TEXTS)}/{number}",
                ],
                fields={key: value for key, value in fields.items() if value is not None},
                tags=data.draw(labels),
                lists=data.draw(labels),
                groups=data.draw(st.lists(st.sampled_from(GROUPS), unique=True)),
                language=data.draw(st.sampled_from([None, "por", "eng", "spa"])),
                remarks=data.draw(TEXTS),
                avatar=data.draw(st.sampled_from([None, "https://example.org/a,b.png", "--"])),
            )
            for purpose in data.draw(st.lists(st.sampled_from(["marketing", "utility", "research"]), max_size=3)):
                if data.draw(st.booleans()):
                    contact.opt_in(purpose, proof="form 7", occurred_at=data.draw(INSTANTS))
                else:
                    contact.opt_out(purpose, occurred_at=data.draw(INSTANTS))
        path = tmp_path / f"law{random.random()}.{format}"
        exported(hub, path)
        preview = hub.imports.preview(path)
        assert preview.changes.to_dict("records") == []
        assert preview.summary["unchanged"] == len(hub.contacts), preview.problems["message"].tolist()
        assert moved(hub, path) == said(hub)


def test_a_frame_comes_back_without_a_change(hub: Hub) -> None:
    filled(hub)
    hub.contacts.create(name="Vô", urns=["tel:911124"], fields={"age": "1e22", "state": "Rwanda > Kigali"})
    frame = hub.find("").to_pandas()
    preview = hub.imports.preview(frame)
    assert preview.changes.to_dict("records") == []
    assert preview.summary["unchanged"] == len(hub.contacts), preview.problems["message"].tolist()


@pytest.mark.parametrize("contact", [
    {"urns": ["tel:190"]}, {"urns": ["tel:vivo"]}, {"fields": {"age": "1e22"}}, {"fields": {"age": 2**53}},
    {"fields": {"age": 2**63}}, {"fields": {"age": "0.12345678901234567"}}, {"fields": {"state": "Rwanda > Kigali"}},
    {"fields": {"joined": "2026-05-01"}}, {"fields": {"document": "--"}}, {"name": "'--"}, {"tags": ["--"]},
])  # fmt: skip
def test_a_frame_of_one_kind_of_value_comes_back(hub: Hub, contact: dict[str, Any]) -> None:
    hub.contacts.create(**contact)
    preview = hub.imports.preview(hub.find("").to_pandas())
    assert preview.changes.to_dict("records") == []
    assert (preview.summary["unchanged"], dict(preview.summary)["new_fields"]) == (1, [])


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("comma", [False, True])
def test_numbers_with_three_decimals_are_no_thousands(tmp_path: Path, format: str, comma: bool) -> None:
    with ch.open(":memory:", actor="bia") as hub:
        hub.settings.update(decimal_comma=comma)
        hub.fields.create("Age", type="number")
        for number in (1.234, -12.345, 123.456):
            hub.contacts.create(fields={"age": number})
        exported(hub, tmp_path / f"all.{format}")
        preview = hub.imports.preview(tmp_path / f"all.{format}")
        assert preview.summary["unchanged"] == 3
        assert "decimal_open" not in set(preview.problems["code"])


def said(hub: Hub) -> dict[str, tuple[object, ...]]:
    """What a person says of each contact, by its phone."""
    groups = {group.uuid: group.name for group in hub.groups}
    found = {}
    for contact in hub.find("").page():
        document = contact.as_dict()
        sets = [sorted(label.casefold() for label in document[kind]) for kind in ("tags", "lists")]
        sets.append(sorted(groups[uuid] for uuid in document["groups"]))
        consents = {purpose: state for purpose, state in document["opt_in"].items() if state != "unknown"}
        plain = [document[key] for key in ("name", "fields", "language", "remarks", "avatar", "opt_in_on")]
        found[next(urn for urn in document["urns"] if urn.startswith("tel:+"))] = (
            *plain,
            consents,
            sorted(document["urns"]),
            *sets,
        )
    return found


def moved(hub: Hub, path: Path) -> dict[str, tuple[object, ...]]:
    """What is said of the contacts of an export in another hub that it is imported to."""
    with ch.open(":memory:", actor="bia") as other:
        other.settings.update(
            country="BR", date_order=hub.settings.date_order, decimal_comma=hub.settings.decimal_comma,
            purposes=list(hub.settings.purposes),
        )  # fmt: skip
        for field in hub.fields:
            other.fields.create(field.name, type=field.type)
        other.imports.preview(path, mapping={"UUID": "ignore"}).commit()
        return said(other)


def test_a_spreadsheet_runs_nothing(hub: Hub, tmp_path: Path) -> None:
    filled(hub)
    exported(hub, tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    names = {row[1] for row in rows[1:]}
    assert {"'=HYPERLINK()", "''@handle", "+5521987650000"} <= names
    exported(hub, tmp_path / "all.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "all.xlsx").active
    texts = {(cell.value, cell.data_type) for cell in sheet["B"]}  # type: ignore[index]
    assert {("=HYPERLINK()", "s"), ("'@handle", "s")} <= texts
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)  # type: ignore[union-attr]


def test_columns_are_chosen_by_header_or_property(hub: Hub, tmp_path: Path) -> None:
    filled(hub)
    result = exported(
        hub, tmp_path / "some.csv", columns=["name", "URN:Tel", "fields.age", "Document", "tag", "messages_sent"]
    )
    assert result.columns == ["Name", "URN:Tel", "URN:Tel", "Field:Age", "Field:Document", "Tags", "Messages Sent"]
    with pytest.raises(InvalidValue) as error:
        exported(hub, tmp_path / "some.csv", columns=["nonsense"])
    assert error.value.code == "unknown_column"


PHONES = [
    (["whatsapp:5521987654321", "tel:+552133334444"], "+5521987654321"),
    (["tel:911123", "tel:+552133335555"], "+552133335555"),
    (["tel:911124"], ""),
    (["tel:vivo"], ""),
    (["whatsapp:US.1234abcd"], ""),
    (["ext:1"], ""),
    ([], ""),
]


def test_the_column_phone_is_the_preferred_one(hub: Hub, tmp_path: Path) -> None:
    for number, (urns, _) in enumerate(PHONES):
        hub.contacts.create(name=f"{number}", urns=urns)
    result = exported(hub, tmp_path / "all.csv", columns=["uuid", "name", "phone"])
    assert result.columns == ["UUID", "Name", "Phone"]
    with (tmp_path / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row[2] for row in csv.reader(file)][1:] == [phone for _, phone in PHONES]
    assert hub.imports.preview(tmp_path / "all.csv").summary["unchanged"] == len(PHONES)


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        ([], {}),
        (["URN:Tel", "phone"], {"redact": True}),
        (["Name"], {"for_sending": True}),
        ([], {"for_sending": True}),
    ],
)
def test_columns_that_make_no_file_are_refused(
    hub: Hub, tmp_path: Path, columns: list[str], options: dict[str, bool]
) -> None:
    filled(hub)
    hub.settings.update(redact_urns=options.pop("redact", False))
    with pytest.raises(InvalidValue) as error:
        exported(hub, tmp_path / "all.csv", columns=columns, **options)
    assert error.value.code == "wrong_columns"
    assert not list(tmp_path.iterdir())


def test_a_redacted_export_holds_no_urns(hub: Hub, tmp_path: Path) -> None:
    filled(hub)
    hub.settings.update(redact_urns=True)
    exported(hub, tmp_path / "all.csv")
    text = (tmp_path / "all.csv").read_text(encoding="utf-8")
    assert "URN" not in text
    assert "987654322" not in text


def test_a_list_for_sending_holds_who_may_be_written_to(hub: Hub, tmp_path: Path) -> None:
    filled(hub)
    for contact in hub.find("status = active").page():
        contact.opt_in(proof="form 7") if contact.name != "TRUE" else contact.opt_out()
    for urns in (["tel:190"], ["tel:911124", "tel:+552133335555"], ["tel:vivo"]):
        hub.contacts.create(name="Zoe", urns=urns).opt_in(proof="form 9")
    result = exported(hub, tmp_path / "send.csv", for_sending=True)
    with (tmp_path / "send.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[:3] for row in rows] == [
        ["Phone", "First Name", "Language"], ["+5521987654321", "Ana", "por"], ["+552133335555", "Zoe", ""],
    ]  # fmt: skip
    assert result.count == 2
    assert result.left_out == {"no phone": 8, "opted out": 1, "status blocked": 1}


def test_an_export_is_recorded(hub: Hub, tmp_path: Path) -> None:
    filled(hub)
    result = exported(hub, tmp_path / "all.csv", query="tag = vip")
    operation = hub.operations()[0]
    assert operation.kind == "export"
    assert operation.arguments["sha256"] == result.sha256
    assert (operation.arguments["query"], operation.arguments["count"]) == ("tag = vip", len(hub.contacts))


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")  # a traceback that people would see
@pytest.mark.parametrize("format", FORMATS)
def test_a_broken_export_leaves_no_half_file(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    filled(hub)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = tmp_path / f"all.{format}"
    path.write_text("as it was")

    def stop(done: int, total: int | None) -> None:
        raise ch.errors.Cancelled("stopped")

    with pytest.raises(ch.errors.Cancelled):
        exported(hub, path, progress=stop)
    gc.collect()
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "as it was"


def test_where_it_cannot_be_written(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(FileError) as error:
        exported(hub, tmp_path / "all.doc")
    assert error.value.code == "unknown_format"
    with pytest.raises(NotFound):
        exported(hub, tmp_path / "nowhere" / "all.csv")


def test_a_number_of_three_decimals_beside_one_of_many_digits_comes_back_from_parquet(tmp_path: Path) -> None:
    write_parquet(tmp_path / "people.parquet", ["Age"], [[1.001], ["1000000000000000"]])
    assert pyarrow.parquet.read_table(tmp_path / "people.parquet")["Age"].to_pylist() == ["1.0010", "1000000000000000"]
