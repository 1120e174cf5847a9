"""Everything the hub holds of one person, to hand over: the right of access."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from contacthub.engine.port import CONTACTS, Document
from contacthub.errors import NotFound
from contacthub.model.contact import public
from contacthub.operations.commit import commit
from contacthub.operations.consent import events_of
from contacthub.operations.effects import Effects
from contacthub.operations.person import person_changes
from contacthub.session import Session


@dataclass(frozen=True, repr=False)
class Dossier:
    """All data of one person; `save(path)` writes it as JSON or, for a name that ends in .html, as a page."""

    content: Document

    def as_dict(self) -> Document:
        return self.content

    def __repr__(self) -> str:
        parts = f"{len(self.content['consent'])} consent events, {len(self.content['history'])} changes"
        return f"<Dossier of {self.content['contact'].get('name') or self.content['contact']['ref']}: {parts}>"

    def json(self) -> str:
        return json.dumps(self.content, ensure_ascii=False, indent=2, default=str)

    def html(self) -> str:
        """One self-contained page."""
        title = escape(str(self.content["contact"].get("name") or self.content["contact"]["ref"]))
        sections = "".join(f"<h2>{escape(key.title())}</h2>{_html(value)}" for key, value in self.content.items())
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
            "<style>body{font:16px/1.5 system-ui;max-width:60em;margin:2em auto;padding:0 1em}"
            "table{border-collapse:collapse}td,th{border-bottom:1px solid #ddd;padding:.2em .8em;text-align:left;"
            f"vertical-align:top}}</style><h1>{title}</h1>{sections}</html>"
        )

    def save(self, path: str | Path) -> Path:
        """Write it, readable by its owner only."""
        path = Path(path)
        path.touch(mode=0o600)
        path.write_text(self.html() if path.suffix.lower() in (".html", ".htm") else self.json(), encoding="utf-8")
        return path


def dossier(session: Session, id: int) -> Dossier:
    """Collect what the hub holds of a person, and note in the history that it was asked, with how many events and
    changes it told and the SHA-256 of its JSON. Raises NotFound, NotAllowed."""
    session.require("export")
    session.require_identities()
    document = session.store.get(CONTACTS, [id]).get(id)
    if document is None:
        raise NotFound("This contact is not there any more.")
    groups = session.catalogue.documents["groups"].values()
    contact = public(id, document)
    contact["groups"] = [group["name"] for group in groups if group["uuid"] in document["groups"]]
    contact["identities"] = document["identities"]
    contact["profile_name"] = document["profile_name"]
    content: Document = {
        "contact": contact,
        "consent": list(events_of(session, document["uuid"], *(document.get("merged") or ()))),
        "history": [
            {
                "at": change.operation.at.isoformat(),
                "by": change.operation.actor,
                "what": change.operation.summary,
                "property": change.property,
                "before": change.before,
                "after": change.after,
            }
            for change in person_changes(session, id, document.get("merged") or ())
        ],
    }
    found = Dossier(content)
    arguments = {"contact": document["uuid"], "count": len(content["consent"]) + len(content["history"])}
    arguments["sha256"] = sha256(found.json().encode()).hexdigest()
    commit(session, kind="dossier", summary="dossier of a contact", effects=Effects(), arguments=arguments)
    return found


def _html(value: Any) -> str:
    if isinstance(value, dict):
        rows = "".join(f"<tr><th>{escape(str(key))}</th><td>{_html(item)}</td></tr>" for key, item in value.items())
        return f"<table>{rows}</table>"
    if isinstance(value, list):
        return "".join(f"<div>{_html(item)}</div>" for item in value) or "—"
    return "—" if value in (None, "") else escape(str(value))
