"""Keys are delivered one at a time, each when the one before it has had its effect.

Over a slow line keys come in bursts: `/` and the first letters of a query, or `t` and the name of a tag. Without this
the letters would reach the list before the search box or the question has the focus, and act there as commands.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.message_pump import MessagePump

PATIENCE = 2.0
"""Seconds for which a key waits for the one before it; then it is delivered all the same."""
GLANCE = 0.02
"""Seconds after which it is looked whether who handles a key is still there."""
AT_ONCE = frozenset({"ctrl+q", "ctrl+c"})
"""Keys that never wait."""

Event = events.Key | events.Paste


class TypeAhead:
    """The line in which keys wait."""

    def __init__(self, app: App[int], deliver: Callable[[Event], Awaitable[None]]) -> None:
        self._app = app
        self._deliver = deliver
        self._waiting: deque[Event] = deque()
        self._task: asyncio.Task[None] | None = None
        self._opening = 0
        self._opened = asyncio.Event()
        self._opened.set()

    @property
    def idle(self) -> bool:
        """Nothing waits and no question is on its way."""
        return self._task is None and not self._opening

    def hold(self) -> None:
        """A question is on its way: keys wait for it."""
        self._opening += 1
        self._opened.clear()

    def release(self) -> None:
        """The question is there, or there is none."""
        self._opening -= 1
        if not self._opening:
            self._opened.set()

    async def take(self, event: Event) -> None:
        """Deliver a key, now or when it is its turn."""
        if isinstance(event, events.Key) and event.key in AT_ONCE:
            await self._deliver(event)
            return
        self._waiting.append(event)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._patiently(self._opened.wait())
                screen = self._app.screen
                target: DOMNode = self._app.focused or screen
                await self._deliver(self._waiting.popleft())
                await self._effect(target)
                await self._patiently(self._opened.wait())
                if self._app.is_running and self._app.screen is not screen:
                    await self._ready(self._app.screen)
        finally:
            self._task = None

    async def _effect(self, target: DOMNode) -> None:
        """Wait until a key has been handled by who had the focus, or by those above it, up to the app."""
        for node in target.ancestors_with_self:
            done = asyncio.Event()
            if node.is_running and node.call_later(done.set):
                await self._patiently(self._done_or_gone(done, node))

    async def _done_or_gone(self, done: asyncio.Event, node: DOMNode) -> None:
        """A dialog that the key has closed handles nothing any more."""
        while not done.is_set() and node.is_running and node.is_attached:
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), GLANCE)

    async def _ready(self, screen: MessagePump) -> None:
        """Wait until a new screen has been laid out and has given the focus to one of its widgets."""
        done = asyncio.Event()
        if screen.call_after_refresh(done.set):
            await self._patiently(done.wait())

    async def _patiently(self, wait: Awaitable[object]) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(wait, PATIENCE)
