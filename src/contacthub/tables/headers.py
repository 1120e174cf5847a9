"""Headers: what the columns of RapidPro's exports and of ours mean, and what free headers are likely to mean.

A header is compared without case, accents and spaces around `:`; `_` and `.` count as spaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from contacthub.model.text import clean_line, fold_accents

Kind = Literal[
    "uuid", "name", "first_name", "last_name", "language", "status", "remarks", "avatar",
    "urn", "phone", "urns", "phone_country", "phone_area", "phone_number",
    "field", "group", "tags", "lists", "groups", "assignee",
    "opt_in", "opt_in_on", "opt_in_proof", "read_only", "ignore",
]  # fmt: skip

SCHEMES = (
    "tel", "whatsapp", "mailto", "telegram", "facebook", "instagram", "twitter", "twitterid", "jiochat", "viber",
    "line", "webchat", "ext", "fcm", "slack", "vk", "wechat", "rocketchat", "freshchat", "discord",
)  # fmt: skip

_SCHEME_NAMES = {
    "phone": "tel", "telephone": "tel", "email": "mailto", "e mail": "mailto", "whats app": "whatsapp",
    "external": "ext",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """What a column means: a kind, and what it is a kind of (a scheme, a field's or group's name, a purpose).

    `phone` is a number as people write it, kept as a URN of its scheme; `urn` is an identity as programs write it.
    """

    kind: Kind
    argument: str = ""

    def __str__(self) -> str:
        return header_of(self)

    @property
    def is_identity(self) -> bool:
        return self.kind in ("urn", "phone", "urns", "phone_number")


IGNORE = Target("ignore")

_PLAIN: dict[str, Target] = {
    "uuid": Target("uuid"),
    "contact uuid": Target("uuid"),
    "name": Target("name"),
    "first name": Target("first_name"),
    "last name": Target("last_name"),
    "language": Target("language"),
    "status": Target("status"),
    "remarks": Target("remarks"),
    "avatar": Target("avatar"),
    "urns": Target("urns"),
    "tags": Target("tags"),
    "lists": Target("lists"),
    "groups": Target("groups"),
    "assignee": Target("assignee"),
    "opt in": Target("opt_in", "marketing"),
    "opt in on": Target("opt_in_on", "marketing"),
    "opt in proof": Target("opt_in_proof", "marketing"),
    "phone country": Target("phone_country"),
    "phone area": Target("phone_area"),
    "phone number": Target("phone", "tel"),
    "ignore": IGNORE,
}

READ_ONLY = (
    "Id", "Ref", "Country", "Created On", "Modified On", "First Seen On", "Last Seen On", "Last Sent On",
    "Last Message On", "Source", "Flow", "Flow History", "History", "Tickets", "Messages Received", "Messages Sent",
    "Messages Delivered", "Messages Read", "Messages Failed", "Engagement", "Reply Rate", "Read Rate", "Needs Reply",
    "Awaiting Reply", "Reachable", "Active 30d", "Imports", "Import", "Opt In Source", "Problem",
)  # fmt: skip
"""Headers of what we export and never take back."""
PROBLEMS = Target("read_only", "Problem")
"""What was wrong with a row, in a file of rows to be mended."""

_TITLES: dict[str, str] = {
    "uuid": "UUID", "name": "Name", "first_name": "First Name", "last_name": "Last Name", "language": "Language",
    "status": "Status", "remarks": "Remarks", "avatar": "Avatar", "urns": "URNs", "tags": "Tags", "lists": "Lists",
    "groups": "Groups", "assignee": "Assignee", "phone_country": "Phone:Country", "phone_area": "Phone:Area",
    "phone_number": "Phone:Number", "ignore": "ignore",
}  # fmt: skip
_SCHEME_TITLES = {"tel": "Tel", "whatsapp": "WhatsApp", "mailto": "Mailto"}


def folded(header: str) -> str:
    """A header as it is compared."""
    text = fold_accents(clean_line(header))
    text = re.sub(r"\s*:\s*", ":", re.sub(r"[_.\s]+", " ", text).strip())
    return text.strip("*: ")


_READ_ONLY = {folded(header): header for header in READ_ONLY}


def header_of(target: Target) -> str:
    """The header that means a target, in RapidPro's spelling: `URN:Tel`, `Field:Age`, `Opt In On`."""
    kind, argument = target.kind, target.argument
    if kind == "urn":
        return f"URN:{_SCHEME_TITLES.get(argument, argument.title())}"
    if kind == "phone":
        return "Phone" if argument == "tel" else "Phone:WhatsApp"
    if kind == "field":
        return f"Field:{argument}"
    if kind == "group":
        return f"Group:{argument}"
    if kind in ("opt_in", "opt_in_on", "opt_in_proof"):
        purpose = "" if argument == "marketing" else f":{argument}"
        return {"opt_in": "Opt In", "opt_in_on": "Opt In On", "opt_in_proof": "Opt In Proof"}[kind] + purpose
    if kind == "read_only":
        return f"read-only:{argument}" if argument else "read-only"
    return _TITLES[kind]


def known(header: str) -> Target | None:
    """The target of a header in the exact format (RapidPro's and ours); None for a free header.

    A `urn` target may have a scheme that does not exist, which the mapping refuses.
    """
    text = folded(header)
    if text in _PLAIN:
        return _PLAIN[text]
    if text in _READ_ONLY:
        return Target("read_only", _READ_ONLY[text])
    prefix, colon, rest = text.partition(":")
    if not colon or not rest:
        return _dotted(header.strip(), text)
    # The case and accents of a field's or group's name are kept as the file has them.
    original = clean_line(header).partition(":")[2].strip()
    if prefix == "urn":
        # Formats that cannot repeat a header number it: `URN:Tel 2`.
        scheme = re.sub(r" \d+$", "", rest)
        return Target("urn", _SCHEME_NAMES.get(scheme, scheme.replace(" ", "")))
    if prefix == "field":
        return Target("field", original)
    if prefix == "group":
        return Target("group", original)
    if prefix in ("opt in", "opt in on", "opt in proof"):
        return Target(prefix.replace(" ", "_"), rest)  # type: ignore[arg-type]
    if prefix == "phone":
        kinds: dict[str, Target] = {
            "country": Target("phone_country"), "area": Target("phone_area"), "number": Target("phone_number"),
            "whatsapp": Target("phone", "whatsapp"),
        }  # fmt: skip
        return kinds.get(rest)
    if prefix == "read-only":
        return Target("read_only", original)
    return None


def _dotted(header: str, text: str) -> Target | None:
    """The names of properties as frames have them: `urns.tel`, `fields.age`, `opt_in.utility`."""
    prefix, dot, rest = header.partition(".")
    if not dot or not rest:
        return None
    prefix = prefix.casefold()
    if prefix == "urns":
        return Target("urn", rest.casefold())
    if prefix == "fields":
        return Target("field", rest)
    if prefix in ("opt_in", "opt_in_on"):
        return Target(prefix, rest)  # type: ignore[arg-type]
    if prefix in ("engagement", "opt_in_source"):
        return Target("read_only", header)
    return None


_FREE: dict[Target, str] = {
    Target("phone", "tel"): """
        phone|phone number|phone no|telephone|telephone number|tel|tel number|mobile|mobile phone|mobile number|
        mobile no|cell|cell phone|cellphone|cell number|contact number|contact no|phone 1|primary phone|msisdn|
        telefone|telefone celular|telefone movel|celular|cel|fone|fone celular|numero de telefone|numero do celular|
        numero celular|telefone 1|telemovel|
        telefono|telefono movil|telefono celular|movil|numero de telefono|numero de celular|numero movil|
        phone 1 - value|mobile phone number|telefone principal|telefono principal|numero|number""",
    Target("phone", "whatsapp"): """
        whatsapp|whats app|whatsapp number|whatsapp phone|whatsapp no|wa|whats|zap|wpp|wa id|whatsapp id|
        numero do whatsapp|numero whatsapp|numero de whatsapp|telefone whatsapp|celular whatsapp|telefono whatsapp|
        whatsapp phone number""",
    Target("urn", "mailto"): """
        email|e-mail|e mail|mail|email address|e-mail address|mailto|correo|correo electronico|endereco de email|
        endereco de e-mail|direccion de correo|direccion de correo electronico|e-mail 1 - value|emails""",
    Target("urn", "telegram"): "telegram|telegram id",
    Target("urn", "instagram"): "instagram id",
    Target("urn", "twitter"): "twitter|twitter handle",
    Target("name"): """
        full name|fullname|contact|contact name|customer|customer name|client|client name|lead|lead name|person|
        nome|nome completo|nome do contato|contato|nome do cliente|cliente|
        nombre completo|nombre y apellidos|nombre y apellido|nombre del contacto|nombre del cliente|contacto|
        display name|nombres y apellidos""",
    Target("first_name"): """
        first name|firstname|first|given name|forename|primeiro nome|prenome|nombres|primer nombre|nombre de pila""",
    Target("last_name"): """
        last name|lastname|last|surname|family name|sobrenome|ultimo nome|apelido|apellido|apellidos""",
    Target("language"): "lang|idioma|lingua|language code|lengua|preferred language|idioma preferido",
    Target("status"): "contact status|estado do contato|situacao do contato|estado del contacto",
    Target("remarks"): """
        remark|notes|note|comments|comment|observacao|observacoes|obs|notas|nota|comentarios|comentario|observacion|
        observaciones|anotacoes""",
    Target("avatar"): "photo|photo url|picture|foto|imagem|imagen",
    Target("tags"): "tag|label|labels|etiqueta|etiquetas|marcador|marcadores|rotulos|palavras chave",
    Target("lists"): "list|lista|listas|inbox|inboxes",
    Target("groups"): "group|grupo|grupos|group membership|segment|segmento|segmentos",
    Target("assignee"): """
        assigned to|owner|contact owner|account owner|responsavel|responsable|atribuido a|asignado a|asignado|
        propietario|proprietario|vendedor|agent|agente|atendente""",
    Target("opt_in", "marketing"): """
        optin|opt-in|opted in|marketing opt in|marketing consent|consent|consentimento|consentimiento|
        aceita marketing|acepta marketing|aceita receber mensagens|subscribed|inscrito|suscrito""",
    Target("opt_in_on", "marketing"): """
        optin on|opt-in on|opt in date|opt-in date|consent date|data do consentimento|data do opt in|data do opt-in|
        fecha de consentimiento|fecha del consentimiento|fecha de opt-in""",
    Target("opt_in_proof", "marketing"): """
        optin proof|opt-in proof|proof|consent proof|prova|prova do consentimento|prueba|prueba del consentimiento""",
    Target("phone_country"): """
        ddi|country code|phone country code|dialing code|dial code|codigo do pais|codigo de pais|cod pais|
        codigo pais|lada internacional""",
    Target("phone_area"): "ddd|area code|area|codigo de area|cod area|codigo area|lada",
}

_GUESSES: dict[str, Target] = {
    folded(word): target for target, words in _FREE.items() for word in re.split(r"\s*\|\s*", words.strip())
}
_GUESSES["nombre"] = Target("name")
_NUMBERED = re.compile(r"(.*\D) ?\(?[1-9]\)?")


def guess(header: str) -> Target | None:
    """What a free header in English, Portuguese or Spanish probably means; None for any other."""
    text = folded(header)
    if found := _GUESSES.get(text):
        return found
    plain = re.sub(r"\s*[(\[].*[)\]]\s*", "", text).strip()
    if found := _GUESSES.get(plain):
        return found
    if (match := _NUMBERED.fullmatch(plain)) and (found := _GUESSES.get(match[1].strip())) and found.is_identity:
        return found
    return None


def recognised(header: str) -> bool:
    """Whether a text is a header that means something by itself: how the row of headers is found."""
    return known(header) is not None or guess(header) is not None
