"""Makes the HTML pages of `docs/*.md` in build/docs, offline: `make docs`.

Links between pages are written as links between the .md files, so that they also work where the repository is read;
here they become links between the .html files. A link that leads nowhere is an error.
"""

from __future__ import annotations

import html
import re
import shutil
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

DOCS = Path(__file__).parent
BUILD = DOCS.parent / "build" / "docs"
FIRST = ("index", "quickstart", "contactql", "imports", "cli", "tui", "notebook")
LAST = ("settings", "errors", "architecture", "store", "columns", "libraries")
STYLE = (DOCS / "style.css").read_text("utf-8")
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<nav><p class="name">contacthub</p>
<ul>
{navigation}
</ul></nav>
<main>
{body}</main>
</body>
</html>
"""


@dataclass(frozen=True)
class Page:
    """One page: its name, its title, its tokens and the anchors that links may lead to."""

    name: str
    title: str
    tokens: list[Token]
    anchors: frozenset[str]


class BrokenLink(Exception):
    """A link of a page that leads nowhere."""


def read(path: Path) -> Page:
    """A page from its Markdown, with an anchor at every heading."""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8"))
    title, anchors = path.stem, set()
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            anchor = slug(inline.content)
            token.attrSet("id", anchor)
            anchors.add(anchor)
            if token.tag == "h1":
                title = plain(inline.content)
    return Page(path.stem, title, tokens, frozenset(anchors))


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", plain(heading).lower()).replace(" ", "-")


def plain(inline: str) -> str:
    return re.sub(r"[`*]", "", inline)


def links(page: Page) -> list[Token]:
    """Links and pictures of a page, as tokens."""
    return [
        child
        for token in page.tokens
        for child in token.children or ()
        if child.type in ("link_open", "image")
    ]  # fmt: skip


def target_of(token: Token) -> str:
    return str(token.attrGet("src" if token.type == "image" else "href"))


def check(page: Page, pages: dict[str, Page]) -> None:
    """Raises BrokenLink for a link to a page, anchor or file that there is not."""
    for token in links(page):
        target = target_of(token)
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = DOCS / path if path else DOCS / f"{page.name}.md"
        if not file.exists():
            raise BrokenLink(f"{page.name}.md: {target} leads nowhere.")
        if anchor and file.suffix == ".md" and file.parent == DOCS and anchor not in pages[file.stem].anchors:
            raise BrokenLink(f"{page.name}.md: {file.name} has no heading #{anchor}.")


def render(page: Page, pages: dict[str, Page], files: set[Path]) -> str:
    """The page as HTML; files outside docs/ that it leads to are added to `files` and copied by `build`."""
    for token in links(page):
        target = target_of(token)
        path, hash_sign, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target) or not path:
            continue
        file = (DOCS / path).resolve()
        if file.suffix == ".md" and file.parent == DOCS.resolve():
            token.attrSet("href", f"{file.stem}.html{hash_sign}{anchor}")
        elif file.is_relative_to(DOCS.parent.resolve()) and not file.is_relative_to(DOCS.resolve()):
            files.add(file)
            token.attrSet("src" if token.type == "image" else "href", f"files/{file.name}")
    parser = MarkdownIt("commonmark").enable("table")
    body = parser.renderer.render(page.tokens, parser.options, {})
    navigation = "\n".join(
        f'<li><a href="{other.name}.html"{" class=here" if other is page else ""}>{html.escape(other.title)}</a></li>'
        for other in in_order(pages)
    )
    return PAGE.format(title=html.escape(page.title), style=STYLE, navigation=navigation, body=body)


def in_order(pages: dict[str, Page]) -> list[Page]:
    """Introductions first, references last, the rest between them by title."""
    between = sorted(pages.keys() - set(FIRST) - set(LAST), key=lambda name: pages[name].title)
    return [pages[name] for name in (*FIRST, *between, *LAST) if name in pages]


def build(target: Path = BUILD) -> list[Path]:
    """Write all pages into `target`; gives their paths. Raises BrokenLink."""
    pages = {path.stem: read(path) for path in sorted(DOCS.glob("*.md"))}
    for page in pages.values():
        check(page, pages)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    files: set[Path] = set()
    written = []
    for page in pages.values():
        path = target / f"{page.name}.html"
        path.write_text(render(page, pages, files), "utf-8")
        written.append(path)
    shutil.copytree(DOCS / "pictures", target / "pictures")
    for file in files:
        if file.is_file():
            (target / "files").mkdir(exist_ok=True)
            shutil.copy(file, target / "files" / file.name)
    return written


if __name__ == "__main__":
    try:
        made = build(Path(sys.argv[1]) if len(sys.argv) > 1 else BUILD)
    except BrokenLink as error:
        sys.exit(str(error))
    print(f"{len(made)} pages in {made[0].parent}; begin with index.html")
