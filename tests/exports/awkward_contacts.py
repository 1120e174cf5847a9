"""Contacts whose values are easily taken for something else."""

from __future__ import annotations

from contacthub.hub import Hub


def filled(hub: Hub) -> None:
    ana = hub.contacts.create(
        name="Ana",
        urns=[
            "whatsapp:5521987654321",
            "tel:+55 21 3333-4444",
            "tel:+5521987654322",
            "mailto:ana@example.com",
            "ext:007, x",
        ],
        fields={"age": 36.5, "joined": "2026-05-01", "document": "00123"},
        tags=["a, b", 'the "best"', "vip"],
        lists=["Sales", "In, box"],
        groups=["VIPs, all"],
        language="por",
        assignee="bia",
        remarks="two\nlines",
    )
    ana.opt_in(proof="form 7")
    hub.contacts.create(
        name="=HYPERLINK()",
        urns=["telegram:12345678901234567"],
        fields={"age": "12345678901234567890123", "joined": "2026-05-01T03:00:00.123456+00:00", "document": "'=x"},
    )
    hub.contacts.create(name="'@handle", urns=["mailto:x@example.com"], fields={"document": "-12", "age": -3})
    hub.contacts.create(
        name="nobody to reach", tags=["one; two"], fields={"state": "Brasil > Pernambuco", "document": "3/4"}
    )
    hub.contacts.create(
        name="+5521987650000", urns=["tel:911123"], status="blocked", avatar="https://example.org/a.png"
    )
    hub.contacts.create(name="TRUE", urns=["ext:1.0"], fields={"document": "1e5", "age": 0})
    bia = hub.contacts.create(
        name="Bia", urns=["ext:bia"], fields={"age": "12345678901234560000", "joined": "2026-05-01T00:00:00+00:00"}
    )
    bia.opt_in("utility", proof="form 8")
    hub.contacts.create(
        name="--",
        urns=["ext:--", "ext:'--", "ext:-- x"],
        fields={"document": "''--", "state": "--"},
        tags=["--"],
        lists=["--"],
        groups=["--"],
        remarks="'--",
        avatar="--",
    )
    hub.contacts.create(name="#N/A", urns=["ext:#REF!"], fields={"document": "2026-05-01", "joined": "1899-12-31"})
