"""`df.contacts` is there wherever frames are used, and pandas is loaded nowhere else."""

from __future__ import annotations

import subprocess
import sys

import pytest

THERE = "assert hasattr(pandas.DataFrame, 'contacts')"
OPEN = "ch.open(':memory:', create=True, actor='bia')"


@pytest.mark.parametrize(
    "script",
    [
        f"import pandas; import contacthub as ch; {THERE}",
        f"import contacthub as ch; import pandas; ch.mask; {THERE}",
        f"import contacthub as ch; frame = {OPEN}.find('').to_pandas(); import pandas; {THERE}",
        f"import sys; import contacthub as ch; len({OPEN}.find('name ~ ana')); assert 'pandas' not in sys.modules",
    ],
)
def test_frames_have_contacts(script: str) -> None:
    subprocess.run([sys.executable, "-W", "error::UserWarning", "-c", script], check=True)
