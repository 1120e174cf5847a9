"""Work in a thread: done quickly or with a bar, cancelled, refused while other work goes on; errors are shown."""

from __future__ import annotations

import threading

import pytest

from contacthub.errors import Refused, StoreError
from contacthub.notebook.notice import Notice
from contacthub.notebook.work import Progress, Work


class Owner:
    def __init__(self) -> None:
        self.last_error: Exception | None = None
        self.shown: list[str] = []

    def show_error(self, message: str) -> None:
        self.shown.append(message)


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def work(owner: Owner) -> Work:
    return Work(owner)


def test_quick_work_is_done_when_run_returns_and_shows_no_bar(work):
    answers: list[int] = []
    work.run("Counting…", lambda progress: 42, answers.append)
    assert answers == [42]
    assert work.layout.display == "none"
    assert not work.busy


def test_long_work_shows_a_bar_until_it_is_done(work, owner):
    go_on = threading.Event()
    answers: list[str] = []
    work.run("Reading…", lambda progress: go_on.wait(30) and "read", answers.append)
    assert work.layout.display == "flex"
    assert work.label.value == "Reading…"
    assert work.busy
    with pytest.raises(Refused, match="Reading… Wait for it"):
        work.run("Something else", lambda progress: None, lambda _: None)
    go_on.set()
    work.wait()
    assert answers == ["read"]
    assert work.layout.display == "none"


def test_cancelled_work_stops_at_its_next_step_and_says_so(work, owner):
    started = threading.Event()

    def endless(progress: Progress) -> None:
        while True:
            progress(1, None)
            started.set()

    answers: list[None] = []
    work.run("Reading…", endless, answers.append)
    assert started.wait(30)
    work.cancel_button.click()
    work.wait()
    assert owner.shown == ["Cancelled. Nothing was changed."]
    assert answers == []
    assert not work.busy


def test_work_after_cancelled_work_is_not_cancelled(work):
    work.cancel()
    answers: list[int] = []
    work.run("Again…", lambda progress: progress(1, 2) or 1, answers.append)
    work.wait()
    assert answers == [1]


@pytest.mark.parametrize(
    ("error", "shown"),
    [(StoreError("The disk is full."), "The disk is full."), (ZeroDivisionError("oops"), "ZeroDivisionError: oops")],
)
def test_an_error_is_shown_and_kept(work, owner, error, shown):
    def broken(progress: Progress) -> None:
        raise error

    work.run("Reading…", broken, lambda _: None)
    work.wait()
    assert owner.shown == [shown]
    assert owner.last_error is error


def test_an_error_of_what_follows_is_shown_too(work, owner):
    def broken(answer: int) -> None:
        raise StoreError(f"cannot show {answer}")

    work.run("Reading…", lambda progress: 1, broken)
    work.wait()
    assert owner.shown == ["cannot show 1"]


def test_a_notice_is_words_and_never_markup():
    notice = Notice()
    notice.tell("<script>alert(1)</script>\x1b[31m", "bad")
    assert "<script>" not in notice.value
    assert "✕" in notice.value
    notice.clear()
    assert notice.value == ""
    assert notice.layout.display == "none"
