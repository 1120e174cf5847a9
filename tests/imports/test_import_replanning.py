"""A plan made anew after a mend or a decision is the one that a first look would have given."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import contacthub as ch

NAMES = st.sampled_from(["Ana", "Bia Lima", "", "--", "TESTE", "x" * 130])
PHONES = st.sampled_from(["21 98765-4321", "+55 21 8765-4321", "98765-4321", "", "--", "21 98765-4322", "5,52E+12"])
DAYS = st.sampled_from(["03/04/2026", "25/04/2026", "04/25/2026", "2026-05-01", "", "never"])
TAGS = st.sampled_from(["vip", "vip, new", "", "--"])
ROWS = st.lists(st.tuples(NAMES, PHONES, DAYS, TAGS), min_size=1, max_size=6)
CELLS = {"Name": NAMES, "URN:Tel": PHONES, "Field:Joined": DAYS, "Tags": TAGS}
STEPS = st.lists(
    st.one_of(
        st.sampled_from(sorted(CELLS)).flatmap(lambda name: st.tuples(st.just(name), CELLS[name])),
        st.tuples(st.just("resolve"), st.sampled_from(["create", "update", "skip"])),
        st.tuples(st.just("setting"), st.sampled_from(["dmy", "mdy"])),
        st.tuples(st.just("remap"), st.sampled_from(["ignore", "Remarks", "Field:Joined"])),
    ),
    max_size=5,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, steps=STEPS, data=st.data())
def test_mending_and_deciding_plan_as_a_first_look_does(
    tmp_path: Path, rows: list[tuple[str, ...]], steps: list[tuple[str, str]], data: st.DataObject
) -> None:
    path = tmp_path / "people.csv"
    lines = [",".join(f'"{cell}"' for cell in row) for row in (tuple(CELLS), ("Zoe", "21 98765-4329", "", ""), *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with ch.open(":memory:", actor="bia") as hub:
        hub.settings.update(country="BR")
        hub.fields.create("Joined", type="datetime")
        hub.contacts.create(name="Ana", urns=["tel:+5521987654321"], tags=["old"])
        preview = hub.imports.preview(path)
        for what, value in steps:
            row = data.draw(st.sampled_from(preview.rows["row"].tolist()))
            if what == "resolve":
                preview.resolve(value, row=row)
            elif what == "setting":
                hub.settings.update(date_order=value)
                preview.replan()
            elif what == "remap":
                preview.remap({"Field:Joined": value})
            elif what in [str(column.target) for column in preview.mapping]:
                preview.mend(row, what, value)
        quick = preview.hash, preview.rows.to_csv(), preview.changes.to_csv(), preview.problems.to_csv()
        preview._planner._conversions.clear()
        preview.replan()
        assert quick == (
            preview.hash, preview.rows.to_csv(), preview.changes.to_csv(), preview.problems.to_csv()
        )  # fmt: skip
