"""What an account cannot have: the watch must live through a provider's nonsense."""

import pytest

from bot.errors import LookFailed
from bot.providers import aimlapi
from bot.providers.segmind import answers
from tests.unit.answering import answer

BEYOND = "9e999999999"


@pytest.mark.parametrize(
    ("parse", "body"),
    [
        (answers.parse_credits, {"credits": "9e999999", "free-credits": "9e999999"}),
        (answers.parse_credits, {"credits": BEYOND, "free-credits": BEYOND}),
        (aimlapi.parse_credits, {"current_balance": BEYOND}),
        (aimlapi.parse_credits, {"current_balance": "sNaN", "currency": "USD"}),
    ],
)
def test_a_number_beyond_all_bounds_is_no_amount(parse: object, body: object) -> None:
    """It is looked at again in an hour; an error of the arithmetic would end the bot."""
    assert callable(parse)
    with pytest.raises(LookFailed):
        parse(answer(200, body))
