"""Exports: contacts written to files that people open and that an import reads back without a change.

Reads the store and writes files; changes nothing but the history, which records each export.
"""

from contacthub.exports.exporting import ExportResult, export

__all__ = ["ExportResult", "export"]
