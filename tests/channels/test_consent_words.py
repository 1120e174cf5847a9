"""A message that says nothing but an opt-out word opts out; one that says more does not."""

import pytest

from contacthub.channels.words import OPT_IN, OPT_OUT, statement
from contacthub.model.settings import Settings


@pytest.mark.parametrize("word", OPT_OUT)
def test_opt_out_words(word: str) -> None:
    assert statement(word, Settings()) == statement(word.lower(), Settings()) == "no"


@pytest.mark.parametrize("word", OPT_IN)
def test_opt_in_words(word: str) -> None:
    assert statement(f"{word.title()}!", Settings()) == "yes"


@pytest.mark.parametrize("text", [" BAJA ", "stop!", "«Sair».", "S.T.O.P.", "Páre", "opt-out", "stop\n", "\u200bstop"])
def test_spelled_in_another_way(text: str) -> None:
    assert statement(text, Settings()) == "no"


@pytest.mark.parametrize(
    "text", [None, "", "  ", "!?", "please stop", "não quero sair", "yes", "sim", "SIM!", "stopp", "opt out", "🛑"]
)
def test_what_says_nothing_about_consent(text: str | None) -> None:
    assert statement(text, Settings()) is None


def test_words_of_a_hub_take_the_place_of_the_defaults() -> None:
    own = Settings(opt_out_words="Chega, não quero mais", opt_in_words="quero")
    assert [statement(text, own) for text in ("chega!", "Nao quero mais.", "QUERO", "stop", "start")] == [
        "no", "no", "yes", None, None,
    ]  # fmt: skip
