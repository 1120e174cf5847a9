"""Work that must not hold up the event loop.

Everything that reads or changes the store runs in a thread. What comes out of the thread is a value or an error,
handed to the event loop, which alone owns the state of widgets. Workers are in one of two groups: those of `STORE`
end by themselves, those of `DIALOG` may be waiting for a person.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.dom import DOMNode
from textual.screen import Screen
from textual.worker import WorkerCancelled, WorkerFailed

from contacthub.errors import Cancelled, HubError

if TYPE_CHECKING:
    from contacthub.tui.app import ContactsApp

if TYPE_CHECKING:
    pass

STORE = "store"
DIALOG = "dialog"

Result = TypeVar("Result")
Answer = TypeVar("Answer")


async def in_thread(node: DOMNode, work: Callable[[], Result], name: str = "") -> Result:
    """Run `work` in a thread and await its result; its error is raised here. Cancelled with the node."""
    worker = node.run_worker(work, name=name, group=STORE, thread=True, exit_on_error=False)
    try:
        return await worker.wait()
    except WorkerFailed as failure:
        raise failure.error from None
    except WorkerCancelled:
        raise asyncio.CancelledError from None


def flow(method: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make an async method of a widget or screen a flow: a row of questions and store calls, one after the other.

    An error in it becomes a dialog. A person who cancels (`Cancelled`) just ends it. Keys wait while it works out its
    questions, see `typeahead`; they go on while a question stands, and while a job runs.
    """

    @functools.wraps(method)
    def start(self: DOMNode, *args: Any, **kwargs: Any) -> None:
        app = cast("ContactsApp", self.app)

        async def steps() -> None:
            try:
                await guarded(self, method(self, *args, **kwargs))
            finally:
                app.typeahead.release()

        app.typeahead.hold()
        app.run_worker(steps(), name=method.__name__, group=DIALOG)

    return start


async def ask(app: ContactsApp, screen: Screen[Answer]) -> Answer | None:
    """Show a dialog or another screen in a flow, and wait for what it gives."""
    answer: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
    app.push_screen(screen, lambda given: None if answer.done() else answer.set_result(given))
    app.typeahead.release()
    try:
        return await answer
    finally:
        app.typeahead.hold()


async def guarded(node: DOMNode, work: Awaitable[None]) -> None:
    """Await `work`; show its error as a dialog."""
    app = cast("ContactsApp", node.app)
    try:
        await work
    except Cancelled:
        return
    except HubError as error:
        app.show_error(error)
    except Exception as error:  # noqa: BLE001 - a bug must not tear the screen down; it is logged and told
        app.show_bug(error)


class Latest:
    """Runs the newest of the requests that come in while one is running, and forgets the ones in between.

    A person types faster than a million contacts are counted: this way at most one count runs and one waits.
    `delay` is the quiet time in seconds before each run. With `every`, no result is dropped, even if a newer request
    waits already: for a watch, each of whose answers tells other changes.
    """

    def __init__(self, node: DOMNode, name: str, delay: float = 0.0, *, every: bool = False) -> None:
        self._node = node
        self._name = name
        self._delay = delay
        self._every = every
        self._next: tuple[Callable[[], Any], Callable[[Any], None], Callable[[HubError], None] | None] | None = None
        self._running = False

    def submit(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[HubError], None] | None = None,
    ) -> None:
        """Call `work` in a thread, then `done` or `failed` on the event loop, unless a newer request has come."""
        self._next = (work, done, failed)
        if not self._running:
            self._running = True
            self._node.run_worker(guarded(self._node, self._run()), name=self._name, group=STORE)

    async def _run(self) -> None:
        try:
            while self._next is not None:
                if self._delay:
                    await asyncio.sleep(self._delay)
                work, done, failed = self._next
                self._next = None
                try:
                    result = await in_thread(self._node, work, self._name)
                except HubError as error:
                    if self._next is not None:
                        continue
                    if failed is None:
                        raise
                    failed(error)
                else:
                    if self._next is None or self._every:
                        done(result)
        finally:
            self._running = False
