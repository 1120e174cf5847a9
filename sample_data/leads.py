"""leads.xlsx: headers in three languages, and every kind of cell that people type into a spreadsheet.

On purpose: a title above the headers, a hidden sheet before the visible one, phones in a dozen spellings (some of them
hopeless), the same person twice, one phone for a mother and her children, dates as dates and as text, tags in one
cell, `--`, blanks, scores by formula (one never calculated), a total under the data.
"""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet
from people import BRAZIL, MEXICO, Person, digits

HEADERS = (
    "Nome", "Apellidos", "WhatsApp", "E-mail", "Cidade", "Birthday", "Data de cadastro", "Etiquetas", "Idioma",
    "Interés", "Score", "Opt In", "Opt In On", "Opt In Proof", "Remarks",
)  # fmt: skip
WIDTHS = (18, 20, 24, 36, 18, 12, 16, 28, 12, 14, 8, 8, 12, 20, 40)
TITLE = "Feira do Sertão 2026: leads do estande / stand leads"
FIRST_ROW = 4
TAGS = ("fair-2026", "vip", "newsletter", "wholesale", "Promoção", "café", "press")
INTERESTS = ("coffee", "ceramics", "textiles", "leather", "music")
LANGUAGES = {"por": ("Português", "pt-BR", "por", "pt"), "spa": ("Español", "es", "spa", "es-MX")}
REMARKS = (
    "Ligar depois das 18h", "Pediu catálogo", "Prefiere correo", "Met at the stand, wants a quote",
    "Já é cliente da loja de Olinda", 'Said: "call me in December"', "Quer preço de atacado\ne prazo de entrega",
)  # fmt: skip
FAIR = date(2026, 10, 1)
FIXED_TIME = (2026, 11, 1, 12, 0, 0)


def write_leads(path: Path, leads: list[Person], random: Random) -> None:
    rows = [_row(person, random) for person in leads]
    _spoil(rows, random)
    rows += _duplicates(leads, random) + _family(random)
    random.shuffle(rows)
    book = Workbook()
    book.properties.created = book.properties.modified = datetime(*FIXED_TIME)
    book.properties.creator = "contacthub sample data"
    hidden = book.active
    assert hidden is not None
    hidden.title = "preços internos"
    hidden.append(["produto", "preço"])
    hidden.append(["café 1 kg", 48.9])
    hidden.sheet_state = "hidden"
    sheet = book.create_sheet("Leads")
    book.active = 1
    results = _fill(sheet, rows, random)
    book.save(path)
    _settle(path, results)


def _fill(sheet: Worksheet, rows: list[list[Any]], random: Random) -> dict[str, int]:
    """Write headers and rows; gives the results of the formulas, by cell."""
    sheet["A1"] = TITLE
    sheet["A1"].font = Font(bold=True, size=14)
    for column, (header, width) in enumerate(zip(HEADERS, WIDTHS, strict=True), start=1):
        cell = sheet.cell(FIRST_ROW - 1, column, header)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDEBF7")
        sheet.column_dimensions[cell.column_letter].width = width
    sheet.freeze_panes = f"A{FIRST_ROW}"
    for number, row in enumerate(rows, start=FIRST_ROW):
        for column, value in enumerate(row, start=1):
            if value is not None:
                sheet.cell(number, column, value)
    results = {}
    score = HEADERS.index("Score") + 1
    for number in random.sample(range(FIRST_ROW, FIRST_ROW + len(rows)), 13):
        base = random.randrange(1, 11)
        cell = sheet.cell(number, score, f"={base}*10")
        results[cell.coordinate] = base * 10
    results.popitem()  # one formula that nobody ever calculated
    last = FIRST_ROW + len(rows)
    sheet.cell(last + 1, 1, "Total")
    sheet.cell(last + 1, score, len(rows))
    return results


def _row(person: Person, random: Random) -> list[Any]:
    signup = FAIR + timedelta(days=random.randrange(45))
    opted = random.random()
    opt_in: list[Any] = [None, None, None]
    if opted < 0.12:
        day = signup if random.random() < 0.7 else signup.strftime("%d/%m/%Y")
        opt_in = [random.choice(("sim", "yes", "sí", "TRUE")), day, f"stand form {random.randrange(1, 400):04}"]
    elif opted < 0.16:
        opt_in = ["não", signup, None]
    return [
        person.first_name,
        person.last_name,
        _phone(person, random),
        person.email if random.random() < 0.7 else None,
        person.city if random.random() < 0.95 else None,
        _date(person.birthday, random) if random.random() < 0.6 else None,
        _date(signup, random),
        _tags(random),
        random.choice(LANGUAGES[person.country.language]) if random.random() < 0.8 else None,
        random.choice(INTERESTS) if random.random() < 0.8 else None,
        random.randrange(0, 101) if random.random() < 0.85 else None,
        *opt_in,
        random.choice(REMARKS) if random.random() < 0.12 else None,
    ]


def _phone(person: Person, random: Random) -> Any:
    """The person's number, as somebody typed it."""
    code, national = person.country.calling_code, person.national
    if person.country is BRAZIL:
        area, local = national[:2], national[2:]
        return random.choice(
            (
                f"({area}) {local[:5]}-{local[5:]}",
                f"{area} {local[:5]} {local[5:]}",
                f"+55 {area} {local[:5]}-{local[5:]}",
                f"0{area} {local}",
                f"0055{national}",
                f"55{national}",
                int(national),
                f"'+55{national}",
                f"\u00a0+55 ({area})\u00a0{local[:5]}\u2011{local[5:]}",
            )
        )
    if person.country is MEXICO:
        return random.choice((f"+52 {national}", f"+52 1 {national}", f"+521{national}", f"0052 {national}"))
    return random.choice(
        (f"+{code} {national[:3]} {national[3:6]} {national[6:]}", f"00{code}{national}", person.phone)
    )


def _date(day: date, random: Random) -> Any:
    """A real date, or one of the texts that people write for it (day first)."""
    return random.choice((day, day, day.strftime("%d/%m/%Y"), day.strftime("%d-%m-%Y"), day.isoformat()))


def _tags(random: Random) -> str | None:
    count = random.choices((0, 1, 2, 3), (15, 50, 25, 10))[0]
    if count == 0:
        return None
    return random.choice((", ", ",")).join(random.sample(TAGS, count))


def _spoil(rows: list[list[Any]], random: Random) -> None:
    """Put what cannot be read into some rows: phones, dates, scores, languages, a mail address, a name too long."""
    name, phone, mail, birthday, score = (HEADERS.index(h) for h in ("Nome", "WhatsApp", "E-mail", "Birthday", "Score"))
    language, remarks = HEADERS.index("Idioma"), HEADERS.index("Remarks")
    spoilt = iter(random.sample(range(len(rows)), 40))
    for bad in ("98765-4321", "98811-2233", "3421-0099", "12345", "não tem", "5,52199E+12", "+55 81 1234"):
        rows[next(spoilt)][phone] = bad
    for _ in range(6):  # nobody can be reached by these rows
        row = rows[next(spoilt)]
        row[phone] = row[mail] = None
    for bad in ("31/02/1990", "last spring", "1990"):
        rows[next(spoilt)][birthday] = bad
    for bad in ("high", "9,5", "n/a"):
        rows[next(spoilt)][score] = bad
    rows[next(spoilt)][language] = "Klingon?"
    rows[next(spoilt)][mail] = "ana.arroba.example.com"
    rows[next(spoilt)][name] = "Zé " * 50
    rows[next(spoilt)][name] = "Zoé [/red] \u202egnihsihp"  # markup and a right-to-left override
    for _ in range(8):
        rows[next(spoilt)][remarks] = "--"
    for _ in range(3):  # two numbers in one cell
        row = rows[next(spoilt)]
        row[phone] = (
            f"(81) 3{random.randrange(200, 500)}-{digits(random, 4)} / (81) 99{digits(random, 3)}-{digits(random, 4)}"
        )


def _duplicates(leads: list[Person], random: Random) -> list[list[Any]]:
    """People who came to the stand twice, under another spelling of their number."""
    rows = []
    for person in random.sample(leads, 24):
        row = _row(person, random)
        if person.country is BRAZIL and random.random() < 0.6:  # the spelling of before 2016, without the ninth digit
            row[HEADERS.index("WhatsApp")] = f"+55 {person.national[:2]} {person.national[3:7]}-{person.national[7:]}"
        row[HEADERS.index("Remarks")] = random.choice((None, "--", "Voltou no segundo dia"))
        rows.append(row)
    return rows


def _family(random: Random) -> list[list[Any]]:
    """A mother who gave her own number for three children of other names."""
    phone = "(81) 98877-6655"
    rows = []
    for first, last in (("Rosa", "Amaral"), ("Bento", "Prado"), ("Clara", "Monteiro"), ("Davi", "Fontes")):
        row: list[Any] = [None] * len(HEADERS)
        row[:3] = [first, last, phone]
        row[HEADERS.index("Cidade")] = "Olinda"
        row[HEADERS.index("Data de cadastro")] = FAIR
        row[HEADERS.index("Score")] = random.randrange(101)
        rows.append(row)
    return rows


def _settle(path: Path, results: dict[str, int]) -> None:
    """Store the formulas' results, as a spreadsheet program does, and make the archive the same at every run."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    sheet = members["xl/worksheets/sheet2.xml"].decode()
    for cell, result in results.items():
        sheet, found = re.subn(rf'(<c r="{cell}"[^>]*><f>[^<]*</f>)<v ?/?>(</v>)?', rf"\1<v>{result}</v>", sheet)
        assert found == 1, cell
    members["xl/worksheets/sheet2.xml"] = sheet.encode()
    stamp = "{}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*FIXED_TIME)
    core = members["docProps/core.xml"].decode()
    members["docProps/core.xml"] = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, core).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members, key=lambda member: (member != "[Content_Types].xml", member)):
            info = zipfile.ZipInfo(name, FIXED_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            archive.writestr(info, members[name])
