"""What the query tests share: a schema with fields of every type, groups of both kinds, and a clock that stands."""

from __future__ import annotations

from datetime import UTC, datetime

from contacthub.query import Schema

VIPS = "6f4e0e44-9d4e-4d0e-8a7e-000000000001"
NOW = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)


def make_schema(**changes: object) -> Schema:
    """A schema like that of a small hub; `changes` replace parts of it."""
    parts: dict[str, object] = {
        "fields": {
            "age": "number", "gender": "text", "city": "text", "state": "state", "district": "district",
            "ward": "ward", "dob": "datetime", "language": "text", "empty": "text", "not": "text",
        },
        "groups": {"VIPs": VIPS, "U-Reporters": "6f4e0e44-9d4e-4d0e-8a7e-000000000002", "Adults": "age >= 18"},
        "flows": ["Registration"],
        "members": {"Bia Souza": "bia", "Rui": "rui"},
        "country": "US",
        "actor": "bia",
    }  # fmt: skip
    return Schema(**(parts | changes))  # type: ignore[arg-type]
