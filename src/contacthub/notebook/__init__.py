"""The notebook face: widgets for people who work in Jupyter, and the big table that they share.

Uses the hub and public names only, and knows nothing of where contacts are kept. Nothing here writes before Apply or
Commit, nothing is fetched from a network, and no text of a contact ever becomes markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contacthub.hub import Hub
    from contacthub.notebook.explorer import Explorer
    from contacthub.notebook.import_wizard import Wizard

__all__ = ["explore", "load_ipython_extension", "register_accessor", "wizard"]


def explore(hub: Hub, query: str = "") -> Explorer:
    """The segment explorer: a query, who it matches, and what can be done with them."""
    from contacthub.notebook.explorer import Explorer

    return Explorer(hub, query)


def wizard(hub: Hub, path: Any, **options: Any) -> Wizard:
    """The import wizard for a file or a DataFrame; `options` are those of `hub.imports.preview`."""
    from contacthub.notebook.import_wizard import Wizard

    return Wizard(hub, path, **options)


def register_accessor() -> None:
    """`.contacts` on every DataFrame. Loads pandas."""
    from contacthub.notebook.accessor import register

    register()


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext contacthub.notebook`: the magics `%hub` and `%%contacts`, and `.contacts` on every DataFrame."""
    from contacthub.notebook.magics import ContactMagics

    register_accessor()
    shell.register_magics(ContactMagics)
