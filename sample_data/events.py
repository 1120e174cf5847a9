"""events.jsonl: what WhatsApp's Cloud API posts to a webhook, one payload a line, in the order of arrival.

On purpose: ids that come twice, Brazilian WhatsApp ids without the ninth digit, people who write without a phone number
(a business-scoped user id only), opt-out words, a status before its message, two changes in one body, a number that is
not ours, a group message, a changed phone number.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from people import BRAZIL, MEXICO, Person, digits

ACCOUNT = "900000000000001"
NUMBER = {"display_phone_number": "558130000001", "phone_number_id": "800000000000001"}
OTHER_NUMBER = {"display_phone_number": "558130000009", "phone_number_id": "800000000000009"}
START = 1_793_448_000  # 2026-10-31 12:00 UTC
TEXTS = (
    "Oi, tudo bem?",
    "Quanto custa o café?",
    "¿Tienen envío a México?",
    "Obrigada!",
    "Boa tarde 🙂",
    "ok",
    "quiero el catálogo",
)
OPT_OUT = ("SAIR", "Parar", "stop!", " BAJA ")

Payload = dict[str, Any]


def write_events(path: Path, leads: list[Person], strangers: list[Person], random: Random) -> None:
    clock = START
    payloads: list[Payload] = []
    for person in random.sample(leads, 120) + strangers:
        clock += random.randrange(60, 9000)
        payloads += _conversation(person, clock, random)
    payloads.insert(30, payloads[12])  # providers repeat for days
    payloads.insert(200, payloads[150])
    payloads += _rarities(leads, strangers, clock, random)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for payload in payloads:
            file.write(json.dumps(payload, ensure_ascii=False, separators=(",", ":")) + "\n")


def _conversation(person: Person, clock: int, random: Random) -> list[Payload]:
    """A message from the person and, mostly, our answer with its delivery states."""
    wa_id = _whatsapp_id(person, random)
    text = random.choice(OPT_OUT) if random.random() < 0.06 else random.choice(TEXTS)
    payloads = [_body(_message(wa_id, person.first_name, text, clock, random))]
    if random.random() < 0.7:
        answer = _message_id(random)
        states = ["sent", "delivered", "read"][: random.choice((1, 2, 3, 3))]
        if random.random() < 0.1:
            states.reverse()
        payloads += [_body(_status(wa_id, answer, state, clock + 20 * i)) for i, state in enumerate(states, start=1)]
    return payloads


def _rarities(leads: list[Person], strangers: list[Person], clock: int, random: Random) -> list[Payload]:
    person, other = leads[0], leads[1]
    wa_id = _whatsapp_id(person, random)
    without_phone = _message("", "Manu", "Oi! Vi vocês na feira", clock + 10, random)
    _identify(without_phone, "BR.1000000000000001")
    both = _message(wa_id, person.first_name, "agora com usuário", clock + 20, random)
    both["contacts"][0]["user_id"] = both["messages"][0]["from_user_id"] = "BR.1000000000000002"
    in_group = _message(wa_id, person.first_name, "bom dia grupo", clock + 30, random)
    in_group["messages"][0]["group_id"] = "120363000000000001"
    image = _message(_whatsapp_id(other, random), other.first_name, "", clock + 40, random)
    del image["messages"][0]["text"]
    image["messages"][0] |= {"type": "image", "image": {"id": "7000000000000001", "mime_type": "image/jpeg"}}
    refused = _status(_whatsapp_id(strangers[0], random), _message_id(random), "failed", clock + 50)
    refused["statuses"][0]["errors"] = [{"code": 131050, "title": "User has stopped receiving marketing messages"}]
    moved = _message(_whatsapp_id(strangers[1], random), strangers[1].first_name, "", clock + 60, random)
    del moved["messages"][0]["text"]
    moved["messages"][0] |= {
        "type": "system",
        "system": {"type": "user_changed_number", "wa_id": "5581999990001", "body": "User changed number"},
    }
    stop = {
        "messaging_product": "whatsapp",
        "metadata": NUMBER,
        "contacts": [{"wa_id": wa_id}],
        "user_preferences": [
            {"wa_id": wa_id, "category": "marketing_messages", "value": "stop", "timestamp": clock + 70}
        ],
    }
    not_ours = _message("5511999990002", "Engano", "é do banco?", clock + 80, random) | {"metadata": OTHER_NUMBER}
    two = _body(_message(wa_id, person.first_name, "uma", clock + 90, random))
    two["entry"][0]["changes"] += _body(_message(wa_id, person.first_name, "duas", clock + 91, random))["entry"][0][
        "changes"
    ]
    return [*(_body(value) for value in (without_phone, both, in_group, image, refused, moved)),
            _body(stop, field="user_preferences"), _body(not_ours), two]  # fmt: skip


def _whatsapp_id(person: Person, random: Random) -> str:
    """The digits WhatsApp knows the person by: often without Brazil's ninth digit, with Mexico's old 1."""
    if person.country is BRAZIL and person.national[:2] not in ("11", "21") and random.random() < 0.7:
        return f"55{person.national[:2]}{person.national[3:]}"
    if person.country is MEXICO:
        return f"521{person.national}"
    return person.phone.removeprefix("+")


def _identify(value: Payload, user_id: str) -> None:
    """Make the sender one who has a username and shows no phone number."""
    value["contacts"] = [{"profile": value["contacts"][0]["profile"], "user_id": user_id}]
    del value["messages"][0]["from"]
    value["messages"][0]["from_user_id"] = user_id


def _message_id(random: Random) -> str:
    return f"wamid.{digits(random, 24)}"


def _message(wa_id: str, name: str, text: str, clock: int, random: Random) -> Payload:
    return {
        "messaging_product": "whatsapp",
        "metadata": NUMBER,
        "contacts": [{"profile": {"name": name}, "wa_id": wa_id}],
        "messages": [
            {"from": wa_id, "id": _message_id(random), "timestamp": str(clock), "type": "text", "text": {"body": text}}
        ],
    }


def _status(wa_id: str, message: str, state: str, clock: int) -> Payload:
    return {
        "messaging_product": "whatsapp",
        "metadata": NUMBER,
        "statuses": [{"id": message, "status": state, "timestamp": str(clock), "recipient_id": wa_id}],
    }


def _body(value: Payload, field: str = "messages") -> Payload:
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": ACCOUNT, "changes": [{"value": value, "field": field}]}],
    }
