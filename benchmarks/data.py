"""Contacts made from a seed, for measuring: names, phones, cities and habits about as uneven as they are in life."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from pyroaring import BitMap

from contacthub.engine.port import ChangeSet, SetChange, SetKey, Store

FIRST = [
    "Ana",
    "Maria",
    "João",
    "José",
    "Antônio",
    "Francisca",
    "Carlos",
    "Paulo",
    "Pedro",
    "Lucas",
    "Luiz",
    "Marcos",
    "Luís",
    "Gabriel",
    "Rafael",
    "Daniel",
    "Marcelo",
    "Bruno",
    "Eduardo",
    "Felipe",
    "Raimundo",
    "Rodrigo",
    "Manoel",
    "Mateus",
    "André",
    "Fernando",
    "Fábio",
    "Leonardo",
    "Gustavo",
    "Guilherme",
    "Leandro",
    "Tiago",
    "Anderson",
    "Ricardo",
    "Márcio",
    "Jorge",
    "Alexandre",
    "Roberto",
    "Edson",
    "Diego",
    "Vítor",
    "Sérgio",
    "Cláudio",
    "Juliana",
    "Adriana",
    "Márcia",
    "Fernanda",
    "Patrícia",
    "Aline",
    "Sandra",
    "Camila",
    "Amanda",
    "Bruna",
    "Jéssica",
    "Letícia",
    "Júlia",
    "Luciana",
    "Vanessa",
    "Mariana",
    "Gabriela",
    "Vera",
    "Vitória",
    "Larissa",
    "Cláudia",
    "Beatriz",
    "Luana",
    "Rita",
    "Sônia",
    "Renata",
    "Eliane",
    "Josefa",
    "Simone",
    "Natália",
    "Cristiane",
    "Carla",
    "Débora",
    "Rosângela",
]
LAST = [
    "Silva",
    "Santos",
    "Oliveira",
    "Souza",
    "Rodrigues",
    "Ferreira",
    "Alves",
    "Pereira",
    "Lima",
    "Gomes",
    "Costa",
    "Ribeiro",
    "Martins",
    "Carvalho",
    "Almeida",
    "Lopes",
    "Soares",
    "Fernandes",
    "Vieira",
    "Barbosa",
    "Rocha",
    "Dias",
    "Nascimento",
    "Andrade",
    "Moreira",
    "Nunes",
    "Marques",
    "Machado",
    "Mendes",
    "Freitas",
    "Cardoso",
    "Ramos",
    "Gonçalves",
    "Santana",
    "Teixeira",
    "Moura",
    "Araújo",
    "Batista",
    "Campos",
    "Castro",
    "Correia",
    "Cavalcanti",
    "Monteiro",
    "Farias",
    "Pinto",
    "Reis",
    "Cunha",
    "Azevedo",
    "Melo",
    "Borges",
    "Tavares",
    "Coelho",
    "Medeiros",
    "Fonseca",
    "Bezerra",
    "Siqueira",
    "Aragão",
    "Smithwick",
]
CITIES = [
    "São Paulo", "Rio de Janeiro", "Recife", "Natal", "Fortaleza", "Salvador", "Belém", "Manaus", "Curitiba", "Olinda",
    *(f"{place} {kind} {number}" for number in range(1, 50) for place in ("Vila", "Porto", "Campo", "Santo", "Monte")
      for kind in ("Novo", "Grande", "Alegre", "Belo")),
]  # fmt: skip
TAGS = ["vip", "newsletter", "promo 2026", "inadimplente", *(f"campanha {number}" for number in range(1, 61))]
FIELDS = {"city": "text", "age": "number", "spent": "number", "joined": "datetime", "dob": "datetime"}
_START = datetime(2022, 1, 1, tzinfo=UTC)


def documents(count: int, seed: int = 4) -> Iterator[tuple[int, dict[str, Any]]]:
    """So many contacts, by rising id from 1, without their sets."""
    random = np.random.default_rng(seed)
    portion = 100_000
    for start in range(0, count, portion):
        size = min(portion, count - start)
        yield from _portion(random, start + 1, size)


def _portion(random: np.random.Generator, first: int, size: int) -> Iterator[tuple[int, dict[str, Any]]]:
    def among(values: list[str], skew: float) -> list[str]:
        return [values[index] for index in np.minimum(random.zipf(skew, size) - 1, len(values) - 1)]

    def flat(values: list[str]) -> list[str]:
        return [values[index] for index in random.integers(0, len(values), size)]

    given, middle, family = flat(FIRST), flat([*LAST, *[""] * 40]), flat(LAST)
    uuids = random.integers(0, 2**63, (size, 2)).tolist()
    area = random.choice([11, 21, 31, 41, 51, 61, 71, 81, 84, 85, 91], size).tolist()
    number = random.integers(10**7, 10**8, size).tolist()
    status = random.choice(["active", "blocked", "stopped", "archived"], size, p=[0.9, 0.02, 0.03, 0.05]).tolist()
    consent = random.choice(["yes", "no", "unknown"], size, p=[0.55, 0.08, 0.37]).tolist()
    city = among(CITIES, 1.35)
    age = np.clip(random.normal(38, 14, size), 14, 99).astype(int).tolist()
    spent = np.round(random.lognormal(4, 1.5, size), 2).tolist()
    created = random.integers(0, 4 * 365 * 86_400, size)
    seen = created + random.integers(0, 300 * 86_400, size)
    chance = random.random((6, size))
    stamps = [(_START + timedelta(seconds=int(second))).isoformat() for second in created]
    seen_on = [(_START + timedelta(seconds=int(second))).isoformat() for second in seen]
    born = (np.datetime64("1940-01-01") + random.integers(0, 25_000, size)).astype(str).tolist()
    messages = random.poisson(4, (2, size)).tolist()
    language = random.choice(["por", "spa", "eng"], size, p=[0.9, 0.06, 0.04]).tolist()
    member = random.choice(["bia", "rui", "ines", "otto"], size).tolist()
    for at in range(size):
        name = " ".join(filter(None, (given[at], middle[at], family[at])))
        fields: dict[str, Any] = {"city": city[at], "joined": stamps[at][:10]}
        if chance[0][at] < 0.8:
            fields["age"] = age[at]
        if chance[1][at] < 0.5:
            fields["spent"] = spent[at]
        if chance[2][at] < 0.6:
            fields["dob"] = born[at]
        urns = [f"whatsapp:55{area[at]}{number[at]}" if chance[3][at] < 0.7 else f"tel:+55{area[at]}9{number[at]}"]
        if chance[4][at] < 0.3:
            urns.append(f"mailto:{given[at].lower()}.{family[at].lower()}{number[at] % 10_000}@example.com")
        yield (
            first + at,
            {
                "uuid": str(UUID(int=uuids[at][0] << 64 | uuids[at][1])),
                "name": name,
                "urns": urns,
                "language": language[at],
                "country": "BR",
                "status": status[at],
                "assignee": member[at] if chance[5][at] < 0.2 else None,
                "opt_in": {"marketing": consent[at]},
                "fields": fields,
                "engagement": {"received": messages[0][at], "sent": messages[1][at]},
                "remarks": f"met at the fair in {city[at]}" if chance[5][at] > 0.9 else "",
                "source": "import" if chance[4][at] < 0.9 else "manual",
                "created_on": stamps[at],
                "modified_on": stamps[at],
                "last_seen_on": seen_on[at] if chance[3][at] < 0.8 else None,
                "last_message_on": seen_on[at] if chance[3][at] < 0.8 else None,
            },
        )


def tag_members(count: int, seed: int = 4) -> dict[str, BitMap]:
    """Who has which tag: a few tags are on many contacts, most on few."""
    random = np.random.default_rng(seed + 1)
    members = {}
    for place, tag in enumerate(TAGS):
        share = 0.3 / (place + 1)
        members[tag] = BitMap((np.flatnonzero(random.random(count) < share) + 1).astype(np.uint32))
    return members


def fill(store: Store, count: int, seed: int = 4) -> None:
    """Put the contacts, their fields and their tags into an empty store."""
    fields = {id: {"key": key, "name": key.title(), "type": type} for id, (key, type) in enumerate(FIELDS.items(), 1)}
    tags = {id: {"key": tag, "name": tag} for id, tag in enumerate(TAGS, 1)}
    store.reserve("fields", len(fields))
    store.reserve("tags", len(tags))
    store.apply(ChangeSet(put={"fields": fields, "tags": tags}))
    store.reserve("contacts", count)
    portion: dict[int, dict[str, Any]] = {}
    for id, document in documents(count, seed):
        portion[id] = document
        if len(portion) == 50_000 or id == count:
            store.apply(ChangeSet(put={"contacts": portion}))
            portion = {}
    members = tag_members(count, seed)
    store.apply(ChangeSet(sets={SetKey("tags", id): SetChange(members[tag]) for id, tag in enumerate(TAGS, 1)}))
