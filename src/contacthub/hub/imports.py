"""`hub.imports`: read → preview → commit, and a review in between where a team wants one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contacthub.hub.front import Hub
    from contacthub.imports import Preview


class Imports:
    """Imports of a hub: see each before it happens."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def preview(self, source: Any, **options: Any) -> Preview:
        """What importing a file (its path) or a DataFrame would do, cell by cell. Nothing is written before
        `preview.commit()`.

        Options: `sheet`, `header_row`, `mapping`, `recipe`, `duplicates` (merge, first, last, error), `only` (create,
        update), `reactivate`, `group`, `add` (`{"tags": ["fair"]}`), `area_code`, `language` of the messages (en, pt,
        es), `progress`. Raises NotFound, FileError, InvalidValue, NotAllowed, Cancelled.
        """
        from contacthub.imports.opening import preview

        return preview(self._hub.session, source, **options)

    def wizard(self, source: Any, **options: Any) -> Any:
        """The import wizard, in a notebook; options as for `preview`."""
        from contacthub.notebook import wizard

        return wizard(self._hub, source, **options)

    def __repr__(self) -> str:
        count = sum(operation.kind == "import" for operation in self._hub.operations(limit=None))
        return f"<Imports: {count}>"
