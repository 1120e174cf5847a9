"""Long work in the background: imports, exports and bulk changes, with a bar, an estimate, and a clean cancel.

A job runs in a thread. It reports by a progress callback, which is also where it learns that it was cancelled: the
callback raises `Cancelled`, and the operation below leaves the hub as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Footer, Static

from contacthub.errors import Cancelled, HubError
from contacthub.tui import keys
from contacthub.tui.base import HubScreen, TitleBar
from contacthub.tui.safe import visible
from contacthub.tui.table import Column, LazyTable, Row, Rows
from contacthub.tui.work import in_thread

if TYPE_CHECKING:
    from contacthub.tui.app import ContactsApp

Result = TypeVar("Result")
Progress = Callable[[int, int | None], None]

REPORTS_A_SECOND = 8


@dataclass(slots=True)
class Job:
    """One piece of long work. The thread writes `done` and `total`, the event loop the rest."""

    title: str
    state: str = "running"
    """running, done, cancelled, failed."""
    done: int = 0
    total: int | None = None
    note: str = ""
    started: float = field(default_factory=monotonic)
    ended: float | None = None
    stop: Event = field(default_factory=Event)

    def cancel(self) -> None:
        """Ask it to stop. It stops at its next report, if it is not already writing."""
        self.stop.set()

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the pace so far; None while there is too little to go by."""
        passed = monotonic() - self.started
        if not self.total or not self.done or passed < 1:
            return None
        return passed * (self.total - self.done) / self.done

    def summary(self, bar: int = 20) -> str:
        """One line: what, how far, how long."""
        between = ":" if self.state != "running" or self.stop.is_set() else " " if self.total else ""
        return f"{self.title}{between} {self.progress(bar)}"

    def progress(self, bar: int = 20) -> str:
        """How far it is, or how it ended."""
        if self.state != "running":
            return self.note or self.state
        if self.stop.is_set():
            return "stopping"
        if not self.total:
            return f"{self.done:,} so far" if self.done else "…"
        part = min(1.0, self.done / self.total)
        filled = round(part * bar)
        left = self.seconds_left
        estimate = "" if left is None else f", about {_duration(left)} left"
        return f"{'━' * filled}{'─' * (bar - filled)} {part:4.0%}{estimate}"


class Jobs:
    """The jobs of this session, newest last."""

    @dataclass
    class Changed(Message):
        """A job has begun, moved on, or ended. Posted to the app, from threads too."""

        job: Job

    def __init__(self, app: ContactsApp) -> None:
        self._app = app
        self.all: list[Job] = []

    @property
    def running(self) -> list[Job]:
        return [job for job in self.all if job.state == "running"]

    async def run(self, title: str, work: Callable[[Progress], Result]) -> Result:
        """Run `work(progress)` as a job and give its result. Its error is raised here; Cancelled if it was."""
        job = Job(title)
        self.all.append(job)
        self._app.typeahead.release()  # Whoever runs a job is a flow, which holds the keys; browsing goes on.
        self._app.post_message(self.Changed(job))
        try:
            result = await in_thread(self._app, lambda: work(self._reporter(job)), title)
        except Cancelled:
            job.state, job.note = "cancelled", "cancelled, nothing was changed"
            raise
        except HubError as error:
            job.state, job.note = "failed", error.message
            raise
        except BaseException:
            job.state = "failed"
            raise
        else:
            job.state = "done"
            return result
        finally:
            job.ended = monotonic()
            self._app.typeahead.hold()
            self._app.post_message(self.Changed(job))

    def cancel_all(self) -> None:
        for job in self.running:
            job.cancel()

    def _reporter(self, job: Job) -> Progress:
        last = 0.0

        def progress(done: int, total: int | None = None) -> None:
            nonlocal last
            if job.stop.is_set():
                raise Cancelled(f"{job.title} was cancelled. Nothing was changed.")
            job.done, job.total = done, total
            now = monotonic()
            if now - last > 1 / REPORTS_A_SECOND or done == total:
                last = now
                self._app.post_message(self.Changed(job))

        return progress


class JobBar(Static):
    """One line over the footer while something runs; not there otherwise."""

    def __init__(self) -> None:
        super().__init__("", id="job-bar", markup=False)
        self.display = False

    def show(self, jobs: Jobs) -> None:
        running = jobs.running
        self.display = bool(running)
        if running:
            more = f"   and {len(running) - 1} more" if len(running) > 1 else ""
            self.update(f"{visible(running[-1].summary())}{more}   J jobs")


class JobsScreen(HubScreen):
    """All jobs of this session; x cancels the one under the cursor."""

    BINDINGS: ClassVar = keys.bindings("jobs")
    COLUMNS = (Column("Job", 20, share=1), Column("State", 32, share=1))

    def compose(self) -> ComposeResult:
        yield TitleBar("Jobs")
        yield LazyTable(self.COLUMNS, empty="Nothing has run yet.")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.show()

    def show(self) -> None:
        """Called again whenever a job moves on."""
        jobs = list(reversed(self._jobs.all))
        table = self.query_one(LazyTable)
        rows = [Row(str(id(job)), (visible(job.title), visible(job.progress(bar=12)))) for job in jobs]
        table.show(Rows(rows), first=rows, cursor=table.cursor)

    def action_cancel(self) -> None:
        jobs = list(reversed(self._jobs.all))
        if jobs:
            jobs[self.query_one(LazyTable).cursor].cancel()
            self.show()

    @property
    def _jobs(self) -> Jobs:
        return self.contacts_app.jobs


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"
