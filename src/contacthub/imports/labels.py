"""Tags, lists and groups that a file names: those of the hub, and new ones in the spelling the file uses first."""

from __future__ import annotations

from collections.abc import Iterable

from contacthub.errors import InvalidValue
from contacthub.imports.converted import Fault
from contacthub.model import values as rules
from contacthub.model.text import clean_line, fold
from contacthub.session import Session

KINDS = ("tags", "lists", "groups")


class Labels:
    """Names by their folded form, which is how rows refer to them. Looking one up notes it as used."""

    def __init__(self, session: Session) -> None:
        catalogue = session.catalogue
        self._documents = {kind: catalogue.documents[kind] for kind in KINDS}
        self.known: dict[str, dict[str, int]] = {
            kind: {fold(document["name"]): id for id, document in documents.items()}
            for kind, documents in self._documents.items()
        }
        """Kind → folded name → id of the catalogue document."""
        self.shown: dict[str, dict[str, str]] = {
            kind: {fold(document["name"]): document["name"] for document in documents.values()}
            for kind, documents in self._documents.items()
        }
        """Kind → folded name → the spelling that people see."""
        self.by_uuid: dict[str, str] = {
            document["uuid"]: fold(document["name"]) for document in self._documents["groups"].values()
        }
        self._dynamic = {
            fold(document["name"]) for document in self._documents["groups"].values() if document.get("query")
        }
        self._rules = {"tags": rules.tag_name, "lists": rules.list_name, "groups": rules.group_name}
        self._codes = {"tags": "invalid_tag", "lists": "invalid_list", "groups": "invalid_group"}
        self._limits = {"tags": rules.TAG_LENGTH, "lists": rules.LIST_LENGTH, "groups": rules.GROUP_LENGTH}

    def tag_key(self, name: str) -> str:
        return self._label("tags", name)

    def list_key(self, name: str) -> str:
        return self._label("lists", name)

    def group_key(self, name: str) -> str:
        """A static group, by name or uuid. Raises Fault (`dynamic_group`, `invalid_group`)."""
        if name in self.by_uuid:
            return self.by_uuid[name]
        key = self._label("groups", name)
        if key in self._dynamic:
            raise Fault("dynamic_group")
        return key

    def _label(self, kind: str, name: str) -> str:
        name = clean_line(name)
        key = fold(name)
        if key not in self.shown[kind]:
            try:
                self.shown[kind][key] = self._rules[kind](name)
            except InvalidValue:
                raise Fault(self._codes[kind], limit=self._limits[kind]) from None
        return key

    def is_new(self, kind: str, key: str) -> bool:
        return key not in self.known[kind]

    def names(self, kind: str, keys: Iterable[str]) -> list[str]:
        """The spellings of some keys, sorted as documents have them."""
        return sorted(self.shown[kind][key] for key in keys)
