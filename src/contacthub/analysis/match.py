"""Rows of a table matched to contacts by phone or e-mail, by the rules of imports, once per distinct value."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from pyroaring import BitMap

from contacthub.errors import InvalidValue
from contacthub.identity.keys import match_key, weak_match_keys
from contacthub.identity.phones import Phone, parse_many, split
from contacthub.identity.urns import normalize
from contacthub.session import Session

HOWS = ("matched", "weak", "unknown", "invalid", "several")
Found = tuple[int | None, str]
"""A contact's id, and how it was found: one of `HOWS`; empty for a blank."""
_BLANK: Found = (None, "")
_Cells = Mapping[Hashable, tuple[Hashable, ...]]
"""Each distinct cell with its values."""
_Answers = dict[Hashable, Found]


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
    rows: Sequence[Any]
    answers: Mapping[Any, Found]
    if len(columns) == 1:
        rows, answers = columns[0], {found: _joined((found,)) for found in set(columns[0])}
    else:
        rows = list(zip(*columns, strict=True))
        answers = {row: _joined(row) for row in set(rows)}
    uuids = _uuids(session, {id for id, _ in answers.values() if id is not None})
    told = {row: (None if id is None else uuids.get(id), how) for row, (id, how) in answers.items()}
    return [told[row] for row in rows]


def _uuids(session: Session, ids: set[int]) -> dict[int, str]:
    wanted = BitMap(ids)
    uuids: list[str] = session.store.arrow(wanted, []).column("uuid").to_pylist() if wanted else []
    return dict(zip(wanted, uuids, strict=True))


def _looked_up(session: Session, column: Sequence[Any], look_up: Callable[[Session, _Cells], _Answers]) -> list[Found]:
    cells = [cell if type(cell) is str else _values(cell) for cell in column]
    values = {cell: _values(cell) for cell in dict.fromkeys(cells)}
    found = look_up(session, {cell: some for cell, some in values.items() if some})
    return [found.get(cell, _BLANK) for cell in cells]


def _values(cell: Any) -> tuple[Hashable, ...]:
    """The values of a cell; none in an empty one."""
    if isinstance(cell, str):
        return () if cell in _EMPTY or cell.isspace() else (cell,)
    if isinstance(cell, list | tuple | set | frozenset):
        return tuple(value for each in cell for value in _values(each))
    if not isinstance(cell, int | float) or isinstance(cell, bool):
        return _values("" if cell is None else str(cell))  # a dict or a date is no number and no address
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


def _by_phone(session: Session, cells: _Cells) -> _Answers:
    """A text may hold several numbers."""
    parts = {cell: [part for value in values for part in _parts(value)] for cell, values in cells.items()}
    flat = list(dict.fromkeys(part for some in parts.values() for part in some))
    parsed = zip(flat, parse_many(flat, session.settings.country), strict=True)
    urns = {part: f"tel:{phone.e164}" for part, phone in parsed if isinstance(phone, Phone)}
    keys = {urn: match_key(urn) for urn in urns.values()}
    owners = session.store.owners(set(keys.values()))
    weak = {urn: weak_match_keys(urn) for urn, key in keys.items() if key not in owners}
    weak_owners = session.store.owners({key for some in weak.values() for key in some})
    found: _Answers = {}
    for cell, some in parts.items():
        known = [urns[part] for part in some if part in urns]
        strong = {owners[keys[urn]] for urn in known if keys[urn] in owners}
        maybe = {weak_owners[key] for urn in known for key in weak.get(urn, ()) if key in weak_owners}
        found[cell] = _decided(strong, maybe, bool(known))
    return found


def _parts(value: Hashable) -> list[Any]:
    if not isinstance(value, str):
        return [value]
    return [value] if _ONE_NUMBER.fullmatch(value) else split(value)


_ONE_NUMBER = re.compile(r"\+?[0-9 ().-]+")
"""No separator of several numbers in it: the usual case, told quickly."""


def _by_mail(session: Session, cells: _Cells) -> _Answers:
    keys: dict[Hashable, str] = {}
    for value in dict.fromkeys(value for values in cells.values() for value in values):
        try:
            keys[value] = match_key(str(normalize(f"mailto:{value}")))
        except InvalidValue:
            continue
    owners = session.store.owners(set(keys.values()))
    return {
        cell: _decided(
            {owners[keys[value]] for value in values if value in keys and keys[value] in owners},
            set(),
            any(value in keys for value in values),
        )
        for cell, values in cells.items()
    }


def _decided(strong: set[int], weak: set[int], valid: bool) -> Found:
    for ids, how in ((strong, "matched"), (weak, "weak")):
        if len(ids) == 1:
            return next(iter(ids)), how
        if ids:
            return None, "several"
    return None, "unknown" if valid else "invalid"
