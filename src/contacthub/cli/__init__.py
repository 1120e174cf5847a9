"""The command line: the hub's verbs as commands, for shells, scripts and cron.

One file a group of commands; `command` is what they share, `output` how they print. Nothing here decides anything about
contacts: a command reads its arguments, calls the hub, and shows the answer. No pandas and no Textual until needed.
"""

from contacthub.cli.main import main

__all__ = ["main"]
