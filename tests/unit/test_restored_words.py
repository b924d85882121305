"""What the operator is told after an older database was put back."""

from bot.presentation.alerts import MOST_NAMED, restored_text


def test_the_operator_reads_what_is_held_back_and_what_to_do() -> None:
    """How much is unknown, that nothing is sent, and both ways on."""
    text = restored_text([7, 9, 8], [])
    assert "does not know 3 submits, of jobs 7 to 9" in text
    assert "Nothing is sent to any provider now" in text
    assert "lost and refunded" not in text
    assert "put it back" in text
    assert "`sora-bot resume`" in text


def test_however_many_are_lost_the_message_fits() -> None:
    """The first are named, the others counted; Discord takes 2,000 characters."""
    assert "sent before: 7, 8." in restored_text([7, 8], [7, 8])
    numbers = range(2**60, 2**60 + MOST_NAMED + 1_500)
    text = restored_text(numbers, numbers)
    assert "and 1,500 more." in text
    assert len(text) <= 2_000
