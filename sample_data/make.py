"""Makes the sample data: `python sample_data/make.py [FOLDER]`. The same seed gives the same bytes.

    leads.xlsx     what a team brings home from a fair: some 500 rows, everything that goes wrong in a spreadsheet
    customers.csv  5,000 rows as an older shop system writes them: `;`, Windows-1252, decimal commas
    events.jsonl   webhook payloads of the WhatsApp Cloud API, one a line

Some leads are customers already, and many of them write in: the three files tell of the same people.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

from customers import write_customers
from events import write_events
from leads import write_leads
from people import People

HERE = Path(__file__).parent
SEED = 20261121
LEADS = 470
CUSTOMERS = 5000
CUSTOMERS_AMONG_LEADS = 60


def main(folder: Path = HERE) -> None:
    """Write the three files into `folder`."""
    random = Random(SEED)
    people = People(random)
    leads = [people.draw() for _ in range(LEADS)]
    known = random.sample(leads, CUSTOMERS_AMONG_LEADS)
    customers = known + [people.draw() for _ in range(CUSTOMERS - len(known))]
    random.shuffle(customers)
    strangers = [people.draw() for _ in range(40)]
    write_leads(folder / "leads.xlsx", leads, random)
    write_customers(folder / "customers.csv", customers, random)
    write_events(folder / "events.jsonl", leads, strangers, random)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
