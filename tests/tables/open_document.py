"""A small workbook of OpenDocument, as LibreOffice writes it, in short."""

from __future__ import annotations

import io
import zipfile


def ods(*rows: str, before: str = "") -> bytes:
    """A sheet called A of rows as OpenDocument writes them, behind other tables."""
    names = {name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text")}
    names["calcext"] = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
    spaces = " ".join(f'xmlns:{name}="{address}"' for name, address in names.items())
    table = f'{before}<table:table table:name="A">{"".join(rows)}</table:table>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
        archive.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return stream.getvalue()


def cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


def row(*found: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(found)}</table:table-row>"
