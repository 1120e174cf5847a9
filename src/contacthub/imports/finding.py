"""Searching a preview: the rows of a file as a frame that ContactQL can be asked of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from contacthub.errors import QueryError
from contacthub.identity.urns import country_of
from contacthub.imports.converted import CLEARED, Converted
from contacthub.imports.planning import OUTCOMES, Plan, Planner
from contacthub.imports.problems import catalogue
from contacthub.model.text import fold
from contacthub.query.names import nearest
from contacthub.query.query import parse
from contacthub.query.schema import Schema
from contacthub.query.tree import Condition, leaves

if TYPE_CHECKING:
    import pandas

OWN_FIELDS = {"outcome": "text", "problem": "text", "row": "number"}
"""What can be asked of rows beside the properties of contacts."""


def find(planner: Planner, plan: Plan, query: str, problems: dict[int, list[str]]) -> np.ndarray[Any, Any]:
    """Which rows a query matches, by what the rows say (not by what the contacts have). Raises QueryError."""
    from contacthub.engine.columns.frame import mask

    asked = parse(query, _schema(planner))
    for leaf in leaves(asked.tree):
        if isinstance(leaf, Condition) and leaf.property.kind == "field" and leaf.operator in ("=", "!="):
            _check(leaf, query)
    found: np.ndarray[Any, Any] = mask(frame(planner, plan, problems), asked, asked.resolver).to_numpy()
    return found


def _check(leaf: Condition, query: str) -> None:
    """Raise QueryError for an outcome or a problem that no row could ever have."""
    names = {"outcome": OUTCOMES, "problem": tuple(catalogue())}.get(leaf.property.key)
    for value, (start, end) in zip(leaf.values, leaf.value_spans, strict=True):
        if names and value and fold(value) not in names:
            every = f"The outcomes are {', '.join(OUTCOMES)}." if names is OUTCOMES else "The docs list the codes."
            raise QueryError(
                f'There is no {leaf.property.key} "{value}". {nearest(value, sorted(names)) or every}',
                code="invalid_value", extra={"property": leaf.property.key, "value": value}, start=start, end=end,
                query=query,
            )  # fmt: skip


def _schema(planner: Planner) -> Schema:
    catalogue = planner.session.catalogue
    fields: dict[str, Any] = {key: known.type for key, (_, known) in catalogue.fields.items()}
    fields |= {column.key: column.type for column in planner.mapping if column.new}
    return Schema(
        fields=fields | OWN_FIELDS,
        groups=[document["name"] for document in catalogue.documents["groups"].values() if not document.get("query")],
        country=catalogue.country,
        timezone=catalogue.timezone,
        date_order=catalogue.date_order,
        members=list(catalogue.names("member")),
        actor=catalogue.actor,
    )


def frame(planner: Planner, plan: Plan, problems: dict[int, list[str]]) -> pandas.DataFrame:
    """A row a row of the file, a column a property that it gives."""
    import pandas

    count = len(planner.table)
    data: dict[str, Any] = {
        "row": planner.table.rows,
        "outcome": [OUTCOMES[code] for code in plan.outcome.tolist()],
        "problem": [tuple(problems.get(index, ())) for index in range(count)],
        "name": [name if isinstance(name := plan.rules.name(index), str) else None for index in range(count)],
        "urns": [tuple(plan.rules.identities.of(index)[0]) for index in range(count)],
    }
    data["country"] = [next((found for urn in urns if (found := country_of(urn))), None) for urns in data["urns"]]
    for single in plan.rules.singles:
        if single.path != "name":
            data[single.path] = _cells(single.column)
    for consent in plan.rules.consents:
        data[f"opt_in.{consent.purpose}"] = _cells(consent.state)
    shown = plan.rules.labels.shown
    for kind, column, _ in plan.rules.sets:
        data[kind] = [tuple(shown[kind][key] for key in value or ()) for value in _cells(column)]
    return pandas.DataFrame(data)


def _cells(column: Converted) -> list[Any]:
    results = column.results
    return [None if (value := results[code]) is CLEARED else value for code in column.codes.tolist()]
