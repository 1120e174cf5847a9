"""What a query may ask: each condition checked, or refused with the code, the place, and what would be right.

The order is RapidPro's: hidden URNs, the name, `~`, comparisons, set checks, then values.
"""

from __future__ import annotations

import re
from decimal import Decimal

from contacthub.errors import InvalidValue, QueryError
from contacthub.model.contact import STATUSES, UNKNOWN
from contacthub.model.languages import find_language, is_language
from contacthub.model.text import fold, fold_accents, words
from contacthub.query import dates
from contacthub.query.names import Dialect, named, nearest
from contacthub.query.printing import label
from contacthub.query.properties import ATTRIBUTES, PLACES, Property
from contacthub.query.reading import condition_of
from contacthub.query.schema import Resolver
from contacthub.query.tree import Bare, Comparison, Condition, Leaf, Node, Operator, Span, leaves, mapped

COMPARISONS: tuple[Operator, ...] = (">", ">=", "<", "<=")
MIN_NAME_WORD = 2
MIN_URN_PART = 3
MIN_TEXT_PART = 2
MAX_DIGITS = 36
"""Significant digits of a number: what RapidPro's numbers hold."""

YES = frozenset({"yes", "true", "sim", "sí", "si"})
NO = frozenset({"no", "false", "não", "nao"})

_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_LANGUAGE = re.compile("[a-z]{3}")
NOT_DIGITS = re.compile("[^0-9]+")


def checked(tree: Node, resolver: Resolver | None, dialect: Dialect, query: str) -> Node:
    """The tree with every name looked up and every condition checked. Raises QueryError for the first that fails."""
    tree = mapped(tree, lambda leaf: _condition(leaf, resolver, dialect, query))
    for condition in leaves(tree):
        assert isinstance(condition, Condition)
        _Check(condition, resolver, dialect, query).run()
    return tree


def _condition(leaf: Leaf, resolver: Resolver | None, dialect: Dialect, query: str) -> Condition:
    match leaf:
        case Bare():
            return condition_of(leaf, resolver, dialect)
        case Comparison():
            of = named(leaf.name, resolver, dialect, leaf.name_span, query)
            values = leaf.values
            if dialect == "contacthub" and of.property.type == "datetime" and of.aspect != "month":
                values = tuple(_lower_if_relative(value) for value in values)
            return Condition(
                of.property, leaf.operator, values, of.aspect, of.forced, of.typed,
                span=leaf.span, name_span=leaf.name_span, value_spans=leaf.value_spans,
            )  # fmt: skip
        case Condition():
            return leaf


def _lower_if_relative(value: str) -> str:
    return " ".join(value.lower().split()) if dates.is_relative(value) else value


class _Check:
    """One condition under examination."""

    def __init__(self, condition: Condition, resolver: Resolver | None, dialect: Dialect, query: str) -> None:
        self.condition = condition
        self.property = condition.property
        self.operator: Operator = condition.operator
        self.resolver = resolver
        self.dialect = dialect
        self.query = query
        self.known = ATTRIBUTES.get(self.property.key) if self.property.kind == "attribute" else None

    def run(self) -> None:
        condition = self.condition
        if self.resolver and self.resolver.redact_urns and is_identity(self.property) and any(condition.values):
            raise self._error(
                "redacted_urns", {}, condition.span,
                f'Identities are hidden here. {self.name} can only be asked whether there is one: {self.name} != "".',
            )  # fmt: skip
        if self.operator == "~":
            self._check_contains()
        elif self.operator in COMPARISONS:
            self._check_comparison()
        if condition.aspect and self.property.type != "datetime" and condition.typed:
            raise self._unsupported(
                "unsupported_comparison", f"{self.property} is no date, so it has no {condition.aspect}."
            )
        for value, span in self._values():
            if value == "" and self.operator in ("=", "!="):
                self._check_set_check()
            elif self.operator != "~":
                self._check_value(value, span)

    @property
    def name(self) -> str:
        return label(self.condition)

    def _values(self) -> list[tuple[str, Span]]:
        """Each value and where it stands; a condition made by hand has no places."""
        spans = self.condition.value_spans or (self.condition.span,) * len(self.condition.values)
        return list(zip(self.condition.values, spans, strict=True))

    # -- operators ----------------------------------------------------------------------------------------------------
    def _check_contains(self) -> None:
        if not self._may_contain():
            where = "name, urn and URN schemes" if self.dialect == "rapidpro" else "texts"
            raise self._unsupported(
                "unsupported_contains", f"~ looks into {where} only, and {self.name} is {self._kind()}. Use = instead.",
                operator=False,
            )  # fmt: skip
        for value, span in self._values():
            if self.property.kind == "attribute" and self.property.key == "name":
                self._check_name_part(value, span)
            elif is_identity(self.property):
                self._check_urn_part(value, span)
            elif self.dialect == "contacthub" and len(fold_accents(value)) < MIN_TEXT_PART:
                raise self._error(
                    "invalid_partial_text", {"min_value_length": str(MIN_TEXT_PART)}, span,
                    f"{self.name} ~ needs at least {MIN_TEXT_PART} characters.",
                )  # fmt: skip

    def _may_contain(self) -> bool:
        if self.condition.aspect:
            return False
        if self.property.kind == "scheme" or (self.known and self.known.key in ("name", "urn")):
            return True
        if self.dialect == "rapidpro":
            return False
        if self.known:
            return self.known.contains and self.known.type == "text"
        return self.property.type == "text" or self.property.type in PLACES

    def _check_name_part(self, value: str, span: Span) -> None:
        if not any(fold_accents(word) for word in words(value)):
            raise self._error(
                "invalid_partial_name", {"min_token_length": str(MIN_NAME_WORD)}, span,
                f"name ~ needs a word of at least {MIN_NAME_WORD} characters. For the whole name, use =.",
            )  # fmt: skip

    def _check_urn_part(self, value: str, span: Span) -> None:
        phone = self.property.kind == "attribute" and self.property.key == "phone"
        part = NOT_DIGITS.sub("", value) if phone else fold(value)
        if len(part) < MIN_URN_PART:
            raise self._error(
                "invalid_partial_urn", {"min_value_length": str(MIN_URN_PART)}, span,
                f"{self.name} ~ needs at least {MIN_URN_PART} {'digits' if phone else 'characters'}.",
            )  # fmt: skip

    def _check_comparison(self) -> None:
        if self.condition.typed and self.property.type not in ("number", "datetime"):
            raise self._unsupported(
                "unsupported_comparison",
                f"{self.operator} compares numbers and dates, and {self.name} is {self._kind()}.",
            )
        if len(self.condition.values) > 1:
            raise self._unsupported(
                "unsupported_comparison", f"{self.operator} takes a single value; lists go with = and !=."
            )

    def _check_set_check(self) -> None:
        if self.known and not self.known.set_check:
            raise self._unsupported(
                "unsupported_setcheck", f'Every contact has a value for {self.name}, so it cannot be compared with "".'
            )

    def _kind(self) -> str:
        if self.known and self.known.yes_no:
            return "a yes or no"
        return {"number": "a number", "datetime": "a date"}.get(self.property.type, "a text")

    # -- values -------------------------------------------------------------------------------------------------------
    def _check_value(self, value: str, span: Span) -> None:
        if self.condition.aspect == "month":
            if month(value) is None:
                raise self._invalid_value(value, span, "a month is a number from 1 to 12")
        elif not self.condition.typed:
            return
        elif self.property.type == "number":
            self._check_number(value, span)
        elif self.property.type == "datetime":
            self._check_date(value, span)
        elif self.known:
            self._check_attribute(value, span)

    def _check_number(self, value: str, span: Span) -> None:
        if not is_number(value):
            raise self._error(
                "invalid_number", {"value": value}, span,
                f"{_shown(value)} is no number. Write it with digits and a decimal point, such as 36 or 12.5"
                f" (at most {MAX_DIGITS} digits).",
            )  # fmt: skip

    def _check_date(self, value: str, span: Span) -> None:
        order = self.resolver.date_order if self.resolver else "dmy"
        if dates.read(value, order, relative=self.dialect == "contacthub") is None:
            example = {"dmy": "31-12-2026", "mdy": "12-31-2026", "ymd": "2026-12-31"}[order]
            also = "." if self.dialect == "rapidpro" else ", 2026-12-31, today, or -30d for 30 days ago."
            raise self._error(
                "invalid_date", {"value": value}, span, f"{_shown(value)} is no date. Write it like {example}{also}"
            )

    def _check_attribute(self, value: str, span: Span) -> None:
        key = self.property.key
        if key == "group":
            self._check_name("group", value, span, lambda resolver: resolver.group(value) is not None)
        elif key in ("flow", "history"):
            self._check_name("flow", value, span, lambda resolver: resolver.flow(value) is not None)
        elif key == "status" and fold(value) not in STATUSES:
            raise self._error(
                "invalid_status", {"value": value}, span,
                f"{_shown(value)} is no status. A contact is {', '.join(STATUSES[:-1])} or {STATUSES[-1]}.",
            )  # fmt: skip
        elif key == "language":
            self._check_language(value, span)
        elif self.known and self.known.yes_no and yes_no(value, unknown=key == "opt_in") is None:
            right = "yes, no or unknown" if key == "opt_in" else "yes or no"
            raise self._invalid_value(value, span, f"{self.name} is {right}")
        elif key == "assignee":
            self._check_member(value, span)
        elif key == "phone":
            self._check_phone(value, span)

    def _check_language(self, value: str, span: Span) -> None:
        code = value.strip().lower()
        if _LANGUAGE.fullmatch(code) and is_language(code):
            return
        meant = find_language(value) if value.isprintable() and len(value) < 40 else None
        hint = f"Did you mean {meant}?" if meant else "Write its ISO 639-3 code, such as eng, por or spa."
        raise self._error("invalid_language", {"value": value}, span, f"{_shown(value)} is no language. {hint}")

    def _check_name(self, kind: str, value: str, span: Span, known: object) -> None:
        assert callable(known)
        if self.resolver is None or known(self.resolver):
            return
        names = sorted(self.resolver.names(kind))
        hint = nearest(value, names) or (f"The {kind}s are {_some(names)}." if names else f"There are no {kind}s yet.")
        raise self._error(
            f"invalid_{kind}", {"value": value}, span, f"There is no {kind} called {_shown(value)}. {hint}"
        )

    def _check_member(self, value: str, span: Span) -> None:
        if self.resolver is None or fold(value) == "me" or self.resolver.member(value) is not None:
            return
        names = list(self.resolver.names("member"))
        if names:
            hint = nearest(value, names) or f"The members are {_some(sorted(names))}."
            raise self._invalid_value(value, span, f"there is no member called that. {hint}".rstrip("."))

    def _check_phone(self, value: str, span: Span) -> None:
        try:
            phone_key(value, self.resolver)
        except InvalidValue as error:
            raise self._invalid_value(value, span, f"{error.message} For a part of a number, use phone ~") from None

    # -- errors -------------------------------------------------------------------------------------------------------
    def _invalid_value(self, value: str, span: Span, why: str) -> QueryError:
        return self._error(
            "invalid_value", {"property": self.property.key, "value": value}, span,
            f"{_shown(value)} does not fit {self.name}: {why}{'' if why.endswith('?') else '.'}",
        )  # fmt: skip

    def _unsupported(self, code: str, message: str, *, operator: bool = True) -> QueryError:
        extra = {"property": self.property.key} | ({"operator": self.operator} if operator else {})
        return self._error(code, extra, self.condition.span, message)

    def _error(self, code: str, extra: dict[str, str], span: Span, message: str) -> QueryError:
        return QueryError(message, code=code, extra=extra, start=span[0], end=span[1], query=self.query)


def _shown(value: str) -> str:
    return f'"{value if len(value) <= 40 else value[:39] + "…"}"'


def _some(names: list[str]) -> str:
    """Names to choose from, as many as one reads."""
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


# -- what values mean ------------------------------------------------------------------------------------------------
def is_identity(property: Property) -> bool:
    """Whether a property is a URN, which may be hidden."""
    return property.kind == "scheme" or (property.kind == "attribute" and property.key in ("urn", "phone", "phone_key"))


def is_number(value: str) -> bool:
    """Plain decimal notation of at most 36 significant digits."""
    value = value.strip()
    return bool(_DECIMAL.fullmatch(value)) and len(value.lstrip("+-").replace(".", "").strip("0")) <= MAX_DIGITS


def number(value: str) -> Decimal:
    return Decimal(value.strip())


def yes_no(value: str, *, unknown: bool = False) -> str | None:
    """`yes`, `no` or (of consent) `unknown`, for the word in English, Portuguese or Spanish; None for another."""
    word = fold(value)
    return "yes" if word in YES else "no" if word in NO else UNKNOWN if unknown and word == UNKNOWN else None


def month(value: str) -> int | None:
    value = value.strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 2 and 1 <= int(value) <= 12 else None


def phone_key(value: str, resolver: Resolver | None) -> str:
    """The match key of a phone number as people write it. Raises InvalidValue when it is no full number."""
    from contacthub.identity import phones
    from contacthub.identity.keys import match_key

    return match_key("tel:" + phones.parse(value, resolver.country if resolver else "").e164)
