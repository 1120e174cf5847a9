"""The right to erasure: nothing of the person is left in any byte of the hub's files, and a later import knows."""

from __future__ import annotations

import contextlib
import grp
import os
import zlib
from pathlib import Path

import pandas as pd
import pytest

import contacthub as ch
from contacthub.channels.events import IdentityChange
from contacthub.channels.registry import CHANNELS
from contacthub.engine.port import CONTACTS, ChangeSet
from contacthub.engine.sqlite.own import HUB_TABLES
from contacthub.identity.keys import match_key
from contacthub.imports.review import SUBMISSIONS
from contacthub.operations.forget import EVENTS, FORGOTTEN, forgotten
from contacthub.operations.history import OPERATIONS
from contacthub.operations.ledger import LEDGER
from contacthub.operations.snapshots import SNAPSHOTS
from contacthub.operations.suggestions import SUGGESTIONS, suggestion
from contacthub.session import CATALOGUES

NAME, CITY, PHONE = "Zuleica Forgettable", "Xique-Xique", "+5521987650001"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audience.hub"


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_nothing_of_a_forgotten_person_is_left_in_the_files(path: Path) -> None:
    with ch.open(path, create=True, actor="bia") as hub:
        hub.settings.update(country="BR")
        hub.fields.create("City")
        person = hub.contacts.create(name=NAME, urns=[f"tel:{PHONE}"], fields={"city": CITY}, remarks="owes a cake")
        other = hub.contacts.create(name="Stays", fields={"city": "Recife"})
        hub.groups.create("Team")
        hub.find("").add_to_group("Team")
        hub.groups.snapshot("Team")
        person.edit(name=NAME + " Silva", fields={"city": CITY + " do Norte"})
        person.opt_in(proof="form 12")
        person.opt_out(note="called us")
        assert hub.find(f'city ~ "{CITY}"').count == 1
        assert NAME.encode() in bytes_of(path.parent)

        with pytest.raises(ch.InvalidValue, match="confirm with the name"):
            hub.contacts.forget(person, confirm="somebody")
        report = hub.contacts.forget(person, confirm=NAME + " Silva")
        assert report.records >= 3
        assert report.out_of_reach

        assert hub.contacts.by_urn(f"tel:{PHONE}") is None
        assert hub.contacts.get(other.uuid).name == "Stays"
        assert hub.store.check() == []
        with pytest.raises(ch.Refused, match="cannot be undone"):
            hub.undo(report.operation.id)
        key = match_key(f"tel:{PHONE}")
        assert forgotten(hub.session, [key, "phone:1"]) == {key: forgotten(hub.session, [key])[key]}
        assert forgotten(hub.session, [key])[key]["opted_out"] == ["marketing"]
    left = bytes_of(path.parent)
    for secret in (NAME, CITY, PHONE[1:], "owes a cake", "called us", person.uuid, person.ref):
        assert secret.encode() not in left, secret


def test_who_was_merged_into_a_forgotten_person_is_forgotten_too(path: Path) -> None:
    with ch.open(path, create=True, actor="bia") as hub:
        hub.settings.update(country="BR")
        hub.fields.create("City")
        person = hub.contacts.create(name=NAME, urns=[f"tel:{PHONE}"])
        second = hub.contacts.create(name="Quirina Twice", urns=["tel:+5511912345678"], remarks="left-handed")
        first = hub.contacts.create(name="Quirina Once", urns=["mailto:quirina@example.com"])
        second.edit(name="Quirina Renamed", fields={"city": CITY}, urns=["tel:+5511912349999"])
        hub.contacts.merge(second, first)
        hub.contacts.merge(person, second)
        hub.contacts.forget(person, confirm=NAME)
        assert hub.verify() == []
    left = bytes_of(path.parent)
    for secret in ("Quirina", "912345678", "912349999", "quirina@", CITY, "left-handed", NAME, second.uuid, first.uuid):
        assert secret.encode() not in left, secret


def test_who_was_merged_by_mistake_and_is_apart_again_stays(hub: ch.Hub) -> None:
    person = hub.contacts.create(name=NAME, urns=[f"tel:{PHONE}"])
    other = hub.contacts.create(name="Somebody Else", urns=["tel:+5511912345678"])
    hub.contacts.merge(person, other)
    hub.undo()
    hub.contacts.forget(person, confirm=NAME)
    stays = hub.contacts.get(other.uuid)
    assert (stays.name, stays.urns) == ("Somebody Else", ["tel:+5511912345678"])
    assert hub.contacts.by_urn("tel:+5511912345678") == stays
    assert [change.property for change in stays.history()].count("contact") == 3, "created, merged away, and back"


def test_what_was_said_while_two_were_merged_stays_said_of_the_other(hub: ch.Hub) -> None:
    person = hub.contacts.create(name=NAME, urns=[f"tel:{PHONE}"])
    other = hub.contacts.create(name="Somebody Else")
    merge = hub.contacts.merge(person, other)
    hub.contacts.get(person.uuid).opt_out()
    hub.undo(merge.id)
    before = hub.contacts.get(other.uuid).opt_in
    hub.contacts.forget(person, confirm=NAME)
    assert hub.contacts.get(other.uuid).opt_in == before
    assert hub.verify() == []


@pytest.mark.parametrize(
    "query",
    [
        f'name = "{NAME}"',
        f'name = "{NAME.upper()}" OR name = Bruno',
        "tel = +5521987650001",
        'tel = "(21) 98765-0001"',
        'tel ~ "9.8765.0001"',
        "whatsapp = 552187650001",
        'tel = "0 15 21 98765-0001" OR tel = "11 91234-5678"',
        "mailto = Zuleica@Example.COM",
    ],
)
def test_queries_of_the_history_name_a_forgotten_person_no_longer(hub: ch.Hub, tmp_path: Path, query: str) -> None:
    person = hub.contacts.create(name=NAME, urns=[f"tel:{PHONE}", "mailto:zuleica@example.com"])
    hub.contacts.create(name="Bruno")
    hub.export(tmp_path / "out.csv", query=query)
    hub.find(query).untag("nothing")
    hub.groups.create("Old", query=query)
    hub.groups.delete("Old")
    hub.contacts.forget(person, confirm=NAME)
    told = repr([(one.summary, one.arguments, one.effects) for one in hub.operations(limit=None)]).casefold()
    digits = "".join(character for character in told if character.isdigit())
    assert "zuleica" not in told
    assert "8765000" not in digits
    assert "a forgotten person" in told
    if "Bruno" in query:
        assert "bruno" in told
    if "91234" in query:
        assert "91234" in digits, "somebody else's number stays"


def test_the_history_of_a_namesake_stays(hub: ch.Hub) -> None:
    person, other = hub.contacts.create(name=NAME), hub.contacts.create(name=NAME)
    other.edit(remarks="tall")
    hub.contacts.forget(person, confirm=NAME)
    assert NAME in hub.operations()[1].summary


def test_queries_that_still_name_the_person_are_told(hub: ch.Hub) -> None:
    person = hub.contacts.create(name=NAME, urns=[f"tel:{PHONE}"])
    hub.groups.create("Her", query='tel = "21 98765-0001"')
    hub.groups.create("Others", query="tel = +5511912345678")
    hub.searches.create("her again", f'name = "{NAME}"')
    report = hub.contacts.forget(person, confirm=NAME)
    assert [line.partition(":")[0] for line in report.named_in] == ["group 'Her'", "saved search 'her again'"]


def test_who_was_deleted_can_still_be_forgotten(path: Path) -> None:
    with ch.open(path, create=True, actor="bia") as hub:
        hub.settings.update(country="BR")
        person = hub.contacts.create(name=NAME, urns=[f"tel:{PHONE}"], remarks="owes a cake")
        person.opt_out()
        person.delete()
        with pytest.raises(ch.InvalidValue, match="confirm"):
            hub.contacts.forget(person.uuid, confirm="")
        hub.contacts.forget(person.uuid, confirm=NAME)
        key = match_key(f"tel:{PHONE}")
        assert forgotten(hub.session, [key])[key]["opted_out"] == ["marketing"]
        with pytest.raises(ch.NotFound):
            hub.contacts.forget(person.uuid, confirm=NAME)
        assert hub.undo().of.kind == "settings", "of what she was nothing can come back"
    left = bytes_of(path.parent)
    for secret in (NAME, PHONE[1:], "owes a cake", person.uuid):
        assert secret.encode() not in left, secret


def test_a_number_that_the_person_had_once_is_known_later(path: Path, clock) -> None:
    with ch.open(path, create=True, actor="bia", clock=clock) as hub:
        hub.settings.update(country="BR")
        channel = hub.channels.create("Front desk")
        person = hub.contacts.create(name=NAME, urns=["whatsapp:5521987650001"])
        hub.receive(
            IdentityChange(
                channel=channel.uuid, id="1", time=clock.now, previous=("whatsapp:5521987650001",),
                identities=("whatsapp:5511912345678",),
            )
        )  # fmt: skip
        person = hub.contacts.get(person.uuid)
        assert person.urns == ["whatsapp:5511912345678"]
        hub.contacts.forget(person, confirm=NAME)
        keys = {match_key("tel:+5521987650001"), match_key("tel:+5511912345678")}
        assert forgotten(hub.session, keys).keys() == keys
        assert hub.store.owners([f"was:{key}" for key in keys]) == {}
    left = bytes_of(path.parent)
    for secret in ("987650001", "912345678"):
        assert secret.encode() not in left, secret


def test_imports_that_wait_and_hold_the_person_are_withdrawn(path: Path) -> None:
    with ch.open(path, create=True, actor="bia") as hub:
        hub.settings.update(country="BR")
        person = hub.contacts.create(name=NAME, urns=[f"tel:{PHONE}"])
        hers = pd.DataFrame({"Phone": ["21 98765-0001", "11 91234-5678"], "Name": ["Z. F.", "Bruno"]})
        others = pd.DataFrame({"Phone": ["11 91234-5678"], "Name": ["Bruno"]})
        mine = hub.imports.preview(hers).submit()
        hub.imports.preview(others).submit()
        report = hub.contacts.forget(person, confirm=NAME)
        assert report.withdrawn == (mine.file,)
        withdrawn = hub.imports.get(mine.id)
        assert (withdrawn.state, withdrawn.comments[-1]["text"]) == ("rejected", "a person in it was forgotten")
        with pytest.raises(ch.NotFound, match="no longer kept"):
            withdrawn.preview()
        assert [one.preview().summary["create"] for one in hub.imports.pending()] == [1]
    tables = zlib_texts(bytes_of(path.parent))
    assert b"98765-0001" not in tables
    assert b"91234-5678" in tables


def zlib_texts(data: bytes) -> bytes:
    """Everything in the bytes that is compressed, in plain."""
    found = []
    for start in range(len(data) - 1):
        if data[start] == 0x78 and data[start + 1] in (0x01, 0x5E, 0x9C, 0xDA):
            with contextlib.suppress(zlib.error):
                found.append(zlib.decompressobj().decompress(data[start:]))
    return b"".join(found)


def test_a_decided_import_keeps_no_table(hub: ch.Hub) -> None:
    for decide in (lambda one: one.commit(), lambda one: one.reject()):
        submitted = hub.imports.preview(pd.DataFrame({"Phone": ["21 98765-0001"]})).submit()
        assert hub.store.blob("submissions", submitted.id, "table")
        decide(submitted)
        assert hub.store.blob("submissions", submitted.id, "table") is None


def test_suggested_merges_with_the_person_go(hub: ch.Hub) -> None:
    person, other = hub.contacts.create(name=NAME), hub.contacts.create(name="Other")
    documents = [hub.store.get("contacts", [one.id])[one.id] for one in (person, other)]
    id = hub.store.reserve(SUGGESTIONS, 1)[0]
    put = {SUGGESTIONS: {id: suggestion(hub.session, *documents, "same sender")}}
    hub.store.apply(ChangeSet(put=put))
    hub.contacts.forget(person, confirm=NAME)
    assert list(hub.store.scan(SUGGESTIONS)) == []


def test_every_table_of_the_hub_is_kept_from_being_anybodys_own(hub: ch.Hub, ana: ch.Contact) -> None:
    known = {
        *CATALOGUES,
        CONTACTS,
        OPERATIONS,
        LEDGER,
        SNAPSHOTS,
        SUGGESTIONS,
        SUBMISSIONS,
        FORGOTTEN,
        EVENTS,
        CHANNELS,
    }
    assert known <= HUB_TABLES
    with pytest.raises(ch.NotAllowed):
        hub.store.db.table("submissions").insert({"a": 1})


def test_the_secret_of_the_hashes_is_outside_the_hub(path: Path) -> None:
    with ch.open(path, create=True, actor="bia") as hub:
        person = hub.contacts.create(name=NAME)
        hub.contacts.forget(person, confirm=NAME)
    secret = Path(f"{path}.secret")
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.read_bytes() not in path.read_bytes()


def test_a_dossier_holds_everything_of_a_person(hub: ch.Hub, ana: ch.Contact, tmp_path: Path) -> None:
    ana.edit(name="Ana Lima")
    ana.opt_in(proof="form 3")
    dossier = hub.contacts.dossier(ana)
    assert dossier.as_dict()["contact"]["name"] == "Ana Lima"
    assert dossier.as_dict()["consent"][0]["proof"] == "form 3"
    assert any(change["before"] == "Ana" for change in dossier.as_dict()["history"])
    page = dossier.save(tmp_path / "ana.html")
    assert "Ana Lima" in page.read_text()
    assert page.stat().st_mode & 0o777 == 0o600
    assert hub.operations(1)[0].kind == "dossier"
    assert hub.undo().of.kind == "opt_in", "a dossier is noted, and there is nothing to take back"


def test_consent_as_of_any_time(hub: ch.Hub, ana: ch.Contact, clock) -> None:
    first = clock.now
    ana.opt_in(proof="form 3")
    clock.forward(days=2)
    ana.opt_out()
    assert [ana.opt_in_at(when) for when in (first.replace(year=2020), first, clock.now)] == ["unknown", "yes", "no"]
    hub.undo()
    assert ana.opt_in_at(clock.now) == "yes"


def test_who_was_forgotten_is_known_by_whatever_link_the_hub_is_opened(path: Path) -> None:
    link = path.with_name("link.hub")
    ch.open(path, create=True, actor="bia").close()
    link.symlink_to(path)
    with ch.open(link, actor="bia") as hub:
        hub.contacts.forget(hub.contacts.create(name=NAME, urns=[f"tel:{PHONE}"]), confirm=NAME)
    for opened in (path, link):
        with ch.open(opened, actor="bia") as hub:
            assert forgotten(hub.session, [match_key(f"tel:{PHONE}")])
    assert (path.with_name("audience.hub.secret").stat().st_mode & 0o777) == 0o600


def test_the_secret_of_a_hub_for_a_group_is_for_the_group(path: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    with ch.open(path, create=True, actor="bia", group=group) as hub:
        hub.contacts.forget(hub.contacts.create(name=NAME, urns=[f"tel:{PHONE}"]), confirm=NAME)
    kept = path.with_name("audience.hub.secret").stat()
    assert (kept.st_mode & 0o777, kept.st_gid) == (0o660, os.getgid())
