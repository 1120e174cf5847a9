"""Names → properties: attributes, URN schemes, custom fields, and the prefixes that force a kind.

A name without a prefix is an attribute, else a URN scheme, else a custom field; but a custom field wins over the
attributes that only contacthub has, so that a query from RapidPro keeps its meaning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from contacthub.errors import QueryError
from contacthub.model.text import fold_accents
from contacthub.query.properties import ATTRIBUTES, Property, attribute
from contacthub.query.schema import Resolver
from contacthub.query.tree import Aspect, Span
from contacthub.query.values import MESSAGING_SCHEMES

Dialect = Literal["contacthub", "rapidpro"]

SCHEMES = MESSAGING_SCHEMES | {"ext"}
_MEANT = {
    **dict.fromkeys(("telefone", "telefono", "fone", "celular", "movil", "mobile", "cell", "number"), "phone"),
    **dict.fromkeys(("email", "mail", "correo"), "mailto"),
    **dict.fromkeys(("nome", "nombre"), "name"),
    **dict.fromkeys(("etiqueta", "label"), "tag"),
    **dict.fromkeys(("grupo", "segment"), "group"),
    **dict.fromkeys(("idioma", "lingua"), "language"),
    **dict.fromkeys(("lista",), "list"),
    **dict.fromkeys(("pais",), "country"),
}
"""Other words for a property, as people who meet it in a spreadsheet write them: only ever offered, never read."""
PURPOSEFUL = frozenset({"opt_in", "opt_in_on", "opt_in_source"})
"""Attributes that exist per purpose of consent: `opt_in.utility`."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for."""

    property: Property
    aspect: Aspect = ""
    forced: bool = False
    typed: bool = True


def named(name: str, resolver: Resolver | None, dialect: Dialect, span: Span = (0, 0), query: str = "") -> Named:
    """What a name stands for. Raises QueryError: `unknown_property_type`, `unknown_property`."""
    name = name.lower()
    prefix, dot, key = name.partition(".")
    if not dot:
        return _plain(name, resolver, dialect, span, query)
    if dialect == "rapidpro" and "." in key:
        raise QueryError(
            f"{name} is no property name: at most one prefix can stand in front, as in fields.age.",
            code="syntax", start=span[0], end=span[1], query=query,
        )  # fmt: skip
    if prefix == "fields":
        return _field(key, resolver, dialect, span, query)
    if prefix == "urns":
        if key in SCHEMES:
            return Named(Property("scheme", key))
        raise _unknown(key, f"There is no URN scheme {key}.", SCHEMES, span, query)
    if dialect == "contacthub":
        if prefix == "contact" and key.partition(".")[0] in ATTRIBUTES:
            return _forced(key, resolver, span, query)
        if prefix == "contact":
            raise _unknown(key, f"Contacts have no attribute {key}.", ATTRIBUTES, span, query)
        if prefix in PURPOSEFUL:
            return _of_attribute(_with_purpose(prefix, key, resolver, span, query), resolver)
        if prefix in ("anniversary", "month"):
            of = named(key, resolver, dialect, span, query)
            if not of.aspect:
                # a field of unknown type must be a date, or there would be no anniversary
                property = of.property if of.typed else Property("field", of.property.key, "datetime")
                return Named(property, "anniversary" if prefix == "anniversary" else "month", of.forced)
    raise QueryError(
        f"There is no kind of property called {prefix}. Before a dot stands fields (custom fields)"
        + (" or urns (URN schemes)." if dialect == "rapidpro" else ", urns (schemes), anniversary, month or contact."),
        code="unknown_property_type", extra={"type": prefix}, start=span[0], end=span[1], query=query,
    )  # fmt: skip


def property_named(name: str, resolver: Resolver | None) -> Property:
    """The property of a name, for sorting, counting and columns. Raises QueryError: `unknown_property`, or
    `unsupported_property` for what can only be asked in a query."""
    of = named(name, resolver, "contacthub", (0, len(name)), name)
    if of.aspect or of.property == attribute("active_30d"):
        instead = "last_message_on" if not of.aspect else name.partition(".")[2]
        raise QueryError(
            f"{name} can be asked in a query only: it is no value to count, to sort by or to show. Take {instead}.",
            code="unsupported_property", extra={"property": name}, start=0, end=len(name), query=name,
        )  # fmt: skip
    return of.property


def sort_named(text: str, resolver: Resolver | None) -> tuple[Property, bool]:
    """The property of a sort such as `name` or `-created_on`, and whether it is descending. Raises QueryError."""
    text = text.strip()
    return property_named(text.removeprefix("-"), resolver), text.startswith("-")


def _plain(name: str, resolver: Resolver | None, dialect: Dialect, span: Span, query: str) -> Named:
    known = ATTRIBUTES.get(name)
    if known and (known.rapidpro or (dialect == "contacthub" and not shadowed(attribute(name), resolver))):
        return Named(attribute(name))
    if name in SCHEMES:
        return Named(Property("scheme", name))
    return _field(name, resolver, dialect, span, query)


def _field(key: str, resolver: Resolver | None, dialect: Dialect, span: Span, query: str) -> Named:
    if resolver is None:
        return Named(Property("field", key), typed=False)
    type = resolver.field(key)
    if type is None:
        known = [*resolver.names("field"), *known_names(dialect)]
        raise _unknown(key, f"There is no attribute, URN scheme or field called {key}.", known, span, query)
    return Named(Property("field", key, type))


def _forced(name: str, resolver: Resolver | None, span: Span, query: str) -> Named:
    key, dot, purpose = name.partition(".")
    return _of_attribute(_with_purpose(key, purpose, resolver, span, query) if dot else attribute(key), resolver)


def _of_attribute(property: Property, resolver: Resolver | None) -> Named:
    return Named(property, forced=shadowed(property, resolver))


def _with_purpose(key: str, purpose: str, resolver: Resolver | None, span: Span, query: str) -> Property:
    purposes = list(resolver.purposes()) if resolver else [purpose]
    if key not in PURPOSEFUL or purpose not in purposes:
        raise _unknown(
            f"{key}.{purpose}", f"There is no purpose of consent called {purpose}.", [f"{key}.{p}" for p in purposes],
            span, query,
        )  # fmt: skip
    return attribute(key, "" if purpose == "marketing" else purpose)


def shadowed(property: Property, resolver: Resolver | None) -> bool:
    """Whether a custom field takes the name of an attribute, which is then written with `contact.`."""
    return can_be_shadowed(property) and resolver is not None and resolver.field(property.key) is not None


def can_be_shadowed(property: Property) -> bool:
    """Whether a custom field of its name would win over a property: an attribute that only contacthub has, and that
    is not told apart by a purpose (`opt_in.utility`)."""
    return property.kind == "attribute" and not property.qualifier and not ATTRIBUTES[property.key].rapidpro


def known_names(dialect: Dialect) -> list[str]:
    """Attributes and URN schemes that a dialect knows."""
    return [key for key, known in ATTRIBUTES.items() if known.rapidpro or dialect == "contacthub"] + sorted(SCHEMES)


def nearest(name: str, names: Iterable[str]) -> str:
    """`Did you mean city or cpf?`, of the known names most like this one; empty when none is."""
    spelled = {each.lower(): each for each in names}
    name = name.lower()[:64]
    meant = _MEANT.get(fold_accents(name).replace("_", "").replace("-", ""))
    swapped = [each for each in spelled if sorted(each) == sorted(name)]
    alike = get_close_matches(name, spelled, n=2, cutoff=0.7)
    close = list(dict.fromkeys([*([meant] if meant in spelled else []), *swapped, *alike]))[:2]
    return f"Did you mean {' or '.join(spelled[each] for each in close)}?" if close else ""


def _unknown(key: str, message: str, known: Iterable[str], span: Span, query: str) -> QueryError:
    hint = (
        nearest(key, known) or "Names are searched among attributes (name, tag, last_seen_on), URN schemes and fields."
    )
    return QueryError(
        f"{message} {hint}", code="unknown_property", extra={"property": key}, start=span[0], end=span[1], query=query
    )
