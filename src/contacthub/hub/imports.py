"""`hub.imports`: read → preview → commit, and a review in between where a team wants one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas

    from contacthub.hub.front import Hub
    from contacthub.imports import Preview
    from contacthub.imports.review import Submission


class Imports:
    """Imports of a hub: see each before it happens."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def preview(self, source: Any, **options: Any) -> Preview:
        """What importing a file (its path) or a DataFrame would do, cell by cell. Nothing is written before
        `preview.commit()`.

        Options: `sheet`, `header_row`, `mapping`, `recipe`, `duplicates` (merge, first, last, error), `only` (create,
        update), `reactivate`, `group` (True: one of the file's name), `add` (`{"tags": ["fair"]}`), `area_code`,
        `language` of the messages (en, pt, es), `progress`. Raises NotFound, FileError, InvalidValue, NotAllowed,
        Cancelled.
        """
        from contacthub.imports.opening import preview

        return preview(self._hub.session, source, **options)

    def pending(self) -> list[Submission]:
        """Previews that somebody submitted and nobody has decided yet, oldest first."""
        from contacthub.imports.review import pending

        return pending(self._hub.session)

    def get(self, id: int) -> Submission:
        """A submitted preview: look at it (`.preview()`), comment, approve or reject, commit. Raises NotFound."""
        from contacthub.imports.review import get

        return get(self._hub.session, id)

    def history(self) -> pandas.DataFrame:
        """All imports, the newest first, each once: pending, approved, rejected, committed or undone (`state`), by whom
        and when (`actor`, `at`), with the file's name and SHA-256. `id` is that of what was submitted, for `get`;
        `operation` that of what was committed, for `undo`; `submitted_by`, `approved_by`, `created`, `updated`."""
        import pandas as pd

        from contacthub.imports.review import HISTORY, history

        frame = pd.DataFrame(history(self._hub.session), columns=list(HISTORY))
        return frame.astype(dict.fromkeys(("id", "operation", "created", "updated"), "Int64"))

    def template(self, path: str | Path) -> Path:
        """Write a workbook for people to fill in, with lists to choose from. Raises FileError."""
        from contacthub.exports.template import template

        return template(self._hub.session, path)

    def wizard(self, source: Any, **options: Any) -> Any:
        """The import wizard, in a notebook; options as for `preview`."""
        from contacthub.notebook import wizard

        return wizard(self._hub, source, **options)

    def __repr__(self) -> str:
        count = sum(operation.kind == "import" for operation in self._hub.operations(limit=None))
        return f"<Imports: {count}>"
