"""The distinct values of a column, in order. A condition is decided here, once per value, and not once per contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.index import Hits
from contacthub.engine.columns.strings import ENCODING, Strings, arrow_texts, as_binary, as_text
from contacthub.engine.columns.zones import month_and_day
from contacthub.model.text import fold, fold_accents
from contacthub.query.meaning import Equals, HasText, InNumbers, InTime, IsSet, OnDays, Test

DAY = 86_400_000_000
"""Microseconds of a day."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_SPACE = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
"""What `str.strip` takes off a text in ASCII."""
_NOTHING: Hits = (0, 0)


class Entries(Protocol):
    """Distinct values in their order."""

    def __len__(self) -> int: ...
    def hits(self, test: Test) -> Hits:
        """Which values pass a test."""

    def value(self, index: int) -> Any:
        """A value as Python has it: str, int, float, Decimal, date, or a datetime in UTC."""

    @property
    def ranks(self) -> Array | None:
        """The place of each value in an order in which some are equal; None when all differ."""

    def sort_key(self, index: int) -> Any:
        """What the order compares, equal for values of equal rank, comparable between columns of one type."""

    def arrays(self) -> Mapping[str, Array]:
        """What has to be kept to make the same entries again."""


def unsupported(entries: object, test: Test) -> TypeError:
    return TypeError(f"{type(test).__name__} is no test for {type(entries).__name__}")


class Texts:
    """Distinct texts, sorted by their folded form, then as they are."""

    def __init__(self, spelled: Strings, folded: Strings, plain: Strings) -> None:
        self.spelled = spelled
        self.folded = folded
        """Parallel to `spelled`, so spellings of one text stand side by side."""
        self.plain = plain
        """Without accents, parallel too."""

    @classmethod
    def of(cls, values: Sequence[str]) -> tuple[Texts, Array]:
        """From distinct texts in any order; also the index at which each of them ended."""
        keys = [fold(value) for value in values]
        if keys == list(values):  # uuids, phones: most of what there is very much of
            order = sorted(range(len(keys)), key=keys.__getitem__)
            spelled = folded = Strings.of(keys[index] for index in order)
        else:
            pairs = list(zip(keys, values, strict=True))
            order = sorted(range(len(keys)), key=pairs.__getitem__)
            spelled = Strings.of(values[index] for index in order)
            folded = Strings.of(keys[index] for index in order)
        plain = folded
        if not all(map(str.isascii, keys)):
            plain = Strings.of(fold_accents(values[index]) for index in order)
        places = np.empty(len(order), np.int64)
        places[order] = np.arange(len(order))
        return cls(spelled, folded, plain), places

    @classmethod
    def of_arrow(cls, values: Any) -> tuple[Texts, Array]:
        """As `of`, from an Arrow array of distinct binaries. Only texts that are not ASCII are folded one by one."""
        import pyarrow as pa
        import pyarrow.compute as pc

        texts = as_text(values)
        other = pc.invert(pc.string_is_ascii(texts))
        others = [raw.decode(*ENCODING) for raw in values.filter(other).to_pylist()]
        keys = as_binary(pc.ascii_lower(pc.ascii_trim(texts, _SPACE)))
        folded_others = list(map(fold, others))
        keys = pc.replace_with_mask(keys, other, arrow_texts(folded_others))
        if keys.equals(values):  # uuids, phones: most of what there is very much of
            order = pc.sort_indices(keys)
            spelled = folded = Strings.of_arrow(keys.take(order))
        else:
            both = pa.table({"key": keys, "value": values})
            order = pc.sort_indices(both, sort_keys=[("key", "ascending"), ("value", "ascending")])
            spelled, folded = Strings.of_arrow(values.take(order)), Strings.of_arrow(keys.take(order))
        plain = folded
        if not all(map(str.isascii, folded_others)):
            without = pc.replace_with_mask(keys, other, arrow_texts(list(map(fold_accents, others))))
            plain = Strings.of_arrow(without.take(order))
        places = np.empty(len(values), np.int64)
        places[order.to_numpy()] = np.arange(len(values))
        return cls(spelled, folded, plain), places

    def __len__(self) -> int:
        return len(self.spelled)

    def hits(self, test: Test) -> Hits:
        match test:
            case IsSet():
                return (0, len(self))
            case Equals(values=values):
                ranges = [self.folded.equal(value) for value in values]
                ranges = [(low, high) for low, high in ranges if low < high]
                if len(ranges) <= 1:
                    return ranges[0] if ranges else _NOTHING
                return np.concatenate([np.arange(low, high) for low, high in sorted(ranges)])
            case HasText(part=part, accents=accents):
                return (self.folded if accents else self.plain).containing(part)
        raise unsupported(self, test)

    def value(self, index: int) -> str:
        return self.spelled[index]

    @cached_property
    def ranks(self) -> Array | None:
        if self.folded is self.spelled:
            return None
        repeats = self.folded.repeats()
        if len(repeats) == 0:
            return None
        differs = np.ones(len(self), np.int64)
        differs[repeats] = 0
        found: Array = np.cumsum(differs) - 1
        return found

    def sort_key(self, index: int) -> bytes:
        return self.folded.raw(index)

    def arrays(self) -> dict[str, Array]:
        kept = {"offsets": self.spelled.offsets, "bytes": self.spelled.bytes}
        if self.folded is not self.spelled:
            kept |= {"folded.offsets": self.folded.offsets, "folded.bytes": self.folded.bytes}
        if self.plain is not self.folded:
            kept |= {"plain.offsets": self.plain.offsets, "plain.bytes": self.plain.bytes}
        return kept

    @classmethod
    def from_arrays(cls, kept: Mapping[str, Array]) -> Texts:
        spelled = Strings(kept["offsets"], kept["bytes"])
        folded = Strings(kept["folded.offsets"], kept["folded.bytes"]) if "folded.bytes" in kept else spelled
        plain = Strings(kept["plain.offsets"], kept["plain.bytes"]) if "plain.bytes" in kept else folded
        return cls(spelled, folded, plain)


def decimal(value: float | Decimal) -> Decimal:
    """The decimal that a stored number stands for: 0.1 is a tenth, whatever its binary form."""
    return Decimal(value) if isinstance(value, Decimal | int) else Decimal(repr(value))


class Numbers:
    """Distinct numbers. Those that no binary float holds exactly are kept beside it as decimals."""

    ranks: Array | None = None

    def __init__(self, floats: Array, exact: Mapping[int, Decimal]) -> None:
        self.floats = floats
        self.exact = exact

    @classmethod
    def of(cls, values: Sequence[float | Decimal]) -> tuple[Numbers, Array]:
        """From distinct numbers in any order; also the index at which each of them ended."""
        keys: Sequence[Any] = values
        if any(isinstance(value, Decimal) or (isinstance(value, int) and abs(value) > 2**53) for value in values):
            keys = [decimal(value) for value in values]
        order = sorted(range(len(values)), key=keys.__getitem__)
        floats = np.array([float(values[index]) for index in order], np.float64)
        exact = {}
        if keys is not values:
            exact = {
                place: keys[index]
                for place, index in enumerate(order)
                if decimal(float(floats[place])) != keys[index]
            }  # fmt: skip
        places = np.empty(len(order), np.int64)
        places[order] = np.arange(len(order))
        return cls(floats, exact), places

    def __len__(self) -> int:
        return len(self.floats)

    def hits(self, test: Test) -> Hits:
        match test:
            case IsSet():
                return (0, len(self))
            case InNumbers(low=low, high=high, low_included=low_included, high_included=high_included):
                start = 0 if low is None else self._place(low, after=not low_included)
                end = len(self) if high is None else self._place(high, after=high_included)
                return (start, max(start, end))
        raise unsupported(self, test)

    def _place(self, bound: Decimal, after: bool) -> int:
        """The first index whose number is `bound` or more, or more than `bound`."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            number = self.sort_key(middle)
            if number > bound or (number == bound and not after):
                high = middle
            else:
                low = middle + 1
        return low

    def sort_key(self, index: int) -> Decimal:
        return self.exact[index] if index in self.exact else decimal(float(self.floats[index]))

    def value(self, index: int) -> int | float | Decimal:
        if index in self.exact:
            return self.exact[index]
        number = float(self.floats[index])
        return int(number) if number.is_integer() and abs(number) < 2**53 else number

    def arrays(self) -> dict[str, Array]:
        kept: dict[str, Array] = {"floats": self.floats}
        if self.exact:
            texts = Strings.of(str(number) for number in self.exact.values())
            kept |= {
                "exact.places": np.fromiter(self.exact, np.int64, len(self.exact)),
                "exact.offsets": texts.offsets,
                "exact.bytes": texts.bytes,
            }
        return kept

    @classmethod
    def from_arrays(cls, kept: Mapping[str, Array]) -> Numbers:
        exact: dict[int, Decimal] = {}
        if "exact.places" in kept:
            texts = Strings(kept["exact.offsets"], kept["exact.bytes"]).every()
            exact = dict(zip(kept["exact.places"].tolist(), map(Decimal, texts), strict=True))
        return cls(kept["floats"], exact)


class Moments:
    """Distinct moments by time. A civil date, which has no zone, stands at its midnight UTC, before that instant."""

    ranks: Array | None = None

    def __init__(self, micros: Array, civil: Array | None) -> None:
        self.micros = micros
        """Microseconds since 1970, UTC."""
        self.civil = civil
        """Which are civil dates; None when none is."""
        self._days: dict[str, Array] = {}

    @classmethod
    def of(cls, values: Sequence[int | date]) -> tuple[Moments, Array]:
        """From distinct moments (instants as microseconds) in any order; also where each of them ended."""
        civil = np.fromiter((not isinstance(value, int) for value in values), np.bool_, len(values))
        micros = np.fromiter(
            (value if isinstance(value, int) else midnight(value) for value in values), np.int64, len(values)
        )
        order = np.lexsort((~civil, micros))
        places = np.empty(len(order), np.int64)
        places[order] = np.arange(len(order))
        return cls(micros[order], civil[order] if civil.any() else None), places

    def __len__(self) -> int:
        return len(self.micros)

    def hits(self, test: Test) -> Hits:
        match test:
            case IsSet():
                return (0, len(self))
            case InTime(start=start, end=end, first_day=first_day, end_day=end_day):
                instants = self._range(start, end)
                if self.civil is None:
                    return instants
                days = self._range(
                    None if first_day is None else midnight(first_day), None if end_day is None else midnight(end_day)
                )
                passes = np.zeros(len(self), np.bool_)
                passes[slice(*instants)] = ~self.civil[slice(*instants)]
                passes[slice(*days)] |= self.civil[slice(*days)]
                return np.flatnonzero(passes)
            case OnDays(days=days, timezone=timezone):
                return np.flatnonzero(np.isin(self._month_and_day(timezone), list(days)))
        raise unsupported(self, test)

    def _range(self, start: int | None, end: int | None) -> tuple[int, int]:
        first = 0 if start is None else int(np.searchsorted(self.micros, start))
        last = len(self) if end is None else int(np.searchsorted(self.micros, end))
        return first, max(first, last)

    def _month_and_day(self, timezone: str) -> Array:
        """Month × 100 + day of each moment, kept for the zone."""
        if timezone not in self._days:
            days = month_and_day(self.micros, timezone)
            if self.civil is not None:
                days = np.where(self.civil, month_and_day(self.micros, "UTC"), days)
            self._days[timezone] = days
        return self._days[timezone]

    def sort_key(self, index: int) -> tuple[int, bool]:
        return int(self.micros[index]), self.civil is None or not self.civil[index]

    def value(self, index: int) -> datetime | date:
        instant = _EPOCH + timedelta(microseconds=int(self.micros[index]))
        return instant.date() if self.civil is not None and self.civil[index] else instant

    def arrays(self) -> dict[str, Array]:
        return {"micros": self.micros} | ({} if self.civil is None else {"civil": self.civil})

    @classmethod
    def from_arrays(cls, kept: Mapping[str, Array]) -> Moments:
        return cls(kept["micros"], kept.get("civil"))


def midnight(day: date) -> int:
    """The instant at which a civil date stands, in microseconds since 1970."""
    return (day.toordinal() - _EPOCH_DAY) * DAY
