"""`%load_ext contacthub.notebook`: magics in a real IPython shell, and `df.contacts`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import contacthub as ch

PEOPLE = pd.DataFrame(
    {"name": ["Ana", "Bia", "Caio"], "age": [20, 30, 40], "phone": ["+5581987650001", None, "nobody"]}
)


@pytest.fixture
def shell(tmp_path, monkeypatch) -> Iterator[Any]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.chdir(tmp_path)
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "contacthub.notebook")
    shell.user_ns["people"] = PEOPLE
    yield shell
    if isinstance(shell.user_ns.get("hub"), ch.Hub):
        shell.user_ns["hub"].close()


def test_a_hub_is_opened_and_asked(shell):
    hub = shell.run_line_magic("hub", "people.hub")
    assert shell.user_ns["hub"] is hub
    assert shell.run_line_magic("hub", "") is hub
    hub.contacts.create(name="Ana", tags=["vip"])
    hub.contacts.create(name="Bia")
    found = shell.run_cell_magic("contacts", "", "tag = vip\n")
    assert [contact.name for contact in found] == ["Ana"]
    shell.run_cell_magic("contacts", "-o vips", "tag = vip\nOR name = Bia")
    assert len(shell.user_ns["vips"]) == 2


def test_a_frame_is_asked(shell):
    assert shell.run_cell_magic("contacts", "people", "age > 25")["name"].tolist() == ["Bia", "Caio"]
    shell.run_cell_magic("contacts", "-o old people", "age > 35")
    assert shell.user_ns["old"]["name"].tolist() == ["Caio"]


@pytest.mark.parametrize(
    ("line", "cell", "complaint"),
    [
        ("", "age > 1", "no hub yet"),
        ("nothing", "age > 1", "no DataFrame nothing"),
        ("-o", "age > 1", "%%contacts"),
        ("-o 1x people", "age > 1", "%%contacts"),
        ("people more", "age > 1", "%%contacts"),
        ("people", "age >", "expected"),
    ],
)
def test_wrong_use_is_one_plain_line(shell, line, cell, complaint):
    with pytest.raises(UsageError, match=complaint):
        shell.run_cell_magic("contacts", line, cell)


def test_a_path_that_is_no_hub_is_one_plain_line(shell, tmp_path):
    (tmp_path / "letter.hub").write_text("Dear Bia, this is a letter and not a hub.")
    with pytest.raises(UsageError, match=r"letter\.hub"):
        shell.run_line_magic("hub", "letter.hub")


def test_every_frame_has_contacts(shell):
    shell.run_line_magic("reload_ext", "contacthub.notebook")
    assert hasattr(PEOPLE, "contacts")
    assert PEOPLE.contacts.mask("age > 25").tolist() == [False, True, True]
    assert PEOPLE.contacts.find("name = ana OR age = 40")["name"].tolist() == ["Ana", "Caio"]
    with pytest.raises(ch.QueryError):
        PEOPLE.contacts.mask("age >")


def test_a_frame_is_matched_with_a_hub(shell):
    with ch.open(":memory:") as hub:
        hub.settings.update(country="BR")
        ana = hub.contacts.create(name="Ana", urns=["tel:+5581987650001"])
        matched = PEOPLE.contacts.match(hub, phone="phone")
        assert matched["uuid"].tolist()[0] == ana.uuid
        assert matched["how"].tolist()[0] == "matched"
