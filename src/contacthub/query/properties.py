"""The properties a query can ask about: attributes, URN schemes and custom fields.

The table of `docs/contactql.md` is made from `ATTRIBUTES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["attribute", "scheme", "field"]
Type = Literal["text", "number", "datetime", "state", "district", "ward"]

PLACES: frozenset[str] = frozenset({"state", "district", "ward"})
"""Place types hold `Country > State > District` and compare as text by their last part."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of contacts.

    `key` is `name`, `tel`, `age`; `qualifier` is the purpose in `opt_in.utility`, otherwise empty.
    """

    kind: Kind
    key: str
    type: Type = "text"
    qualifier: str = ""

    @property
    def label(self) -> str:
        """The canonical name: `name`, `urns.tel`, `fields.age`, `opt_in.utility`."""
        prefix = {"attribute": "", "scheme": "urns.", "field": "fields."}[self.kind]
        return prefix + self.key + (f".{self.qualifier}" if self.qualifier else "")

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class Attribute:
    """What the language knows of an attribute."""

    key: str
    type: Type
    set_check: bool = True
    """Whether `= ""` and `!= ""` may be asked."""
    rapidpro: bool = False
    """Whether RapidPro has it; the others exist in the contacthub dialect only, and a custom field wins over them."""
    yes_no: bool = False
    contains: bool = True
    """Whether `~` may be asked in the contacthub dialect."""


_RAPIDPRO = (
    Attribute("uuid", "text", set_check=False, rapidpro=True, contains=False),
    Attribute("id", "text", set_check=False, rapidpro=True, contains=False),
    Attribute("ref", "text", set_check=False, rapidpro=True, contains=False),
    Attribute("name", "text", rapidpro=True),
    Attribute("language", "text", rapidpro=True, contains=False),
    Attribute("status", "text", set_check=False, rapidpro=True, contains=False),
    Attribute("urn", "text", rapidpro=True),
    Attribute("group", "text", rapidpro=True, contains=False),
    Attribute("flow", "text", rapidpro=True, contains=False),
    Attribute("history", "text", rapidpro=True, contains=False),
    Attribute("tickets", "number", set_check=False, rapidpro=True),
    Attribute("created_on", "datetime", set_check=False, rapidpro=True),
    Attribute("last_seen_on", "datetime", rapidpro=True),
)
_ADDED = (
    Attribute("tag", "text"),
    Attribute("list", "text"),
    Attribute("assignee", "text"),
    Attribute("opt_in", "text", set_check=False, yes_no=True, contains=False),
    Attribute("opt_in_on", "datetime"),
    Attribute("opt_in_source", "text"),
    Attribute("reachable", "text", set_check=False, yes_no=True, contains=False),
    Attribute("phone", "text"),
    Attribute("country", "text"),
    Attribute("source", "text"),
    Attribute("remarks", "text"),
    Attribute("import", "text"),
    Attribute("modified_on", "datetime"),
    Attribute("first_seen_on", "datetime"),
    Attribute("last_sent_on", "datetime"),
    Attribute("last_message_on", "datetime"),
    Attribute("messages_received", "number", set_check=False),
    Attribute("messages_sent", "number", set_check=False),
    Attribute("messages_delivered", "number", set_check=False),
    Attribute("messages_read", "number", set_check=False),
    Attribute("messages_failed", "number", set_check=False),
    Attribute("reply_rate", "number"),
    Attribute("read_rate", "number"),
    Attribute("needs_reply", "text", set_check=False, yes_no=True, contains=False),
    Attribute("awaiting_reply", "text", set_check=False, yes_no=True, contains=False),
    Attribute("active_30d", "text", set_check=False, yes_no=True, contains=False),
)

ATTRIBUTES: dict[str, Attribute] = {attribute.key: attribute for attribute in _RAPIDPRO + _ADDED}


def attribute(key: str, qualifier: str = "") -> Property:
    """The property of an attribute, such as `attribute("name")` or `attribute("opt_in", "utility")`."""
    return Property("attribute", key, ATTRIBUTES[key].type, qualifier)


PHONE_KEY = Property("attribute", "phone_key")
"""The match keys of a contact's phones: what `phone =` compares. It has no name in the language."""

AVATAR = Property("attribute", "avatar")
"""Where a picture of them is: for exports, without a name in the language too."""

URNS = Property("attribute", "urns")
"""Whole identities, `tel:+55…`, in their order: what frames show. It has no name in the language either."""
