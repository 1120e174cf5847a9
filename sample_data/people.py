"""Invented people: names, places and phone numbers of Brazil, Mexico, Portugal and Angola, drawn from a seed.

Every phone number is valid by the `phonenumbers` library and assigned to nobody by us; every e-mail address is under a
domain that RFC 2606 reserves for examples.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import phonenumbers

MAIL_DOMAINS = ("example.com", "example.org", "example.net")


@dataclass(frozen=True)
class Country:
    """Where an invented person lives, and how the people there are called and reached."""

    code: str
    language: str
    calling_code: str
    mobile: tuple[str, int]
    """What a mobile number looks like after the area: its first digits, and how many digits follow."""
    places: dict[str, str]
    """City → telephone area (empty where mobiles have none)."""
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


BRAZIL = Country(
    "BR", "por", "55", ("9", 8),
    {
        "Recife": "81", "Olinda": "81", "São Paulo": "11", "Rio de Janeiro": "21", "Salvador": "71", "Natal": "84",
        "João Pessoa": "83", "Fortaleza": "85", "Belo Horizonte": "31", "Caruaru": "81",
    },
    (
        "Ana", "Beatriz", "Caio", "Débora", "Edson", "Fernanda", "Gilberto", "Helena", "Iara", "João", "Jéssica",
        "Larissa", "Márcio", "Nádia", "Otávio", "Paula", "Rafaela", "Severino", "Tânia", "Ubiratã", "Vitória", "Zélia",
        "Luís Otávio", "Maria das Dores", "Antônio", "Conceição",
    ),
    (
        "Silva", "Souza", "Lima", "Cavalcanti", "de Albuquerque", "Barros", "Araújo", "Nascimento", "Ferraz",
        "dos Santos", "Queiroz", "Teixeira", "Brandão", "Lacerda", "Gusmão", "Maranhão", "Wanderley", "Sá",
    ),
)  # fmt: skip

MEXICO = Country(
    "MX", "spa", "52", ("", 0),
    {
        "Ciudad de México": "55", "Guadalajara": "33", "Monterrey": "81", "Puebla": "222", "Oaxaca": "951",
        "Mérida": "999",
    },
    (
        "Ximena", "José Luis", "Guadalupe", "Rodrigo", "Itzel", "Emiliano", "Renata", "Ángel", "Citlali", "Óscar",
        "Lucía", "Joaquín", "Noemí", "Ramón", "Sofía", "Íñigo",
    ),
    (
        "Hernández", "García", "Martínez", "Nuñez", "Ortega", "Velázquez", "Zúñiga", "Castañeda", "Ibarra", "Peña",
        "Rangel", "Solís", "Treviño", "Ochoa",
    ),
)  # fmt: skip

PORTUGAL = Country(
    "PT", "por", "351", ("91", 7),
    {"Lisboa": "", "Porto": "", "Coimbra": "", "Faro": "", "Évora": ""},
    ("Inês", "Duarte", "Matilde", "Gonçalo", "Leonor", "Tomás", "Madalena", "Rui", "Constança", "Vasco"),
    ("Figueiredo", "Pacheco", "Vaz", "Magalhães", "Simões", "Leitão", "Sequeira", "Quintão", "Bragança", "Antunes"),
)  # fmt: skip

ANGOLA = Country(
    "AO", "por", "244", ("92", 7),
    {"Luanda": "", "Benguela": "", "Huambo": "", "Lubango": ""},
    ("Nzinga", "Adilson", "Yara", "Mateus", "Domingas", "Kiluanje", "Weza", "Isabel", "Jandira", "Paulino"),
    ("Kiala", "Domingos", "Cassoma", "Van-Dúnem", "Sebastião", "Lukoki", "Mbala", "Neto", "Tchipilica", "Miguel"),
)  # fmt: skip

SHARES = ((BRAZIL, 68), (MEXICO, 16), (PORTUGAL, 9), (ANGOLA, 7))


@dataclass(frozen=True)
class Person:
    first_name: str
    last_name: str
    country: Country
    city: str
    phone: str
    """E.164, of a mobile."""
    email: str
    birthday: date

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def national(self) -> str:
        """The digits after the country code."""
        return self.phone.removeprefix(f"+{self.country.calling_code}")


def ascii_letters(text: str) -> str:
    """`Débora de Sá` → `deborade sa` without what is neither letter nor digit: fit for an e-mail address."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in plain if letter.isalnum())


def digits(random: Random, count: int) -> str:
    return "".join(random.choices("0123456789", k=count))


def mobile(random: Random, country: Country, area: str) -> str:
    """A valid mobile number of the country in E.164."""
    start, count = country.mobile
    while True:
        if country is BRAZIL:  # nine digits; the first after the 9 is 6 to 9
            local = f"{area}{start}{random.choice('6789')}{digits(random, count - 1)}"
        elif country is MEXICO:  # ten digits, the area among them
            local = f"{area}{random.choice('123456789')}{digits(random, 9 - len(area))}"
        else:
            local = start + digits(random, count)
        number = phonenumbers.parse(f"+{country.calling_code}{local}")
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class People:
    """Draws people of different phone numbers and e-mail addresses."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._phones: set[str] = set()
        self._emails: set[str] = set()

    def draw(self) -> Person:
        random = self.random
        country = random.choices([c for c, _ in SHARES], [share for _, share in SHARES])[0]
        city, area = random.choice(list(country.places.items()))
        first, last = random.choice(country.first_names), random.choice(country.last_names)
        phone = mobile(random, country, area)
        while phone in self._phones:
            phone = mobile(random, country, area)
        self._phones.add(phone)
        born = date(1955, 1, 1) + timedelta(days=random.randrange(365 * 52))
        return Person(first, last, country, city, phone, self._email(first, last), born)

    def _email(self, first: str, last: str) -> str:
        name = f"{ascii_letters(first)}.{ascii_letters(last)}"
        domain = self.random.choice(MAIL_DOMAINS)
        address, number = f"{name}@{domain}", 1
        while address in self._emails:
            number += 1
            address = f"{name}{number}@{domain}"
        self._emails.add(address)
        return address
