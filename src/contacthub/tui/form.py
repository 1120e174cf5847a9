"""The contact form: a new contact, or the edit of one. Only what was changed is sent.

What is written is kept as a draft beside, so that a line that drops loses nothing: opening the form again brings it
back. An error stands under the field that it is about.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Footer, Input, Static, TextArea

from contacthub.errors import HubError, InvalidValue
from contacthub.tui import config, keys
from contacthub.tui.ask import Confirm
from contacthub.tui.base import HubScreen, TitleBar
from contacthub.tui.columns import HIDDEN
from contacthub.tui.safe import visible
from contacthub.tui.work import Latest, ask, flow, in_thread

if TYPE_CHECKING:
    from contacthub.hub import Contact, Hub

DRAFT_DELAY = 0.3
SPARE_IDENTITIES = 1
"""Empty lines offered for new identities."""
TYPE_HINTS = {"number": "a number", "datetime": "a date, such as 2026-11-21 or 21/11/2026"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the form."""

    key: str
    """`name`, `language`, `remarks`, `urns.0`, `fields.age`."""
    label: str
    value: str
    hint: str = ""


async def open_form(app: Any, contact: Contact | None) -> None:
    """Show the form and wait until it is left; None is a new contact."""
    hub: Hub = app.hub
    draft = Draft(hub.path, contact.uuid if contact is not None else "new")

    def read() -> tuple[list[Entry], dict[str, str]]:
        return list(_entries(hub, contact)), draft.read()

    entries, kept = await in_thread(app, read)
    await ask(app, FormScreen(hub, contact, entries, draft, kept))


def _entries(hub: Hub, contact: Contact | None) -> Iterator[Entry]:
    yield Entry("name", "Name", contact.name if contact else "")
    urns = list(contact.urns) if contact else []
    if not any(HIDDEN in urn for urn in urns):
        for number, urn in enumerate([*urns, *[""] * (SPARE_IDENTITIES if contact else 2)]):
            yield Entry(f"urns.{number}", _identity_label(urn, number), urn, _IDENTITY_HINT)
    yield Entry("language", "Language", (contact.language if contact else "") or "", "por, spa, eng (ISO 639-3)")
    yield Entry("remarks", "Remarks", contact.remarks if contact else "")
    for field in hub.fields:
        value = contact.fields.get(field.key) if contact else None
        yield Entry(
            f"fields.{field.key}", field.name, "" if value is None else str(value), TYPE_HINTS.get(field.type, "")
        )


_IDENTITY_HINT = "+55 21 98765-4321, whatsapp:…, ana@example.org"
_SCHEMES = {"tel": "Phone", "whatsapp": "WhatsApp", "mailto": "E-mail"}


def _identity_label(urn: str, number: int) -> str:
    if urn:
        scheme = urn.partition(":")[0]
        return _SCHEMES.get(scheme, scheme.capitalize())
    return "Phone" if not number else "E-mail or other" if number == 1 else "One more"


class Draft:
    """What was written and not saved, of one contact of one hub; a file that only the operator may read."""

    def __init__(self, hub_path: str, key: str) -> None:
        self._name = hashlib.sha256(f"{Path(hub_path).absolute()}\n{key}".encode()).hexdigest()[:32] + ".json"

    def read(self) -> dict[str, str]:
        """Entry key → text; empty without a draft."""
        try:
            return dict(json.loads(self._path.read_text("utf-8")))
        except FileNotFoundError:
            return {}

    def write(self, values: dict[str, str]) -> None:
        if values:
            config.write_private(self._path, json.dumps(values, ensure_ascii=False))
        else:
            self._path.unlink(missing_ok=True)

    @property
    def _path(self) -> Path:
        return config.state_path("drafts", self._name)


class FormScreen(HubScreen):
    """See the module."""

    BINDINGS: ClassVar = keys.bindings("form")

    def __init__(
        self, hub: Hub, contact: Contact | None, entries: list[Entry], draft: Draft, kept: dict[str, str]
    ) -> None:
        super().__init__()
        self._hub = hub
        self._contact = contact
        self._entries = {entry.key: entry for entry in entries}
        self._draft = draft
        self._kept = kept
        self._drafts = Latest(self, "draft", delay=DRAFT_DELAY)

    def compose(self) -> ComposeResult:
        title = f"Edit {visible(self._contact.display_name)}" if self._contact else "New contact"
        yield TitleBar(title)
        with VerticalScroll(id="form", can_focus=False):
            for entry in self._entries.values():
                yield from self._row(entry)
            yield Static("Tags, groups and owner are set from the list: t, + and A.", id="form-hint", markup=False)
        yield Footer(show_command_palette=False)

    def _row(self, entry: Entry) -> ComposeResult:
        value = self._kept.get(entry.key, entry.value)
        with Vertical(classes="form-row"):
            with Horizontal(classes="form-line"):
                yield Static(visible(entry.label), classes="form-label", markup=False)
                if entry.key == "remarks":
                    yield TextArea(
                        value, id=_id(entry.key), compact=True, tab_behavior="focus", highlight_cursor_line=False
                    )
                else:
                    yield Input(value, placeholder=entry.hint, id=_id(entry.key), compact=True, select_on_focus=False)
            yield Static("", classes="form-error", id=f"{_id(entry.key)}-error", markup=False)

    def on_mount(self) -> None:
        self.query(Input).first().focus()
        if self._kept:
            self.contacts_app.tell("Your draft is back. ctrl+s saves it, esc lets you discard it.")

    # What was changed

    def _text(self, key: str) -> str:
        widget = self.query_one(f"#{_id(key)}")
        return widget.text if isinstance(widget, TextArea) else widget.value  # type: ignore[attr-defined]

    def _changes(self) -> dict[str, str]:
        """Entry key → text, of the entries that differ from what the contact has."""
        texts = {key: self._text(key) for key in self._entries}
        return {key: text for key, text in texts.items() if text.strip() != self._entries[key].value.strip()}

    def _properties(self, changes: dict[str, str]) -> dict[str, Any]:
        """As `contacts.create` and `contacts.edit` take them: None clears."""
        properties: dict[str, Any] = {
            key: text.strip() or None for key, text in changes.items() if not key.startswith(("fields.", "urns."))
        }
        if "name" in properties:
            properties["name"] = properties["name"] or ""
        if "remarks" in properties:
            properties["remarks"] = properties["remarks"] or ""
        fields = {key.removeprefix("fields."): text.strip() or None
                  for key, text in changes.items() if key.startswith("fields.")}  # fmt: skip
        if fields:
            properties["fields"] = fields
        if any(key.startswith("urns.") for key in changes):
            written = [self._text(key).strip() for key in self._entries if key.startswith("urns.")]
            properties["urns"] = [_urn(text) for text in written if text]
        return properties

    @on(Input.Changed)
    @on(TextArea.Changed)
    def keep_draft(self) -> None:
        changes = self._changes()
        if changes != self._kept:
            self._kept = changes
            self._drafts.submit(lambda: self._draft.write(changes), lambda _: None)

    # Keys

    @flow
    async def action_save(self) -> None:
        changes = self._changes()
        self._show_error(None)
        if not changes:
            self.contacts_app.tell("Nothing was changed.")
            self.dismiss()
            return
        properties = self._properties(changes)
        try:
            if self._contact is None:
                contact = await in_thread(self.contacts_app, lambda: self._create(properties))
            else:
                contact = self._contact
                operation = await in_thread(self.contacts_app, lambda: contact.edit(**properties))
        except InvalidValue as error:
            self._show_error(error)
            return
        await in_thread(self.contacts_app, lambda: self._draft.write({}))
        self.dismiss()
        if self._contact is None:
            self.contacts_app.tell(f"{visible(contact.display_name)} was created. u undoes it.")
            self.contacts_app.show_changes("create")
        else:
            self.contacts_app.changed(operation)

    def _create(self, properties: dict[str, Any]) -> Contact:
        """Runs in a thread."""
        contact = self._hub.contacts.create(**properties)
        for operation in self._hub.operations(limit=1, actor=self._hub.actor, kind="create"):
            self.contacts_app.done_here(operation.id)
        return contact

    def _show_error(self, error: HubError | None) -> None:
        """Under the entry that it is about, and go there."""
        for line in self.query(".form-error"):
            line.display = False
        if not isinstance(error, InvalidValue):
            return
        key = self._entry_of(error)
        line = self.query_one(f"#{_id(key)}-error", Static)
        line.update(visible(error.message))
        line.display = True
        self.query_one(f"#{_id(key)}").focus()

    def _entry_of(self, error: InvalidValue) -> str:
        if error.property in self._entries:
            return error.property
        if error.property.startswith("urn"):
            written = [key for key in self._entries if key.startswith("urns.") and self._text(key).strip()]
            given = str(error.value)
            for key in written:
                if given in (self._text(key).strip(), _urn(self._text(key).strip())):
                    return key
            return written[-1] if written else "urns.0"
        return "name"

    @flow
    async def action_leave(self) -> None:
        changes = self._changes()
        if changes:
            labels = ", ".join(dict.fromkeys(self._entries[key].label for key in changes))
            question = Confirm("Leave without saving?", f"Changed: {visible(labels)}")
            if not await ask(self.contacts_app, question):
                return
        await in_thread(self.contacts_app, lambda: self._draft.write({}))
        self.dismiss()


def _id(key: str) -> str:
    """A key as an id of a widget, which may hold letters, digits, `_` and `-` only."""
    return "entry-" + key.replace(".", "-")


def _urn(text: str) -> str:
    """What people write as an identity: a number is a phone, what has an `@` an e-mail address."""
    if ":" in text:
        return text
    return f"mailto:{text}" if "@" in text else f"tel:{text}"
