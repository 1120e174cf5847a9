"""Rows of a table matched to contacts by phone or e-mail, by the rules of imports, once per distinct value."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from pyroaring import BitMap

from contacthub.errors import InvalidValue
from contacthub.identity.keys import has_weak_spellings, match_key, spellings
from contacthub.identity.phones import Phone, parse_many, split
from contacthub.identity.urns import normalize
from contacthub.session import Session

HOWS = ("matched", "weak", "unknown", "invalid", "several")
Found = tuple[int | None, str]
"""A contact's id, and how it was found: one of `HOWS`; empty for a blank."""
_BLANK: Found = (None, "")


def match(
    session: Session, phones: Sequence[Sequence[Any]], mails: Sequence[Sequence[Any]]
) -> list[tuple[str | None, str]]:
    """Per row: the uuid of the contact, and how, from columns of phones and of e-mail addresses.

    `matched` by a strong spelling, `weak` by one that reaches the same person only probably, `unknown` where nobody
    has it, `invalid` where the value is no number and no address, `several` where the row points at more than one
    contact (no uuid then). A cell that is a list holds several values.
    """
    columns = [_looked_up(session, column, _by_phone) for column in phones]
    columns += [_looked_up(session, column, _by_mail) for column in mails]
    rows = list(zip(*columns, strict=True))
    answers = {row: _joined(row) for row in set(rows)}
    uuids = _uuids(session, {id for id, _ in answers.values() if id is not None})
    told = {row: (uuids.get(id) if id is not None else None, how) for row, (id, how) in answers.items()}
    return [told[row] for row in rows]


def _uuids(session: Session, ids: set[int]) -> dict[int, str]:
    wanted = BitMap(ids)
    uuids: list[str] = session.store.arrow(wanted, []).column("uuid").to_pylist() if wanted else []
    return dict(zip(wanted, uuids, strict=True))


def _looked_up(session: Session, column: Sequence[Any], look_up: Any) -> list[Found]:
    cells = [_values(cell) for cell in column]
    found: dict[tuple[Hashable, ...], Found] = look_up(session, [cell for cell in dict.fromkeys(cells) if cell])
    return [found[cell] if cell else _BLANK for cell in cells]


def _values(cell: Any) -> tuple[Hashable, ...]:
    """The values of a cell; none in an empty one."""
    if isinstance(cell, str):
        return (cell,) if cell.strip() not in _EMPTY else ()
    if isinstance(cell, list | tuple | set | frozenset):
        return tuple(value for each in cell for value in _values(each))
    if not isinstance(cell, int | float) or cell is True or cell is False:
        cell = "" if cell is None else str(cell)  # a dict or a date is no number and no address
        return _values(cell)
    return (cell,) if cell == cell else ()  # noqa: PLR0124 -- only NaN differs from itself


_EMPTY = frozenset({"", "nan", "NaN", "NaT", "<NA>"})


def _joined(found: tuple[Found, ...]) -> Found:
    """One answer for a row of several columns: a match beats a weak one, that beats none; two contacts are several."""
    ids = {id for id, _ in found if id is not None}
    hows = [how for _, how in found]
    if len(ids) > 1 or "several" in hows:
        return None, "several"
    for how in ("matched", "weak"):
        if how in hows:
            return next(iter(ids)), how
    return None, "unknown" if "unknown" in hows else "invalid" if "invalid" in hows else "unknown"


def _by_phone(session: Session, cells: list[tuple[Hashable, ...]]) -> dict[tuple[Hashable, ...], Found]:
    """A text may hold several numbers."""
    parts = {cell: [part for value in cell for part in _parts(value)] for cell in cells}
    flat = list(dict.fromkeys(part for some in parts.values() for part in some))
    parsed = zip(flat, parse_many(flat, session.settings.country), strict=True)
    urns = {part: f"tel:{phone.e164}" for part, phone in parsed if isinstance(phone, Phone)}
    keys = {urn: match_key(urn) for urn in urns.values()}
    owners = session.store.owners(set(keys.values()))
    weak = {
        urn: {match_key(spelling) for spelling in spellings(urn, weak=True)}
        for urn, key in keys.items()
        if key not in owners and has_weak_spellings(urn)
    }
    weak_owners = session.store.owners({key for some in weak.values() for key in some}) if weak else {}
    found: dict[tuple[Hashable, ...], Found] = {}
    for cell, some in parts.items():
        known = [urns[part] for part in some if part in urns]
        strong = {owners[keys[urn]] for urn in known if keys[urn] in owners}
        maybe = {weak_owners[key] for urn in known for key in weak.get(urn, ()) if key in weak_owners}
        found[cell] = _decided(strong, maybe, bool(known))
    return found


def _parts(value: Hashable) -> list[Any]:
    if not isinstance(value, str):
        return [value]
    # Letters and all separators apart, a text of one number is the usual case, and splitting takes a pattern.
    return [value] if value.translate(_ONE_NUMBER) == "" else split(value)


_ONE_NUMBER = dict.fromkeys(map(ord, "+0123456789 ()-."))


def _by_mail(session: Session, cells: list[tuple[Hashable, ...]]) -> dict[tuple[Hashable, ...], Found]:
    keys: dict[Hashable, str] = {}
    for value in dict.fromkeys(value for cell in cells for value in cell):
        try:
            keys[value] = match_key(str(normalize(f"mailto:{value}")))
        except InvalidValue:
            continue
    owners = session.store.owners(set(keys.values()))
    return {
        cell: _decided(
            {owners[keys[value]] for value in cell if value in keys and keys[value] in owners},
            set(),
            any(value in keys for value in cell),
        )
        for cell in cells
    }


def _decided(strong: set[int], weak: set[int], valid: bool) -> Found:
    for ids, how in ((strong, "matched"), (weak, "weak")):
        if len(ids) == 1:
            return next(iter(ids)), how
        if ids:
            return None, "several"
    return None, "unknown" if valid else "invalid"
