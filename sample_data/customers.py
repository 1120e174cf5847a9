"""customers.csv: an export of an older shop system, `;` between cells, Windows-1252, decimal commas."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from random import Random

from people import BRAZIL, Person

HEADERS = (
    "Código", "Nome", "Celular", "E-mail", "Cidade", "País", "Nascimento", "Cliente desde", "Última compra",
    "Total gasto", "Pontos", "Newsletter",
)  # fmt: skip
COUNTRIES = {"BR": "Brasil", "MX": "México", "PT": "Portugal", "AO": "Angola"}


def write_customers(path: Path, customers: list[Person], random: Random) -> None:
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(HEADERS)
        for number, person in enumerate(customers, start=1):
            writer.writerow(_row(number, person, random))


def _row(number: int, person: Person, random: Random) -> list[str]:
    since = date(2015, 1, 1) + timedelta(days=random.randrange(365 * 11))
    last = since + timedelta(days=random.randrange((date(2026, 11, 1) - since).days + 1))
    spent = int(random.paretovariate(1.1) * 4000)
    return [
        f"{number:06}",
        person.name if random.random() < 0.97 else person.name.upper(),
        _phone(person, random),
        person.email if random.random() < 0.8 else "",
        person.city,
        COUNTRIES[person.country.code],
        f"{person.birthday:%d/%m/%Y}" if random.random() < 0.75 else "",
        f"{since:%d/%m/%Y}",
        f"{last:%d/%m/%Y}",
        f"{spent // 100:,}".replace(",", ".") + f",{spent % 100:02}",
        str(spent // 1000),
        random.choice(("S", "N")),
    ]


def _phone(person: Person, random: Random) -> str:
    if person.country is BRAZIL:
        area, local = person.national[:2], person.national[2:]
        return f"({area}) {local[:5]}-{local[5:]}" if random.random() < 0.8 else f"55{person.national}"
    return person.phone
