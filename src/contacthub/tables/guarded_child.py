"""The child process of `guarded`: reads a workbook by python-calamine under limits, and says what it found.

Run as a script, apart from the package, so that it starts quickly and holds nothing. Messages are pickled tuples on
standard output: `sheets`, or `start` and then `rows`; last `end`, or why not: `far`, `memory`, `error`.
"""

from __future__ import annotations

import os
import pickle
import sys
from typing import Any

_BATCH = 4096
_STATES = {"Visible": "visible", "Hidden": "hidden", "VeryHidden": "very hidden"}


def limit(memory: int, seconds: int) -> None:
    """Where the system has such limits."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    path, sheet, memory, seconds, columns = sys.argv[1:]
    limit(int(memory), int(seconds))
    with os.fdopen(os.dup(1), "wb") as out:

        def tell(*message: Any) -> None:
            pickle.dump(message, out, pickle.HIGHEST_PROTOCOL)

        try:
            import python_calamine

            # By an open file, since from a path the reader would go by the name and not by the content.
            book = python_calamine.load_workbook(open(path, "rb"))  # noqa: SIM115 (open as long as the process)
            if sheet:
                read_sheet(book.get_sheet_by_name(sheet), int(columns), tell)
            else:
                kinds = [(one.name, str(one.visible), str(one.typ)) for one in book.sheets_metadata]
                names = [
                    (name, _STATES.get(state.rpartition(".")[2], "visible"))
                    for name, state, kind in kinds
                    if kind.endswith("WorkSheet")
                ]
                tell("sheets", names)
            tell("end")
        except MemoryError:
            tell("memory")
        except Exception as error:  # noqa: BLE001 (whatever the native reader says, the parent judges it)
            tell("error", type(error).__name__)


def read_sheet(sheet: Any, columns: int, tell: Any) -> None:
    if sheet.end is not None and sheet.end[1] >= columns:
        tell("far", sheet.end[1] + 1)
        return
    boxes = [(a[0] + 1, a[1] + 1, b[0] + 1, b[1] + 1) for a, b in sheet.merged_cell_ranges or ()]
    tell("start", sheet.start or (0, 0), boxes)
    batch = []
    for row in sheet.iter_rows():
        batch.append(row)
        if len(batch) == _BATCH:
            tell("rows", batch)
            batch = []
    tell("rows", batch)


if __name__ == "__main__":
    main()
