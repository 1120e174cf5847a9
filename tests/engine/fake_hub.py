"""The fake of the port with searching added, by the evaluator of one contact: enough for a whole hub to run over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import Any

import pyarrow
from fake_store import FakeStore
from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Sort
from contacthub.model.text import fold
from contacthub.query.evaluator import matches
from contacthub.query.meaning import Meaning
from contacthub.query.properties import Property
from contacthub.query.values import values


class SearchingFake(FakeStore):
    def matching(self, meaning: Meaning) -> BitMap:
        return BitMap(id for id, document in self.scan(CONTACTS) if matches(meaning, document))

    def counts(self, meanings: Sequence[Meaning]) -> list[int]:
        return [len(self.matching(meaning)) for meaning in meanings]

    def ordered(self, ids: BitMap, sort: Sort, offset: int = 0, limit: int | None = None) -> list[int]:
        documents = sorted(self.get(CONTACTS, ids).items(), key=lambda item: item[1]["uuid"])
        having = [item for item in documents if values(item[1], sort.property)]
        having.sort(key=lambda item: _place(values(item[1], sort.property)[0]), reverse=sort.descending)
        order = [id for id, _ in having] + [id for id, document in documents if not values(document, sort.property)]
        return order[offset : None if limit is None else offset + limit]

    def tally(self, ids: BitMap, properties: Sequence[Property]) -> list[tuple[tuple[Any, ...], int]]:
        found: Counter[tuple[Any, ...]] = Counter()
        for document in self.get(CONTACTS, ids).values():
            found.update(product(*(values(document, property) or (None,) for property in properties)))
        return found.most_common()

    def values(self, property: Property, prefix: str = "", limit: int = 20) -> list[tuple[str, int]]:
        found = Counter(str(value) for _, document in self.scan(CONTACTS) for value in values(document, property))
        return [(value, count) for value, count in found.most_common() if fold(value).startswith(prefix)][:limit]

    def arrow(self, ids: BitMap, properties: Sequence[Property]) -> pyarrow.Table:
        documents = self.get(CONTACTS, ids).values()
        columns = {
            property.label: [next(iter(values(one, property)), None) for one in documents] for property in properties
        }
        return pyarrow.table({"uuid": [one["uuid"] for one in documents], **columns})

    def purge(self) -> None:
        """Nothing of what was deleted is left here."""


def _place(value: Any) -> Any:
    return fold(value) if isinstance(value, str) else value
