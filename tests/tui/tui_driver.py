"""Drives the terminal interface as a person does: it waits for workers and never sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

from textual.app import App
from textual.pilot import Pilot
from textual.worker import Worker, WorkerError

import contacthub as ch
from contacthub.tui.app import ContactsApp
from contacthub.tui.config import Config
from contacthub.tui.work import STORE

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
Script = Callable[[Pilot], Awaitable[None]]


def make_app(hub: ch.Hub, **options: object) -> ContactsApp:
    return ContactsApp(hub, settings=Config(), now=lambda: NOW, **options)  # type: ignore[arg-type]


async def settle(pilot: Pilot) -> None:
    """Wait until nothing is being read from or written to the store, and what came of it is on the screen."""
    await pilot.pause()
    while (working := _at_work(pilot)) or _keys_wait(pilot):
        if working:
            await asyncio.wait([asyncio.ensure_future(_finished(worker)) for worker in working])
        await pilot.pause()
    bugs = getattr(pilot.app, "bugs", [])
    if bugs:
        raise bugs[0]


def _at_work(pilot: Pilot) -> list[Worker]:
    return [worker for worker in pilot.app.workers if worker.group == STORE and not worker.is_finished]


def _keys_wait(pilot: Pilot) -> bool:
    return isinstance(pilot.app, ContactsApp) and not pilot.app.typeahead.idle


async def _finished(worker: Worker) -> None:
    with suppress(WorkerError):  # Who started it has been told.
        await worker.wait()


async def press(pilot: Pilot, *keys: str) -> None:
    """Press keys one after the other, waiting for what each sets off."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def write(pilot: Pilot, text: str) -> None:
    """Type a text without waiting between the letters, as a fast typist or a paste does."""
    names = {" ": "space", "=": "equals_sign", "~": "tilde", '"': "quotation_mark", "(": "left_parenthesis",
             ")": "right_parenthesis", ">": "greater_than_sign", "-": "minus", "+": "plus", "/": "slash",
             ".": "full_stop", "_": "underscore", "@": "at", ":": "colon", ",": "comma"}  # fmt: skip
    await pilot.press(*(names.get(character, character) for character in text))
    await settle(pilot)


def run(app: App, script: Script, size: tuple[int, int] = (80, 24)) -> None:
    """Run an app without a terminal, and a script of a person in it."""

    async def session() -> None:
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            await script(pilot)
            await settle(pilot)

    asyncio.run(session())


def screen_text(app: App) -> str:
    """What is on the screen now, line by line."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()
    assert len(lines) == height
    assert all(strip.cell_length == width for strip in lines)
    return "\n".join(strip.text for strip in lines)
