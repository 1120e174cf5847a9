"""What is worth a second look in an identity that was accepted. The codes are stable; the messages are for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Warning:
    """A remark on an accepted value. `code` is for programs, `message` one plain sentence."""

    code: str
    message: str

    def __str__(self) -> str:
        return self.message


UNVERIFIED = Warning(
    "unverified",
    "The number has a possible length, but its country uses no such number today; check it with the person.",
)
EXTENSION_DROPPED = Warning(
    "extension_dropped", "The extension behind the number was left out, since messages cannot reach it."
)
EMERGENCY = Warning("emergency_number", "This is an emergency number, not a person's.")
PREMIUM_RATE = Warning("premium_rate", "This is a premium-rate number: whoever calls it pays extra.")
TOLL_FREE = Warning("toll_free", "This is a toll-free number: usually a company's, not a person's.")

WARNINGS = {warning.code: warning for warning in (UNVERIFIED, EXTENSION_DROPPED, EMERGENCY, PREMIUM_RATE, TOLL_FREE)}
"""All warnings, by code."""
