"""The embedded engine against the fake: any sequence of changes leaves both in the same state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fake_store import FakeStore
from hubs import contact
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pyroaring import BitMap

from contacthub.engine.port import ChangeSet, IdentityTaken, SetChange, SetKey
from contacthub.engine.sqlite import open_store

CONTACTS = st.sampled_from([1, 2, 3, 65_535, 65_536, 200_000])
SETS = st.sampled_from([SetKey("tags", 1), SetKey("tags", 2), SetKey("groups", 1), SetKey("imports", 1)])
KEYS = st.sampled_from(["tel:1", "tel:2", "mailto:a@b.br"])
INSTANTS = st.integers(0, 400).map(lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours))


@st.composite
def changes(draw: st.DrawFn) -> ChangeSet:
    put = draw(st.dictionaries(CONTACTS, st.sampled_from(["Ana", "Rui", "Bia"]), max_size=3))
    deleted = draw(st.sets(CONTACTS, max_size=2)) - put.keys() if draw(st.booleans()) else set()
    sets = {}
    for key in draw(st.sets(SETS, max_size=2)):
        added = BitMap(draw(st.sets(CONTACTS)))
        sets[key] = SetChange(added, BitMap(draw(st.sets(CONTACTS))) - added)
    change = ChangeSet(
        put={"contacts": {id: contact(id, name=name) for id, name in put.items()}},
        deleted={"contacts": deleted},
        sets=sets,
        identities_given_up=draw(st.dictionaries(KEYS, CONTACTS, max_size=1)),
        identities_taken=draw(st.dictionaries(KEYS, CONTACTS.filter(lambda id: id not in deleted), max_size=2)),
        at=draw(INSTANTS),
    )
    if draw(st.integers(0, 9)) == 0:
        change.deleted["tags"] = {2}
        change.sets.pop(SetKey("tags", 2), None)
    elif draw(st.booleans()):
        change.put["tags"] = {2: {"key": "two", "name": draw(st.sampled_from(["two", "zwei"]))}}
    return change


class BothStores(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.fake = FakeStore()
        self.real = open_store(":memory:")
        self.cursors = []
        self.note()
        catalogues = ChangeSet(
            put={
                "tags": {1: {"key": "one", "name": "one"}, 2: {"key": "two", "name": "two"}},
                "groups": {1: {"uuid": "g"}},
                "imports": {1: {"key": "i"}},
            }
        )
        self.both(lambda store: store.apply(catalogues))

    def both(self, do) -> None:
        outcomes = []
        for store in (self.fake, self.real):
            try:
                outcomes.append(do(store))
            except (IdentityTaken, KeyError) as error:
                outcomes.append(type(error))
        assert outcomes[0] == outcomes[1]

    @rule()
    def note(self) -> None:
        self.cursors.append((self.fake.cursor(), self.real.cursor()))

    @rule(change=changes())
    def apply(self, change: ChangeSet) -> None:
        self.both(lambda store: store.apply(change))

    @rule(several=st.lists(changes(), min_size=1, max_size=3), kept=st.booleans())
    def together(self, several: list[ChangeSet], kept: bool) -> None:
        def run(store) -> None:
            with store.transaction():
                for change in several:
                    store.apply(change)
                    dict(store.scan("contacts"))  # must not be remembered beyond the roll-back
                if not kept:
                    raise KeyError

        self.both(run)

    @rule(table=st.sampled_from(["contacts", "tags", "new"]), count=st.integers(1, 3))
    def reserve(self, table: str, count: int) -> None:
        self.both(lambda store: store.reserve(table, count))

    @invariant()
    def are_the_same(self) -> None:
        if not hasattr(self, "real"):
            return
        for table in ("contacts", "tags", "groups"):
            assert dict(self.real.scan(table)) == dict(self.fake.scan(table))
            assert self.real.count(table) == self.fake.count(table)
        everyone = BitMap(id for id, _ in self.fake.scan("contacts"))
        assert self.real.memberships(everyone) == self.fake.memberships(everyone)
        assert self.real.owners(["tel:1", "tel:2"]) == self.fake.owners(["tel:1", "tel:2"])
        for fakes, reals in self.cursors:
            ours, theirs = self.real.changes(reals), self.fake.changes(fakes)
            assert (ours.put, ours.deleted, ours.sets) == (theirs.put, theirs.deleted, theirs.sets)
            assert ours.touched == theirs.touched

    def teardown(self) -> None:
        if hasattr(self, "real"):
            self.real.close()


TestBothStores = BothStores.TestCase
TestBothStores.settings = settings(
    max_examples=60, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
