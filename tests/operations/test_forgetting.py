"""The right to erasure: nothing of the person is left in any byte of the hub's files, and a later import knows."""

from __future__ import annotations

from pathlib import Path

import pytest

import contacthub as ch
from contacthub.identity.keys import match_key
from contacthub.operations.forget import forgotten

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
