"""A workbook for people to fill in: the headers an import knows, lists to choose from, and a sheet of notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contacthub.errors import FileError
from contacthub.model.contact import STATUSES
from contacthub.session import Session
from contacthub.tables import write
from contacthub.tables.targets import spare_hub

ROWS = 5_000
"""Rows that are prepared."""
_LANGUAGES = ("eng", "por", "spa", "fra")

NOTES = (
    ("Name", "The name as it greets the person.", "O nome com que se cumprimenta a pessoa.",
     "El nombre con el que se saluda a la persona."),
    ("URN:Tel", "The phone with country and area code, such as +55 21 98765-4321. Repeat the column for a second one.",
     "O telefone com código do país e DDD, como +55 21 98765-4321. Repita a coluna para um segundo.",
     "El teléfono con código de país y de área, como +55 21 98765-4321. Repita la columna para un segundo."),
    ("URN:Mailto", "The e-mail address.", "O endereço de e-mail.", "La dirección de correo."),
    ("Language", "Three letters, such as por.", "Três letras, como por.", "Tres letras, como por."),
    ("Status", "Blank for active.", "Em branco para ativo.", "En blanco para activo."),
    ("Tags", "Several with commas.", "Várias, com vírgulas.", "Varias, con comas."),
    ("Opt In", "yes only with evidence; tell it in Opt In Proof.", "yes só com prova; informe-a em Opt In Proof.",
     "yes solo con prueba; indíquela en Opt In Proof."),
    ("", "A blank cell keeps what the hub has; -- clears it.", "Uma célula em branco mantém o que há; -- limpa.",
     "Una celda en blanco conserva lo que hay; -- lo borra."),
)  # fmt: skip


def template(session: Session, path: str | Path) -> Path:
    """Write a template workbook, with lists to choose from for status, language, tags, assignee and consent.

    Raises FileError (`unknown_format` for a name that does not end in .xlsx), NotFound, Refused (`exists`).
    """
    import openpyxl
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    path = Path(path).expanduser()
    if path.suffix.lower() != ".xlsx":
        raise FileError(
            f"A template is a workbook; end its name in .xlsx, not as {path.name!r}.",
            code="unknown_format", path=str(path),
        )  # fmt: skip
    spare_hub(path, session.home)
    catalogue = session.catalogue
    fields = [f"Field:{field.name}" for _, field in catalogue.fields.values()]
    headers = [
        "Name", "URN:Tel", "URN:Mailto", "Language", "Status", *fields, "Tags", "Groups", "Assignee", "Opt In",
        "Opt In On", "Opt In Proof", "Remarks",
    ]  # fmt: skip
    choices: dict[str, list[str]] = {
        "Language": list(_LANGUAGES),
        "Status": list(STATUSES),
        "Tags": sorted(catalogue.names("tag")),
        "Groups": [doc["name"] for doc in catalogue.documents["groups"].values() if not doc.get("query")],
        "Assignee": sorted(catalogue.names("member")),
        "Opt In": ["yes", "no"],
    }
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Contacts"
    lists: Any = book.create_sheet("Lists")
    lists.sheet_state = "hidden"
    for position, header in enumerate(headers, 1):
        letter = get_column_letter(position)
        sheet.cell(1, position, header).font = Font(bold=True)
        sheet.column_dimensions[letter].width = max(14, len(header) + 4)
        if header.startswith("URN:"):
            # Text cells keep the + and every digit of a number.
            sheet.column_dimensions[letter].number_format = "@"
            for row in range(2, 202):
                sheet.cell(row, position).number_format = "@"
        if choices.get(header):
            _offer(sheet, lists, letter, choices[header], strict=header not in ("Language", "Tags", "Groups"))
    sheet.freeze_panes = "A2"
    _notes(book, Font(bold=True))
    with write.beside(path) as temporary:
        write.save(book, temporary)
    return path


def _offer(sheet: Any, lists: Any, letter: str, choices: list[str], *, strict: bool) -> None:
    """A list to choose from; where several or new values may stand, others are allowed too."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    column = lists.max_column + (1 if lists.cell(1, 1).value is not None else 0)
    for row, choice in enumerate(choices, 1):
        cell = lists.cell(row, column, choice)
        cell.data_type = "s"
    of_list = get_column_letter(column)
    validation = DataValidation("list", formula1=f"Lists!${of_list}$1:${of_list}${len(choices)}", allow_blank=True)
    validation.showErrorMessage = strict
    validation.add(f"{letter}2:{letter}{ROWS}")
    sheet.add_data_validation(validation)


def _notes(book: Any, bold: Any) -> None:
    notes = book.create_sheet("Notes")
    for position, title in enumerate(("Column", "English", "Português", "Español"), 1):
        notes.cell(1, position, title).font = bold
        notes.column_dimensions["ABCD"[position - 1]].width = 16 if position == 1 else 60
    for row in NOTES:
        notes.append(list(row))
