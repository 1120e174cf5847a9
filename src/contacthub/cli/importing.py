"""Files in and out: `import` shows what would happen and asks; `export` writes an audience; `template` a form."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacthub.cli.command import Call, changing, command
from contacthub.cli.one import new_file
from contacthub.cli.preview import left_out, preview_record, show_preview
from contacthub.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from contacthub.imports import Preview
    from contacthub.imports.committing import ImportResult
    from contacthub.imports.review import Submission

PANEL = "Files"
ROWS_LEFT_OUT = 3
SHOWN = 8
FORCE = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]


def register(app: typer.Typer) -> None:
    command(app, "import", panel=PANEL)(import_)
    changing(app, "export", panel=PANEL)(export)
    command(app, "template", panel=PANEL)(template)


def import_(
    call: Call,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="xlsx, xls, ods, csv, tsv, jsonl or parquet; - reads standard input.")
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Commit without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the preview and stop.")] = False,
    submit: Annotated[
        str | None,
        typer.Option("--submit", metavar="NOTE", help="Put the preview into the hub, for somebody else to approve."),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option(
            "--sheet", help="Which sheet, or * for all that have the same headers; without it the first visible one."
        ),
    ] = None,
    header_row: Annotated[
        int | None, typer.Option("--header-row", min=1, help="The row of the headers; without it, it is looked for.")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="HEADER=TARGET", help="What a column is, such as 'Fone=URN:tel'. Repeatable."),
    ] = None,
    type: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="HEADER=TYPE", help="What a new field holds: number, datetime. Repeatable."),
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            metavar="HEADER=POLICY",
            help="How a column is written: set, fill or keep; tags, groups and the like: add, replace or remove. "
            "Repeatable.",
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option("--recipe", metavar="FILE", help="A saved mapping, or one that ships, such as hubspot."),
    ] = None,
    duplicates: Annotated[
        str, typer.Option("--duplicates", help="Several rows for one contact: merge, first, last or error.")
    ] = "merge",
    only: Annotated[str | None, typer.Option("--only", help="create or update: leave the other rows out.")] = None,
    reactivate: Annotated[
        bool, typer.Option("--reactivate", help="Let rows whose status is active reactivate contacts that are stopped.")
    ] = False,
    group: Annotated[
        str | None, typer.Option("--group", metavar="NAME", help="Put all its contacts into this group.")
    ] = None,
    file_group: Annotated[
        bool, typer.Option("--file-group", help="Put all its contacts into a group of the file's name.")
    ] = False,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", metavar="NAME", help="Give all its contacts this tag. Repeatable.")
    ] = None,
    area_code: Annotated[
        str | None,
        typer.Option("--area-code", help="Put in front of phone numbers that have no area code, such as 81."),
    ] = None,
    mend: Annotated[
        list[str] | None,
        typer.Option("--mend", metavar="ROW:HEADER=VALUE", help="Another value for a cell: '17:Fone=...'. Repeatable."),
    ] = None,
    resolve: Annotated[
        list[str] | None,
        typer.Option(
            "--resolve",
            metavar="ROW=CHOICE",
            help="Decide a conflict: 18=skip, 18=create, 18=update or 18=update:UUID. Repeatable.",
        ),
    ] = None,
    save_recipe: Annotated[
        str | None,
        typer.Option("--save-recipe", metavar="FILE", help="Save the mapping for the next file of its kind."),
    ] = None,
    report: Annotated[
        str | None, typer.Option("--report", metavar="FILE", help="Write the preview to send round, as .xlsx or .html.")
    ] = None,
    problem_rows: Annotated[
        str | None, typer.Option("--problem-rows", metavar="FILE", help="Write the rows with problems, to be mended.")
    ] = None,
    force: FORCE = False,
    language: Annotated[
        str, typer.Option("--language", metavar="CODE", help="Language of the messages: en, pt or es.")
    ] = "en",
    show: Annotated[
        int | None,
        typer.Option(
            "--show", metavar="N", min=0, help="Cell changes and problems to show; 8, under --yes problems only."
        ),
    ] = None,
) -> int:
    """Import contacts from a file: see the preview, then decide."""
    if yes + dry_run + (submit is not None) > 1:
        raise typer.BadParameter("--yes, --dry-run and --submit contradict each other.")
    if file_group and group is not None:
        raise typer.BadParameter("--group and --file-group contradict each other.")
    if file != "-" and not Path(file).expanduser().exists():  # told before anything is asked
        raise NotFound(f"There is no file {file!r}. Check the name and the folder.")
    written = [path for path in (save_recipe, report, problem_rows) if path is not None]
    if len({Path(path).expanduser().absolute() for path in written}) < len(written):
        raise typer.BadParameter("--save-recipe, --report and --problem-rows each write a file of their own.")
    for path in written:
        new_file(call, path, force=force, reads=None if file == "-" else file)
    decided = yes or dry_run or submit is not None
    if file == "-" and not decided:
        raise typer.BadParameter("Reading standard input, say --yes, --dry-run or --submit.")
    if not decided and not call.out.can_ask:
        raise typer.BadParameter("Without a terminal to ask at, say --yes, --dry-run or --submit.")
    options = _given(
        sheet=sheet, header_row=header_row, mapping=_mapping(mapping, type), recipe=recipe, only=only,
        group=True if file_group else group,
        area_code=area_code, add={"tags": tag} if tag else None, reactivate=reactivate or None,
    )  # fmt: skip
    with _path(file) as source, call.open(read_only=dry_run) as hub:
        with call.out.progress(f"Reading {Path(source).name}") as progress:
            preview = hub.imports.preview(
                source, duplicates=duplicates, language=language, progress=progress, **options
            )
        if policies := dict(_pairs("--policy", "HEADER=POLICY", policy)):
            preview.remap({header: {"policy": said} for header, said in policies.items()})
        _decide(preview, mend, resolve)
        for target, write in (
            (save_recipe, preview.save_recipe), (report, preview.export), (problem_rows, preview.export_problems),
        ):  # fmt: skip
            if target is not None:
                write(target)
        if not call.json:
            changes = (0 if yes else SHOWN) if show is None else show
            show_preview(
                call.out,
                hub,
                preview,
                name=preview.table.source.name,
                changes=changes,
                problems=SHOWN if show is None else show,
            )
        if submit is not None:
            return show_submitted(call, preview.submit(submit))
        record = preview_record(preview, changes=not yes or bool(show)) if call.json else {}
        if dry_run or not (yes or _agrees(call, preview.summary)):
            if call.json:
                call.out.data(record)
            else:
                call.out.line("Nothing was changed.", "dim")
            return ROWS_LEFT_OUT if dry_run and left_out(preview.summary) else 0
        with call.out.progress("Importing") as progress:
            result = preview.commit(progress=progress)
    return show_result(call, preview.summary, result, record)


def _decide(preview: Preview, mends: list[str] | None, resolutions: list[str] | None) -> None:
    """Mend cells and decide conflicts, in this preview."""
    for cell, value in _pairs("--mend", "ROW:HEADER=VALUE", mends, first=True):
        row, colon, header = cell.partition(":")
        if not colon or not row.isdecimal():
            raise typer.BadParameter(f"--mend takes ROW:HEADER=VALUE, not {cell + '=' + value!r}.")
        preview.mend(int(row), header, value)
    for row, said in _pairs("--resolve", "ROW=CHOICE", resolutions):
        if not row.isdecimal():
            raise typer.BadParameter(f"--resolve takes ROW=CHOICE, not {row + '=' + said!r}.")
        choice, _, contact = said.partition(":")
        preview.resolve(choice, row=int(row), contact=contact or None)


def show_result(call: Call, summary: Mapping[str, Any], result: ImportResult, record: Mapping[str, Any]) -> int:
    """What an import has done, under `--json` beside what else is known; the exit code is 3 if rows were left out."""
    excluded = left_out(summary)
    if call.json:
        call.out.data({**record, "operation": result.id or None, "created": result.created, "updated": result.updated})
    else:
        if not result.id:
            call.out.line("Nothing was changed, and there is nothing to undo.", "dim")
        else:
            call.out.line(f"Imported: {result.created:,} created, {result.updated:,} updated.", "green")
        if excluded:
            rows = "row was" if excluded == 1 else "rows were"
            call.out.line(f"{excluded:,} {rows} left out, because of a conflict or an error.", "yellow")
        if result.id:
            call.out.line(f"Operation {result.id}; `contacthub undo {result.id}` takes it back.", "dim")
    return ROWS_LEFT_OUT if excluded else 0


def show_submitted(call: Call, submission: Submission) -> int:
    """What waits for somebody now; the exit code is 3 if rows would be left out."""
    if call.json:
        call.out.data({"id": submission.id, "file": submission.file, "summary": submission.summary})
    else:
        show = f"contacthub imports show {submission.id}"
        call.out.line(
            f"Submitted as {submission.id}. Somebody else of the team approves it: {show}"
            if submission.needs_approval
            else f"Submitted as {submission.id}. Nobody else of the team could approve it, so it is committed without: "
            f"{show}, contacthub imports commit {submission.id}"
        )
    return ROWS_LEFT_OUT if left_out(submission.summary) else 0


def template(
    call: Call,
    path: Annotated[str, typer.Argument(metavar="FILE", help="Where to write it, ending in .xlsx.")],
) -> None:
    """Write a workbook for people to fill in, with lists to choose from."""
    new_file(call, path)
    with call.open(read_only=True) as hub:
        hub.imports.template(path)
    if call.json:
        call.out.data({"path": path})
    else:
        call.out.line(f"The template is {path}.")


def export(
    call: Call,
    path: Annotated[
        str,
        typer.Argument(metavar="FILE", help="Where to; its ending says the format: xlsx, csv, tsv, jsonl, parquet."),
    ],
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="Whom: a query such as 'tag = vip'; without it everybody.")
    ] = "",
    columns: Annotated[
        str | None,
        typer.Option("--columns", "-c", metavar="NAMES", help="Columns, with commas: headers or properties."),
    ] = None,
    sort: Annotated[
        str | None, typer.Option("--sort", metavar="PROPERTY", help="Sort by a property; -created_on is newest first.")
    ] = None,
    for_sending: Annotated[
        bool,
        typer.Option(
            "--for-sending",
            help="A list to send to: of each a reachable number, first name and language; without the unreachable.",
        ),
    ] = False,
    force: FORCE = False,
) -> None:
    """Export the contacts that a query matches."""
    from contacthub.tables.write import format_of, tried

    names = [name.strip() for name in columns.split(",") if name.strip()] if columns is not None else None
    target = new_file(call, path, force=force)
    format_of(target)
    with ExitStack() as stack:
        hub = stack.enter_context(call.change())
        progress = stack.enter_context(call.out.progress(f"Writing {Path(path).name}"))
        if call.dry_run:
            target = stack.enter_context(tried(target))
        result = hub.export(target, query, names, for_sending=for_sending, sort=sort, progress=progress)
    if call.json:
        call.out.data(
            {"path": path, "query": query, "count": result.count, "columns": result.columns, "sha256": result.sha256,
             "left_out": result.left_out}
        )  # fmt: skip
        return
    verb = "would be" if call.dry_run else "is" if result.count == 1 else "are"
    call.out.line(f"{result.count:,} {'contact' if result.count == 1 else 'contacts'} {verb} in {path}.")
    for reason, count in result.left_out.items():
        call.out.line(f"  left out, {reason}: {count:,}")


def _agrees(call: Call, summary: Any) -> bool:
    """The person's answer; no question where there is nothing to commit."""
    changing = int(summary["create"]) + int(summary["update"])
    if not changing:
        return False
    rows = "row" if changing == 1 else "rows"
    return call.out.ask(f"Import {changing:,} {rows}?")


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _mapping(targets: list[str] | None, types: list[str] | None) -> dict[str, dict[str, str]] | None:
    """The columns that were named, as `preview` takes them; a column of a type is a field of its header."""
    mapping = {header: {"target": target} for header, target in _pairs("--map", "HEADER=TARGET", targets)}
    for header, type in _pairs("--type", "HEADER=TYPE", types):
        mapping.setdefault(header, {"target": f"Field:{header}"})["type"] = type
    return mapping or None


def _pairs(option: str, what: str, texts: list[str] | None, *, first: bool = False) -> list[tuple[str, str]]:
    """What stands before and after the last `=`, since headers may have one; or the first, since values may."""
    pairs = []
    for text in texts or ():
        header, equals, value = text.partition("=") if first else text.rpartition("=")
        if not equals or not header:
            raise typer.BadParameter(f"{option} takes {what}, not {text!r}.")
        pairs.append((header, value))
    return pairs


@contextmanager
def _path(file: str) -> Iterator[str]:
    """The file, with standard input written to a temporary one."""
    if file != "-":
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="contacthub-") as folder:
        path = Path(folder) / "stdin"
        with path.open("wb") as copy:
            while block := sys.stdin.buffer.read(1 << 20):
                copy.write(block)
        yield str(path)
