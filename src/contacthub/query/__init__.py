"""ContactQL: text → tree → checked tree → meaning → answer.

`parse` makes a `Query`; `Schema` tells what names mean. The rooms: `grammar.lark` and `parser` (text → tree), `tree`,
`checks` (names and values), `printing`, `dates`, `meaning` (what a checked query asks at an instant), `evaluator`
(over one contact). Nothing here knows an engine; engines evaluate a `Meaning`.
"""
