"""Match keys: one text for all the spellings of an identity that reach the same person.

Numbering plans changed and networks did not follow: a Brazilian mobile has a ninth digit in the directory and often
none in its WhatsApp id. A *strong* rule says that two spellings are surely one person, who is then one contact by
itself; a *weak* rule says that they may be, which is a suggestion to merge and never more.

All functions take URNs in normal form (`identity.urns.normalize`) and need no library; a key costs about a microsecond.
"""

from __future__ import annotations

PHONE = "phone:"
"""Prefix of the match keys of phone numbers, be they `tel` or `whatsapp`: the same digits are the same person."""


def is_phone(urn: str) -> bool:
    """Whether a URN bears a phone number: `tel` or `whatsapp`, but neither a business-scoped id nor a sender's name."""
    scheme, _, path = urn.partition(":")
    if scheme == "tel":
        path = path.removeprefix("+")
    elif scheme != "whatsapp":
        return False
    return path.isascii() and path.isdigit()


def match_key(urn: str) -> str:
    """The key under which an identity belongs to one contact: equal for all strong spellings.

    `phone:` and digits for a phone number, else the URN itself: schemes that do not heed case are in lower case in
    their normal form, and the others tell people apart by it. A short code keeps `tel:`, since it is a number of one
    country only. A business-scoped id is unique within its portfolio, which the store adds as a scope.
    """
    digits = _full_number(urn)
    return PHONE + _strong(digits) if digits else urn


def weak_key(urn: str) -> str:
    """The key that is equal for weak spellings too.

    Two identities with equal weak keys and different match keys may be one person; `may_be_same` decides.
    """
    digits = _full_number(urn)
    return PHONE + _weak(_strong(digits)) if digits else urn


def may_be_same(one: str, other: str) -> bool:
    """Whether a weak rule, and no strong one, joins two URNs: a reason to suggest a merge.

    Ivorian numbers that differ in their new prefix alone share the old number and hence a weak key, yet they are
    different people: a rule joins the old spelling with a new one, never two new ones.
    """
    if weak_key(one) != weak_key(other):
        return False
    mine, theirs = match_key(one), match_key(other)
    return mine != theirs and not (len(mine) == len(theirs) and mine.startswith(PHONE + "225"))


def weak_match_keys(urn: str) -> frozenset[str]:
    """The match keys of those whom only a weak rule takes for the same person; none for most numbers."""
    if not urn.startswith(_WEAK_PLANS) or not (digits := _full_number(urn)):
        return frozenset()
    others = _weakly_spelled(_weak(_strong(digits)))
    if len(others) == 1:
        return frozenset()
    return frozenset(match_key(f"tel:+{other}") for other in others if may_be_same(urn, f"tel:+{other}"))


_WEAK_PLANS = tuple(scheme + code for scheme in ("tel:+", "whatsapp:") for code in ("54", "55", "225"))
"""How the numbers begin that a weak rule is about: Argentina, Brazil, Côte d'Ivoire."""


def spellings(urn: str, *, weak: bool = False) -> tuple[str, ...]:
    """All URNs that reach the same person by a strong rule (or a weak one as well), the given one first.

    For a phone number each spelling comes as `tel` and as `whatsapp`; any other identity has one spelling, its own.
    """
    digits = _full_number(urn)
    if not digits:
        return (urn,)
    numbers = _spelled(_strong(digits))
    if weak:
        others = (number for known in _weakly_spelled(_weak(_strong(digits))) for number in _spelled(known))
        numbers += [number for number in others if may_be_same(urn, f"tel:+{number}")]
    urns = [spelling for number in numbers for spelling in (f"tel:+{number}", f"whatsapp:{number}")]
    return tuple(dict.fromkeys([urn, *urns]))


def _full_number(urn: str) -> str:
    """The digits of an international number; empty for any other identity, short codes among them."""
    if urn.startswith("tel:+"):
        digits = urn[5:]
    elif urn.startswith("whatsapp:"):
        digits = urn[9:]
    else:
        return ""
    return digits if digits.isascii() and digits.isdigit() else ""


def _strong(digits: str) -> str:
    length = len(digits)
    if length == 12:
        # Brazil: 55, an area (no zeros), eight digits. 6, 8 and 9 are old mobiles, 2 to 5 landlines, 7 is either.
        if digits.startswith("55") and digits[4] in "689" and "0" not in digits[2:4]:
            return digits[:4] + "9" + digits[4:]
    elif length == 13:
        # Mexico: the 1 of mobiles, gone since 2019, kept by WhatsApp.
        if digits.startswith("521"):
            return "52" + digits[3:]
    elif length == 11 and digits.startswith("229"):
        # Benin: 01 in front of all numbers since November 2024.
        return "22901" + digits[3:]
    return digits


def _weak(digits: str) -> str:
    length = len(digits)
    if length == 13:
        # Argentina: the 9 of mobiles; without it the same digits may be a landline.
        if digits.startswith("549"):
            return "54" + digits[3:]
        # Côte d'Ivoire: two digits in front of the old eight, by operator, since January 2021.
        if digits.startswith(("22501", "22505", "22507")):
            return "225" + digits[5:]
    elif length == 12 and digits.startswith("55") and digits[4] == "7" and "0" not in digits[2:4]:
        return digits[:4] + "9" + digits[4:]
    return digits


def _spelled(digits: str) -> list[str]:
    """All spellings of a number by the strong rules, from its strong form; that form first."""
    if len(digits) == 13:
        if digits.startswith("55") and digits[4] == "9" and digits[5] in "689" and "0" not in digits[2:4]:
            return [digits, digits[:4] + digits[5:]]
        if digits.startswith("22901"):
            return [digits, "229" + digits[5:]]
    elif len(digits) == 12 and digits.startswith("52"):
        return [digits, "521" + digits[2:]]
    return [digits]


def _weakly_spelled(digits: str) -> list[str]:
    """All spellings of a number by the weak rules, from its weak form; that form first."""
    if len(digits) == 12 and digits.startswith("54"):
        return [digits, "549" + digits[2:]]
    if len(digits) == 11 and digits.startswith("225"):
        return [digits, *(f"225{prefix}{digits[3:]}" for prefix in ("01", "05", "07"))]
    if len(digits) == 13 and digits.startswith("55") and digits[4:6] == "97" and "0" not in digits[2:4]:
        return [digits, digits[:4] + digits[5:]]
    return [digits]
