"""What tests of imports look at in a preview, and in the hub after it."""

from __future__ import annotations

from typing import Any

from contacthub.hub import Hub
from contacthub.imports import Preview


def everybody(hub: Hub) -> list[Any]:
    return hub.find("", sort="name").page()


def outcomes(preview: Preview) -> list[str]:
    return preview.rows["outcome"].tolist()  # type: ignore[no-any-return]


def codes(preview: Preview, row: int | None = None) -> list[str]:
    """The problems of a row of the file, or those that are of no row."""
    problems = preview.problems
    wanted = problems["row"].isna() if row is None else problems["row"] == row
    return problems[wanted]["code"].tolist()  # type: ignore[no-any-return]
