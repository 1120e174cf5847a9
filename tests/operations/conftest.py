from __future__ import annotations

from small_hub import ana, clock, hub

__all__ = ["ana", "clock", "hub"]
