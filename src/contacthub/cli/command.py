"""What all commands share: where the hub is, who acts, how it is shown, and how errors end.

A command is a function whose first parameter is the `Call`; `command` registers it and adds the options that every
command takes (`--hub`, `--actor`, `--json`, `--debug`), so that they work before and after the command's name. What
changes the hub is registered by `changing`, which adds `--dry-run`, and opens it by `call.change()`.
"""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from typer.core import TyperCommand, TyperGroup

from contacthub import errors
from contacthub.cli.output import SET_ANOTHER_ZONE, Output

if TYPE_CHECKING:
    from contacthub.hub import Hub

REFUSED = 1
EVERYWHERE = "Everywhere"
OPTIONS: dict[str, Any] = {
    "hub": Annotated[
        str | None,
        typer.Option(
            "--hub",
            metavar="PATH",
            rich_help_panel=EVERYWHERE,
            help="The hub's file. Without it: the one that CONTACTHUB_HUB names, else your own.",
        ),
    ],
    "actor": Annotated[
        str | None,
        typer.Option(
            "--actor",
            metavar="HANDLE",
            rich_help_panel=EVERYWHERE,
            help="Act as this member. Without it: CONTACTHUB_ACTOR, else the operating system's user.",
        ),
    ],
    "json": Annotated[bool, typer.Option("--json", rich_help_panel=EVERYWHERE, help="Print JSON, for programs.")],
    "debug": Annotated[
        bool, typer.Option("--debug", rich_help_panel=EVERYWHERE, help="Show the traceback of an error.")
    ],
}
DRY_RUN = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass
class Call:
    """One run of a command: what was said besides its own arguments."""

    hub: str | None = None
    actor: str | None = None
    json: bool = False
    debug: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        self.out = Output(json=self.json)

    def under(self, outer: Call | None) -> Call:
        """This call, with what it leaves open taken from the options before the command's name."""
        if outer is None:
            return self
        return Call(
            outer.hub if self.hub is None else self.hub,
            self.actor or outer.actor,
            self.json or outer.json,
            self.debug or outer.debug,
            self.dry_run,
        )

    @property
    def location(self) -> str:
        """Path of the hub. Raises `InvalidValue` for an empty one, as an unset variable of a shell gives it:
        what was meant for another hub must not be done to one's own."""
        if self.hub is not None and not self.hub.strip():
            raise errors.InvalidValue(
                "--hub is empty. Give the path of a hub, or leave the option out to use your own.",
                code="empty", property="hub", value=self.hub,
            )  # fmt: skip
        return self.hub or os.environ.get("CONTACTHUB_HUB") or str(default_hub())

    def open(self, *, create: bool = False, read_only: bool = False, group: str | None = None) -> Hub:
        """The hub, as the actor. Raises what `contacthub.open` raises."""
        import contacthub

        actor = self.actor or os.environ.get("CONTACTHUB_ACTOR") or None
        location = self.location
        if create and "://" not in location:
            Path(location).expanduser().parent.mkdir(parents=True, exist_ok=True)
        hub = contacthub.open(
            location, create=create, actor=actor, read_only=read_only, surface="cli", group=group,
            progress=self.out.preparing,
        )  # fmt: skip
        hub.store.when_waiting(self.out.waiting)
        self._show_times_in(hub.settings.timezone)
        return hub

    def _show_times_in(self, zone: str) -> None:
        """Show times in the hub's zone. One that this machine does not know must not keep anybody from the hub, least
        of all from setting another."""
        try:
            self.out.zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.out.missing_zone(zone)

    @contextmanager
    def change(self) -> Iterator[Hub]:
        """The hub, to be changed.

        Under `--dry-run` the block does all its work, in a transaction that is rolled back at its end: what would be
        refused is refused, what would come of it can be looked at, and nothing has changed. So whatever is to be shown
        of the change is read inside the block.
        """
        with self.open() as hub:
            if not self.dry_run:
                yield hub
                return
            try:
                with hub.store.transaction():
                    yield hub
                    raise _Rehearsed
            except _Rehearsed:
                pass


class _Rehearsed(Exception):
    """The end of a dry run."""


def default_hub() -> Path:
    """Where one's own hub is kept unless another is named."""
    import platformdirs

    return Path(platformdirs.user_data_dir("contacthub", appauthor=False)) / "contacts.hub"


class PlainHelp(TyperCommand):
    """A command in whose help a flag is a flag, without the type of a value that it does not take."""

    def get_params(self, ctx: Any) -> Any:
        return _plainly(super().get_params(ctx))


class PlainHelpOfGroup(TyperGroup):
    """As `PlainHelp`, for commands that have commands of their own."""

    def get_params(self, ctx: Any) -> Any:
        return _plainly(super().get_params(ctx))


def _plainly(parameters: Any) -> Any:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False) and parameter.metavar is None:
            parameter.metavar = ""
    return parameters


class SaidOnce(PlainHelp):
    """A command that refuses an option said twice where it takes one value: the first would be lost in silence."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _, _, said = self.make_parser(ctx).parse_args(args=[*args])
        for parameter, times in Counter(said).items():
            if times > 1 and not (getattr(parameter, "is_flag", False) or getattr(parameter, "multiple", False)):
                ctx.fail(f"{parameter.opts[0]} takes one value, and was given {times}.")
        return super().parse_args(ctx, args)


def command(
    app: typer.Typer, name: str, *, panel: str | None = None, changes: bool = False
) -> Callable[[Function], Function]:
    """Register a function as a command; its docstring is its help. With `changes` it takes `--dry-run`."""

    def register(function: Function) -> Function:
        wrapped = with_call(function, changes=changes)
        app.command(name, cls=SaidOnce, rich_help_panel=panel, help=_help(function))(wrapped)
        return function

    return register


def _help(function: Callable[..., Any]) -> str:
    """The docstring, to be broken into lines where it is shown."""
    return " ".join((inspect.getdoc(function) or "").split())


def changing(app: typer.Typer, name: str, *, panel: str | None = None) -> Callable[[Function], Function]:
    """Register a function that changes the hub, by `call.change()`."""
    return command(app, name, panel=panel, changes=True)


def group(app: typer.Typer, name: str, *, panel: str | None = None) -> Callable[[Function], typer.Typer]:
    """Register a function as a command that has commands of its own, and is what happens without one of them."""

    def register(function: Function) -> typer.Typer:
        inner = typer.Typer(
            name=name, cls=PlainHelpOfGroup, help=_help(function), rich_markup_mode="rich", add_completion=False,
            invoke_without_command=True, callback=with_call(function, alone=True),
        )  # fmt: skip
        app.add_typer(inner, name=name, rich_help_panel=panel)
        return inner

    return register


def with_call(function: Callable[..., Any], *, alone: bool = False, changes: bool = False) -> Callable[..., None]:
    """`function` as typer wants it: the Call's options become parameters, and errors end as sentences.

    `alone`: the function answers for a group of commands, and only runs when none of them is named. `changes`: it
    takes `--dry-run`.
    """
    options = OPTIONS | ({"dry_run": DRY_RUN} if changes else {})
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]

    def run(context: typer.Context, **values: Any) -> None:
        said = Call(**{key: values.pop(key) for key in options})
        call = said.under(context.obj if isinstance(context.obj, Call) else None)
        context.obj = call
        if alone and context.invoked_subcommand is not None:
            return
        code = guarded(call, lambda: _ended(call, function(call, **values)))
        if code:
            raise typer.Exit(code)

    parameters = [
        inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
        *(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own),
        *(
            inspect.Parameter(
                key,
                inspect.Parameter.KEYWORD_ONLY,
                annotation=option,
                default=None if key in ("hub", "actor") else False,
            )
            for key, option in options.items()
        ),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__name__ = function.__name__
    return run


def _ended(call: Call, code: int | None) -> int | None:
    if call.dry_run:
        call.out.line("Nothing was changed (--dry-run).", "dim")
    return code


def guarded(call: Call, work: Callable[[], int | None]) -> int:
    """The exit code of the work; an error is told in plain sentences on standard error."""
    try:
        code = work() or 0
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader has seen enough (`| head`). What Python flushes at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if hasattr(error, "format_message"):  # wrong use, told by `main`
            raise
        _tell(call, error)
        if call.debug:
            traceback.print_exception(error, file=sys.stderr)
    return REFUSED


def _tell(call: Call, error: Exception) -> None:
    if isinstance(error, errors.HubError):
        call.out.error(error)
    elif isinstance(error, ZoneInfoNotFoundError):
        call.out.fail(
            f"This needs the hub's time zone, which this machine does not know ({error.args[0]}). {SET_ANOTHER_ZONE}"
        )
    elif isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        call.out.fail(f"{where}{error.strerror or error}.")
    else:
        call.out.fail(
            f"contacthub met a fault of its own ({type(error).__name__}: {error}). "
            "Please report it with what --debug shows."
        )
