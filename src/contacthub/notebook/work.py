"""Work that takes a while: in a thread, with a bar, an estimate and a way out.

A kernel delivers no click while a callback runs, so work that a person may want to cancel must not run in one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import ipywidgets

from contacthub.errors import Cancelled, Refused
from contacthub.notebook.guard import Shows, explained

T = TypeVar("T")
Progress = Callable[[int, int | None], None]
"""Called with how many are done and how many there are; raises Cancelled when the person wants out."""

PATIENCE = 0.25
"""Seconds before the bar appears: what is done sooner is simply done."""
SECONDS_BETWEEN_NEWS = 0.1


class Work(ipywidgets.HBox):
    """A bar with a cancel button, hidden while there is nothing to do. One piece of work at a time."""

    def __init__(self, owner: Shows) -> None:
        self._owner = owner
        self._thread: threading.Thread | None = None
        self._cancelled = threading.Event()
        self.bar = ipywidgets.FloatProgress(min=0, max=1, layout={"width": "220px"})
        self.label = ipywidgets.Label()
        self.cancel_button = ipywidgets.Button(description="Cancel", layout={"width": "90px"})
        self.cancel_button.on_click(lambda _: self.cancel())
        super().__init__([self.bar, self.label, self.cancel_button], layout={"display": "none"})
        self.add_class("contacthub-work")

    @property
    def busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def run(self, title: str, task: Callable[[Progress], T], done: Callable[[T], None]) -> None:
        """Start `task`; `done` gets its answer, in the same thread. Errors of both are shown by the owner.

        Returns when the work is done or after a quarter of a second, whichever comes first. Raises Refused while
        other work is going on.
        """
        if self.busy:
            raise Refused(f"{self.label.value} Wait for it, or cancel it first.")
        self._cancelled.clear()
        self.bar.value, self.label.value, self.cancel_button.disabled = 0, title, False
        self._thread = threading.Thread(target=self._work, args=(title, task, done), daemon=True)
        self._thread.start()
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            self.layout.display = "flex"
            if not self._thread.is_alive():  # it ended just now, and may have hidden the bar before it was shown
                self.layout.display = "none"

    def _work(self, title: str, task: Callable[[Progress], Any], done: Callable[[Any], None]) -> None:
        try:
            done(task(self._progress(title)))
        except Exception as error:  # noqa: BLE001 – shown and kept: a thread has nobody else to tell
            self._owner.last_error = error
            cancelled = isinstance(error, Cancelled)
            self._owner.show_error("Cancelled. Nothing was changed." if cancelled else explained(error))
        finally:
            self.layout.display = "none"

    def _progress(self, title: str) -> Progress:
        began = told = time.monotonic()

        def progress(done: int, total: int | None) -> None:
            nonlocal told
            if self._cancelled.is_set():
                raise Cancelled("Cancelled.")
            now = time.monotonic()
            if now - told < SECONDS_BETWEEN_NEWS:
                return
            told = now
            self.bar.value = min(1.0, done / total) if total else 0.0
            self.label.value = f"{title} {done:,}" + (
                f" of {total:,}{_left(now - began, done, total)}" if total else ""
            )

        return progress

    def cancel(self) -> None:
        """Ask the work to stop at its next step."""
        self._cancelled.set()
        self.cancel_button.disabled = True
        self.label.value = "Stopping…"

    def wait(self, seconds: float | None = None) -> None:
        """Wait until the work is done, or that long. An interrupt of the kernel cancels it."""
        if self._thread is None or self._thread is threading.current_thread():
            return
        try:
            self._thread.join(seconds)
        except KeyboardInterrupt:
            self.cancel()
            self._thread.join()
            raise


def _left(seconds: float, done: int, total: int) -> str:
    """An estimate, once there is something to base it on."""
    if seconds < 1 or not done:
        return ""
    left = seconds * (total - done) / done
    return f", about {left / 60:.0f} min left" if left > 90 else f", about {left:.0f} s left"
