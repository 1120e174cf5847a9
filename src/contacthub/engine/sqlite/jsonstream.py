"""The documents of a TinyDB file one by one, without reading the whole file into memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

CHUNK = 1 << 20

_decoder = json.JSONDecoder()


class _Text:
    """A text read piece by piece, with a position in it."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._text = ""
        self._at = 0
        self._size = CHUNK

    def _more(self) -> bool:
        piece = self._file.read(self._size)
        self._text = self._text[self._at :] + piece
        self._at = 0
        return bool(piece)

    def sign(self) -> str:
        """The next character that is no white space, without passing it; "" at the end."""
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace():
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def pass_over(self, wanted: str) -> None:
        found = self.sign()
        if found != wanted or not found:
            raise ValueError(f"{wanted!r} was expected, not {found or 'the end of the file'!r}")
        self._at += 1

    def value(self) -> Any:
        """The next JSON value, whole."""
        self.sign()
        while True:
            try:
                value, end = _decoder.raw_decode(self._text, self._at)
                if end == len(self._text) and self._more():  # a number may go on
                    continue
                self._at = end
                self._size = CHUNK
                return value
            except json.JSONDecodeError:
                # Probably cut off by the end of the piece; ever larger pieces, for a value larger than all of them.
                self._size *= 2
                if not self._more():
                    raise


def documents_of(file: IO[str]) -> Iterator[tuple[str, str, Any]]:
    """Table, id and document, in the order of the file. Raises ValueError where it is no TinyDB file, whole and alone
    in its file."""
    text = _Text(file)
    for table in _keys(text):
        for id in _keys(text):
            yield table, id, text.value()
    if text.sign():
        raise ValueError(f"{text.sign()!r} comes after its end")


def _keys(text: _Text) -> Iterator[str]:
    """The keys of an object; whoever asks for the next has passed over the value."""
    text.pass_over("{")
    if text.sign() == "}":
        text.pass_over("}")
        return
    while True:
        key = text.value()
        if not isinstance(key, str):
            raise ValueError(f"{key!r} stands where a name was expected")
        text.pass_over(":")
        yield key
        if text.sign() == "}":
            text.pass_over("}")
            return
        text.pass_over(",")
