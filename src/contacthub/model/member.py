"""Members of the team, and what each role may do.

Roles in an embedded hub stop slips, not malice: who can read the file can read it all.
"""

from __future__ import annotations

ROLES = ("viewer", "agent", "editor", "admin")
"""Each role may do what those before it may."""

MAY: dict[str, str] = {
    "read": "viewer",
    "edit": "agent",
    "tag": "agent",
    "untag": "agent",
    "create_tag": "agent",
    "add_to_list": "agent",
    "remove_from_list": "agent",
    "add_to_group": "agent",
    "remove_from_group": "agent",
    "assign": "agent",
    "unassign": "agent",
    "set_field": "agent",
    "clear_field": "agent",
    "set_language": "agent",
    "opt_in": "agent",
    "opt_out": "agent",
    "block": "agent",
    "stop": "agent",
    "archive": "agent",
    "reactivate": "agent",
    "create_contact": "agent",
    "undo": "agent",
    "delete": "editor",
    "merge": "editor",
    "groups": "editor",
    "fields": "editor",
    "tags": "editor",
    "lists": "editor",
    "import": "editor",
    "export": "editor",
    "undo_others": "editor",
    "members": "admin",
    "settings": "admin",
    "forget": "admin",
}
"""Action → the lowest role that may do it."""


def may(role: str, action: str) -> bool:
    """Whether a role may do an action of the table above."""
    return ROLES.index(role) >= ROLES.index(MAY[action])
