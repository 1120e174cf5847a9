"""The most memory that this process ever had at once. Processes that tests start ask it of themselves."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

UNIT = 1 if sys.platform == "darwin" else 1024


def peak() -> int:
    """In bytes, without those of its children."""
    status = Path("/proc/self/status")
    if status.exists():  # elsewhere the peak may be that of who started this process
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT


def peak_of_children() -> int:
    """In bytes, of the largest that has ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * UNIT
