"""The mapping: exact headers, guesses in three languages, the values as witness, what people edit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from contacthub.errors import FileError, InvalidValue
from contacthub.hub import Hub
from contacthub.tables import headers

File = Callable[..., str]


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("UUID", "UUID"), ("Contact UUID", "UUID"), ("contact_uuid", "UUID"), ("NAME ", "Name"),
        ("Language", "Language"), ("Status", "Status"), ("Remarks", "Remarks"), ("Avatar", "Avatar"),
        ("URN:Tel", "URN:Tel"), ("urn : tel", "URN:Tel"), ("URN:WhatsApp", "URN:WhatsApp"),
        ("urns.mailto", "URN:Mailto"),
        ("Field:Age", "Field:Age"), ("fields.age", "Field:age"), ("Group:VIP people", "Group:VIP people"),
        ("Tags", "Tags"), ("Lists", "Lists"), ("Groups", "Groups"), ("Assignee", "Assignee"), ("Opt In", "Opt In"),
        ("Opt In On", "Opt In On"), ("opt_in", "Opt In"), ("opt_in.utility", "Opt In:utility"),
        ("Opt In Proof", "Opt In Proof"), ("Created On", "read-only:Created On"),
        ("last_seen_on", "read-only:Last Seen On"), ("ignore", "ignore"),
    ],
)  # fmt: skip
def test_exact_headers(header: str, target: str) -> None:
    assert str(headers.known(header)) == target


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("Phone", "Phone"), ("Mobile", "Phone"), ("Telefone", "Phone"), ("Celular", "Phone"), ("Fone", "Phone"),
        ("Móvil", "Phone"), ("TELÉFONO", "Phone"), ("Telefone 2", "Phone"), ("Phone (mobile)", "Phone"),
        ("WhatsApp", "Phone:WhatsApp"), ("Número do WhatsApp", "Phone:WhatsApp"),
        ("E-mail", "URN:Mailto"), ("Correo", "URN:Mailto"), ("Correo electrónico", "URN:Mailto"),
        ("Primeiro nome", "First Name"), ("Nome", "Name"), ("Sobrenome", "Last Name"), ("Nombre", "Name"),
        ("Apellidos", "Last Name"), ("Nome completo", "Name"), ("Full Name", "Name"),
        ("Idioma", "Language"), ("Etiquetas", "Tags"), ("Responsável", "Assignee"), ("Observações", "Remarks"),
        ("DDI", "Phone:Country"), ("DDD", "Phone:Area"), ("Grupos", "Groups"), ("Consentimento", "Opt In"),
    ],
)  # fmt: skip
def test_guesses_in_three_languages(header: str, target: str) -> None:
    assert headers.known(header) is None
    assert str(headers.guess(header)) == target


def targets(hub: Hub, path: str, **options: object) -> dict[str, str]:
    return {column.header: str(column.target) for column in hub.imports.preview(path, **options).mapping}


def test_values_are_the_second_witness(hub: Hub, file: File) -> None:
    path = file(
        "Contato;Quem;Caixa;Numero\n21 98765-4321;Ana;ana@example.com;12\n21 98765-4322;Bia;bia@example.com;7\n"
    )
    assert targets(hub, path) == {
        "Contato": "Phone", "Quem": "Field:Quem", "Caixa": "URN:Mailto", "Numero": "Field:Numero",
    }  # fmt: skip


def test_a_column_of_phones_without_a_known_header(hub: Hub, file: File) -> None:
    path = file("Quem,Ligar para\nAna,(21) 98765-4321\nBia,+55 21 98765-4322\n")
    assert targets(hub, path)["Ligar para"] == "Phone"


def test_nome_beside_sobrenome_is_a_first_name(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file("Nome,Sobrenome,Fone\nAna,Lima,21 98765-4321\n"))
    assert [str(column.target) for column in preview.mapping] == ["First Name", "Last Name", "Phone"]
    assert preview.rows["name"].tolist() == ["Ana Lima"]


def test_country_area_and_number_join_into_one_phone(hub: Hub, file: File) -> None:
    rows = ("Ana,55,21,98765-4321", "Bia,52,55,1234 5678", "Eva,,21,98765-4323", "Rui,55,81,+5521987654324")
    preview = hub.imports.preview(file("\n".join(["Nome,DDI,DDD,Telefone", *rows])))
    preview.commit()
    assert {contact.name: contact.urns for contact in hub.find("").page()} == {
        "Ana": ["tel:+5521987654321"], "Bia": ["tel:+525512345678"], "Eva": ["tel:+5521987654323"],
        "Rui": ["tel:+5521987654324"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "type"),
    [
        (["36", "4,5"], "number"), (["1", "-2"], "number"), (["007", "12"], "text"), (["12345678901", "1"], "text"),
        (["2026-05-01", "31/12/2026"], "datetime"), (["1 de maio de 2026"], "datetime"), (["yes", "no"], "text"),
        (["36", "unknown"], "text"), (["--", "36"], "number"),
    ],
)  # fmt: skip
def test_the_type_of_a_new_field_is_proposed_from_its_values(
    hub: Hub, file: File, values: list[str], type: str
) -> None:
    rows = "".join(f"2198765432{index};{value}\n" for index, value in enumerate(values))
    column = hub.imports.preview(file("Fone;Medida\n" + rows)).mapping["Medida"]
    assert (column.type, column.new, column.key) == (type, True, "medida")


def test_a_field_is_found_by_name_then_by_key(hub: Hub, file: File) -> None:
    hub.fields.create("Shirt size", type="text")
    hub.fields.create("Notes", type="text")
    path = file("Phone,Field:SHIRT SIZE,Notes\n2198765432,M,x\n")
    preview = hub.imports.preview(path)
    assert [(column.key, column.new) for column in preview.mapping][1:] == [("shirt_size", False), ("notes", False)]
    assert hub.imports.preview(file("Phone,Field:shirt_size\n2198765432,M\n")).mapping[1].key == "shirt_size"


def test_a_free_header_becomes_a_valid_field_name(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file("Fone;Cidade/UF (atual)\n2198765432;Recife\n"))
    assert str(preview.mapping[1].target) == "Field:Cidade UF atual"


def test_the_mapping_is_edited(hub: Hub, file: File) -> None:
    path = file("Nome,Ref,Fone,Idioma\nAna,x1,21 98765-4321,Brasileiro\n")
    preview = hub.imports.preview(
        path, mapping={"Ref": "ignore", "idioma": {"target": "Language", "values": {"brasileiro": "por"}}}
    )
    assert [str(column.target) for column in preview.mapping] == ["Name", "ignore", "Phone", "Language"]
    preview.commit()
    (contact,) = hub.find("").page()
    assert (contact.language, contact.fields) == ("por", {})


def test_remapping_a_preview(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file("Nome,Ref,Fone\nAna,x1,21 98765-4321\n"))
    preview.remap({"Ref": {"target": "Field:Ref", "type": "text"}, 0: "ignore"})
    assert [str(column.target) for column in preview.mapping] == ["ignore", "Field:Ref", "Phone"]
    assert preview.changes["property"].tolist() == ["fields.ref", "urns"]


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"Nobody": "Name"}, "unknown_column"),
        ({"Nome": "Nonsense"}, "unknown_target"),
        ({"Nome": {"target": "Name", "policy": "add"}}, "invalid_policy"),
        ({"Nome": {"target": "Name", "colour": "red"}}, "invalid_mapping"),
    ],
)
def test_a_wrong_mapping_is_refused(hub: Hub, file: File, mapping: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidValue) as error:
        hub.imports.preview(file("Nome,Fone\nAna,21 98765-4321\n"), mapping=mapping)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Name,City\nAna,Recife\n", "no_identity"),
        ("UUID\n5a4eb79e-ee3f-4fb8-a68b-4e9d0b6f0d9c\n", "only_uuid"),
        ("Name,URN:Pigeon\nAna,x\n", "unknown_scheme"),
        ("Phone,Field:has\n2198765432,x\n", "invalid_field"),
        ("Phone,Field:what?!\n2198765432,x\n", "invalid_field"),
    ],
)
def test_a_file_that_makes_no_contacts_is_refused(hub: Hub, file: File, text: str, code: str) -> None:
    with pytest.raises(FileError) as error:
        hub.imports.preview(file(text))
    assert error.value.code == code


def test_nothing_is_ignored_in_silence(hub: Hub, file: File) -> None:
    text = "Phone,Created On,,Name,Name,Empty\n2198765432,2020-01-01,stray,Ana,Bia,\n"
    mapping = hub.imports.preview(file(text)).mapping
    assert [[problem.code for problem in column.problems] for column in mapping] == [
        ["guessed_column"], ["read_only_column"], ["no_header_column"], [], ["duplicate_column"], [],
    ]  # fmt: skip


def test_a_cover_sheet_without_identities_is_refused_with_the_names_of_the_others(hub: Hub, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.title = "Leia-me"
    for row in (["Leia-me"], ["Uma linha por pessoa."], ["Dúvidas: secretaria"]):
        workbook.active.append(row)
    for row in (["Nome", "Fone"], ["Ana", "21 98765-4321"]):
        (workbook["Turma"] if "Turma" in workbook else workbook.create_sheet("Turma")).append(row)
    path = tmp_path / "turmas.xlsx"
    workbook.save(path)
    with pytest.raises(FileError, match="The sheet 'Leia-me' was read; there are also 'Turma'") as refused:
        hub.imports.preview(path)
    assert refused.value.code == "no_identity"
    assert hub.imports.preview(path, sheet="Turma").summary["create"] == 1
    assert hub.imports.preview(path, sheet="*").summary["create"] == 1
