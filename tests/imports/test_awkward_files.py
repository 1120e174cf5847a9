"""Awkward files, a trap each: what is read from them, row by row, or why they are refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from contacthub.errors import FileError
from contacthub.hub import Hub
from contacthub.imports import Preview

File = Callable[..., str]


def workbook(*rows: list[Any], **sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    for title, content in sheets.items():
        sheet = book.create_sheet(title)
        for row in content:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def phone(cell: str) -> str:
    return f'Name,URN:Tel\nAna,"{cell}"\n'


def told(preview: Preview) -> list[str]:
    """Each row: outcome, what a new contact would be, and the codes of its errors and warnings."""
    problems = preview.problems[preview.problems["severity"] != "note"]
    lines = []
    for row, outcome in preview.rows[["row", "outcome"]].itertuples(index=False):
        changes = preview.changes[preview.changes["row"] == row]
        values = [
            " ".join(after) if isinstance(after, list) else str(after)
            for name, after in changes[["property", "after"]].itertuples(index=False)
        ]
        codes = problems[problems["row"] == row]["code"].tolist()
        lines.append(" | ".join([f"{row} {outcome}", *values, *(f"!{code}" for code in codes)]))
    return lines


PHONES = {
    "as people write it": ("(21) 98765-4321", "tel:+5521987654321"),
    "a non-breaking space": ("21\u00a098765-4321", "tel:+5521987654321"),
    "marks of direction": ("\u202a+55 21 98765-4321\u202c", "tel:+5521987654321"),
    "full-width digits": ("２１９８７６５４３２１", "tel:+5521987654321"),
    "Arabic digits": ("٢١٩٨٧٦٥٤٣٢١", "tel:+5521987654321"),
    "Persian digits": ("۲۱۹۸۷۶۵۴۳۲۱", "tel:+5521987654321"),
    "an apostrophe in front": ("'21987654321", "tel:+5521987654321"),
    "letters are no keypad": ("0800 FLOWERS", "error | !invalid_phone"),
    "two noughts for the plus": ("005521987654321", "tel:+5521987654321"),
    "two numbers": ("21 98765-4321 / 21 98765-4322", "tel:+5521987654321 tel:+5521987654322"),
    "two numbers, or": ("21 98765-4321 ou 21 98765-4322", "tel:+5521987654321 tel:+5521987654322"),
    "two numbers, and": ("21 98765-4321 e 21 98765-4322", "tel:+5521987654321 tel:+5521987654322"),
    "an extension": ("21 3333-4444 ramal 12", "tel:+552133334444"),
    "an extension in English": ("21 3333-4444 ext. 23", "tel:+552133334444"),
    "a float": ("21987654321.0", "tel:+5521987654321"),
    "a float one digit short": ("2198765432.0", "tel:+552198765432"),
    "exact scientific notation": ("5.521987654321E+12", "tel:+5521987654321"),
    "scientific notation that lost digits": ("5,52199E+12", "error | !phone_digits_lost"),
    "Mexico with a 1": ("+52 1 55 1234 5678", "tel:+525512345678"),
    "Benin's old eight digits": ("+229 97123456", "tel:+2290197123456"),
    "no plus and another country": ("351912345678", "tel:+351912345678"),
    "no area code": ("98765-4321", "error | !phone_no_area_code"),
    "an emergency number": ("190", "tel:190 | !emergency_number"),
    "a premium-rate number": ("0900 123 4567", "tel:+559001234567 | !premium_rate"),
    "a toll-free number": ("0800 123 4567", "tel:+558001234567 | !toll_free"),
    "a number with too many digits": ("55219876543210000", "error | !invalid_phone"),
    "an eight-digit mobile": ("+55 21 8765-4321", "tel:+552187654321"),
    "possible, not valid": ("+55 21 1234-5678", "tel:+552112345678 | !unverified"),
    "not a number": ("none", "error | !invalid_phone"),
    "blank": ("", "skipped | !no_identity"),
}
FILES: dict[str, tuple[str | bytes, list[str] | str]] = {
    "a mark of byte order": (
        "Name,Phone\nJoão,21 98765-4321\n".encode("utf-8-sig"),
        ["2 create | João | tel:+5521987654321"],
    ),
    "UTF-16": ("Name,Phone\nJoão,21 98765-4321\n".encode("utf-16"), ["2 create | João | tel:+5521987654321"]),
    "Windows-1252": (
        "Name;Phone\nJoão “Jô”;21 98765-4321\n".encode("cp1252"),
        ["2 create | João “Jô” | tel:+5521987654321"],
    ),
    "sep=": ("sep=|\nName|Phone\nLima, Ana|21 98765-4321\n", ["3 create | Lima, Ana | tel:+5521987654321"]),
    "an unclosed quote": (
        'Name,Phone\n"Ana,21 98765-4321\nBia,21 98765-4322\n',
        ['2 create | "Ana | tel:+5521987654321', "3 create | Bia | tel:+5521987654322"],
    ),
    "a line break in a cell": ('Name,Phone\n"Ana\nLima",21 98765-4321\n', ["2 create | Ana Lima | tel:+5521987654321"]),
    "old Mac line ends": ("Name,Phone\rAna,21 98765-4321\r", ["2 create | Ana | tel:+5521987654321"]),
    "titles above, a total below": (
        "Leads\n\nName,Phone,Value\nAna,21 98765-4321,5\nTotal,,5\n",
        ["4 create | Ana | 5 | tel:+5521987654321"],
    ),
    "headers of any case, accents and spaces": (
        "NÓMBRE , urn : TEL\nAna,21 98765-4321\n",
        ["2 create | Ana | tel:+5521987654321"],
    ),
    "decimal comma": ('Phone,Field:Age\n21 98765-4321,"4,5"\n', ["2 create | 4.5 | tel:+5521987654321"]),
    "thousands": (
        'Phone,Field:Age\n21 98765-4321,"1.234,5"\n21 98765-4322,"1.234"\n',
        ["2 create | 1234.5 | tel:+5521987654321", "3 create | 1234 | tel:+5521987654322"],
    ),
    "more than 15 digits": (
        "Phone,Field:Age\n21 98765-4321,12345678901234567890\n",
        ["2 create | 12345678901234567890 | tel:+5521987654321"],
    ),
    "no number": ("Phone,Field:Age\n21 98765-4321,many\n", ["2 error | !invalid_number"]),
    "days first, by another row": (
        "Phone,Field:Joined\n21 98765-4321,03/04/2026\n21 98765-4322,25/04/2026\n",
        ["2 create | 2026-04-03 | tel:+5521987654321", "3 create | 2026-04-25 | tel:+5521987654322"],
    ),
    "no such day": ("Phone,Field:Joined\n21 98765-4321,2026-02-30\n", ["2 error | !invalid_date"]),
    "a civil date": ("Phone,Field:Joined\n21 98765-4321,2026-05-01\n", ["2 create | 2026-05-01 | tel:+5521987654321"]),
    "an instant": (
        "Phone,Field:Joined\n21 98765-4321,2026-05-01T10:00:00-03:00\n",
        ["2 create | 2026-05-01T13:00:00+00:00 | tel:+5521987654321"],
    ),
    "leading noughts": ("Phone,Field:Document\n21 98765-4321,00123\n", ["2 create | 00123 | tel:+5521987654321"]),
    "an escaped formula": ("Name,Phone\n'=1+1,21 98765-4321\n", ["2 create | =1+1 | tel:+5521987654321 | !odd_name"]),
    "-- clears": ("Name,Phone,Field:Age\nAna,21 98765-4321,--\n", ["2 create | Ana | tel:+5521987654321"]),
    "tags with commas": ('Phone,Tags\n21 98765-4321,"vip, ""a, b"""\n', ["2 create | a, b vip | tel:+5521987654321"]),
    "a picture that runs": ("Phone,Avatar\n21 98765-4321,javascript:x\n", ["2 error | !invalid_avatar"]),
    "an unknown language": ("Phone,Language\n21 98765-4321,klingonish\n", ["2 error | !invalid_language"]),
    "a language by its name": ("Phone,Idioma\n21 98765-4321,Português\n", ["2 create | por | tel:+5521987654321"]),
    "an unknown status": ("Phone,Status\n21 98765-4321,asleep\n", ["2 error | !invalid_status"]),
    "nobody of the team": ("Phone,Assignee\n21 98765-4321,nobody\n", ["2 error | !unknown_member"]),
    "consent that is neither": ("Phone,Opt In\n21 98765-4321,perhaps\n", ["2 error | !invalid_boolean"]),
    "sim is yes": ("Phone,Opt In\n21 98765-4321,sim\n", ["2 create | tel:+5521987654321 | yes"]),
    "a name too long": (f"Name,Phone\n{'a' * 129},21 98765-4321\n", ["2 error | !too_long"]),
    "a name that greets nobody": (
        "Name,Phone\nTESTE,21 98765-4321\n",
        ["2 create | TESTE | tel:+5521987654321 | !odd_name"],
    ),
    "no identity": ("Name,Phone\nAna,\n", ["2 skipped | !no_identity"]),
    "a broken uuid": ("UUID,Phone\n12,21 98765-4321\n", ["2 error | !invalid_uuid"]),
    "an unknown uuid": (
        "UUID,Phone\n5a4eb79e-ee3f-4fb8-a68b-4e9d0b6f0d9c,21 98765-4321\n",
        ["2 error | !unknown_uuid"],
    ),
    "one person twice": (
        "Name,Phone\nAna,21 98765-4321\nAna Lima,+55 21 8765-4321\n",
        ["2 create | tel:+5521987654321", "3 create | Ana Lima | !duplicate_row"],
    ),
    "one number, two names": (
        "Name,Phone\nAna,21 98765-4321\nBia,21 98765-4321\n",
        ["2 create | Ana | tel:+5521987654321", "3 conflict | !name_differs"],
    ),
    "joined columns": ("Nome,DDI,DDD,Telefone\nAna,55,21,98765-4321\n", ["2 create | Ana | tel:+5521987654321"]),
    "an e-mail address in capitals": (
        "Name,E-mail\nAna,ANA@Example.COM\n",
        ["2 create | Ana | mailto:ana@example.com"],
    ),
    "no e-mail address": ("Name,URN:Mailto\nAna,ana at example\n", ["2 error | !invalid_urn"]),
    "a business-scoped id": (
        "Name,URN:WhatsApp\nAna,br.1000000000000001\n",
        ["2 create | Ana | whatsapp:BR.1000000000000001"],
    ),
    "numbers of a workbook": (
        workbook(["Name", "Phone", "Age"], ["Ana", 21987654321, 36.5]),
        ["2 create | Ana | 36.5 | tel:+5521987654321"],
    ),
    "dates of a workbook": (
        workbook(["Phone", "Day", "At"], ["21987654321", date(2026, 5, 1), datetime(2026, 5, 1, 9)]),
        ["2 create | 2026-05-01 | 2026-05-01T09:00:00+00:00 | tel:+5521987654321"],
    ),
    "a formula without a result": (
        workbook(["Phone", "Age"], ["21987654321", "=1+1"]),
        ["2 error | !formula_no_result"],
    ),
    "an error in a cell": (workbook(["Phone", "Age"], ["21987654321", "#N/A"]), ["2 error | !cell_error"]),
    "a second sheet": (
        workbook(["Name", "Phone"], ["Ana", "21987654321"], Other=[["Colour"], ["red"]]),
        ["2 create | Ana | tel:+5521987654321"],
    ),
    "JSON lines": (
        '{"name": "Ana", "urns": ["tel:+5521987654321"], "fields": {"age": 36}}\n',
        ["1 create | Ana | 36 | tel:+5521987654321"],
    ),
    "empty": ("", "empty_file"),
    "headers alone": ("Name,Phone\n", "no_rows"),
    "no headers": ("Ana,21 98765-4321\nBia,21 98765-4322\n", "no_header"),
    "nothing that identifies": ("Name,City\nAna,Recife\n", "no_identity"),
    "a scheme that does not exist": ("Name,URN:Pigeon\nAna,x\n", "unknown_scheme"),
    "a field that may not be": ("Phone,Field:has\n21 98765-4321,x\n", "invalid_field"),
    "NUL bytes": (b"Name,Phone\nAna\x00,1\n", "corrupt_file"),
    "a web page": ("<html><body><table><tr><td>Name</td></tr></table>", "unknown_format"),
    "a PDF": (b"%PDF-1.7 ...", "unknown_format"),
    "a damaged workbook": (workbook(["Name", "Phone"], ["Ana", "21987654321"])[:-200], "corrupt_file"),
    "a lone cell far away": (workbook(["Name", "Phone", *[None] * 600, "x"], ["Ana", "21987654321"]), "hostile_file"),
}


@pytest.fixture
def fields(hub: Hub) -> Hub:
    for key, kind in (("Age", "number"), ("Joined", "datetime"), ("Document", "text")):
        hub.fields.create(key, type=kind)
    return hub


@pytest.mark.parametrize(("cell", "expected"), PHONES.values(), ids=list(PHONES))
def test_a_phone_as_people_write_it(fields: Hub, file: File, cell: str, expected: str) -> None:
    (line,) = told(fields.imports.preview(file(phone(cell))))
    assert line.removeprefix("2 ").replace("create | Ana | ", "") == expected


@pytest.mark.parametrize(("content", "expected"), FILES.values(), ids=list(FILES))
def test_an_awkward_file(fields: Hub, tmp_path: Path, content: str | bytes, expected: list[str] | str) -> None:
    path = tmp_path / "people"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if isinstance(expected, list):
        assert told(fields.imports.preview(path)) == expected
        return
    with pytest.raises(FileError) as error:
        fields.imports.preview(path)
    assert error.value.code == expected
