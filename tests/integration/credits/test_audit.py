"""The audit: right books have no differences, and each way to spoil them is named."""

from pathlib import Path

import pytest

from bot.credits import refund, release, settle
from bot.credits.audit import Difference, find_differences
from bot.storage import Transaction
from tests.books import close_job, execute, insert_job, query, rows_handed_over
from tests.integration.credits.conftest import ADA, ADMIN, BEN, GUILD, Books

TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"


@pytest.fixture
async def kept(books: Books) -> Books:
    """Give books with jobs in every kind of state: 1 held, 2 delivered for less, 3 failed."""
    await books.budgets.grant(ADA, 100, ADMIN, "")
    await books.rules.set_pool(GUILD, ("role", GUILD), (20, None), ADMIN, "")

    def work(tx: Transaction) -> None:
        for job_id, price, spender in ((1, 40, BEN), (2, 560, ADA), (3, 30, BEN)):
            insert_job(tx, job_id, spender.payer, price)
            books.budgets.hold(tx, spender, price, job_id)
        settle(tx, ADA.payer, books.posting("", 2), 550)
        close_job(tx, 2, "delivered", 550)
        release(tx, books.posting("", 3))
        close_job(tx, 3, "failed", None)

    await books.database.write(work)
    return books


async def differences(books: Books) -> list[Difference]:
    """Audit the database as it is."""
    return await books.database.read(find_differences)


def spoil(path: Path, *statements: str) -> None:
    """Change what the triggers protect, as a fault of the disk or a hand would."""
    drop = [f"DROP TRIGGER {name}" for (name,) in query(path, TRIGGERS)]
    execute(path, "PRAGMA ignore_check_constraints = ON", *drop, *statements)


SPOILT = [
    (
        "UPDATE accounts SET balance = balance + 5 WHERE kind = 'spent'",
        {"all accounts: they sum to zero", "account 8: the balance is the sum of the entries"},
    ),
    (
        "DELETE FROM entries WHERE kind = 'settle'",
        {"account 5:", "account 8:", "hold of job 2: it is settled, and so are its entries"},
    ),
    (
        "UPDATE entries SET amount = 39 WHERE kind = 'hold' AND job_id = 1",
        {"account", "hold of job 1: its entries sum to it"},
    ),
    (
        "UPDATE entries SET member_id = 77 WHERE kind = 'grant'",
        {"entry 1: it moves credits between its member's accounts"},
    ),
    (
        "UPDATE entries SET kind = 'hold' WHERE kind = 'settle'",
        {"entry", "hold of job 2: its entries sum to it", "hold of job 2: it is settled"},
    ),
    (
        "UPDATE holds SET state = 'released' WHERE job_id = 1",
        {"hold of job 1: it is released", "job 1 (held): the hold ends with the job", "use of"},
    ),
    (
        "UPDATE holds SET settled = 540 WHERE job_id = 2",
        {"hold of job 2: it is settled", "job 2 (delivered): its price is settled", "use of"},
    ),
    (
        "UPDATE holds SET state = 'refunded' WHERE job_id = 2",
        {"hold of job 2: it is refunded", "job 2 (delivered): the hold ends with the job"},
    ),
    (
        "UPDATE entries SET kind = 'refund' WHERE kind = 'release' AND job_id = 3",
        {"entry", "hold of job 3: it is released"},
    ),
    ("DELETE FROM holds WHERE job_id = 1", {"entry", "job 1 (held)", "use of"}),
    (
        "INSERT INTO holds VALUES (9, 1, '2026-11-20', 1, 'held', NULL)",
        {"hold of job 9: its entries sum to it", "hold of job 9: there is such a job", "use of"},
    ),
    (
        "UPDATE jobs SET state = 'failed', failure = 'moderated' WHERE id = 1",
        {"job 1 (failed): the hold ends with the job"},
    ),
    (
        "UPDATE jobs SET state = 'rendered', request_id = 'r' WHERE id = 3",
        {"job 3 (rendered): the hold ends with the job"},
    ),
    ("UPDATE jobs SET price = 549 WHERE id = 2", {"job 2 (delivered): its price is settled"}),
    ("UPDATE jobs SET price = 41 WHERE id = 1", {"job 1 (held): its price is held"}),
    ("UPDATE jobs SET guild_id = 2 WHERE id = 1", {"job 1 (held): its hold is in its server"}),
    ("UPDATE ceiling_use SET used = used + 1 WHERE guild_id = 1", {"use of server 1"}),
    ("DELETE FROM ceiling_use WHERE guild_id = 0", {"use of all servers"}),
    (
        "INSERT INTO ceiling_use VALUES (5, '2026-11-20', 1)",
        {"use of server 5 on 2026-11-20: it is what was held and not given back, or may be billed"},
    ),
]


async def test_right_books_have_no_differences(kept: Books) -> None:
    """Whatever states their jobs are in; and looking changes nothing."""
    before = kept.database.path.read_bytes()
    assert await differences(kept) == []
    assert kept.database.path.read_bytes() == before


async def test_right_books_are_summed_where_they_are(kept: Books) -> None:
    """Nothing of what is right comes out of the database, however many entries there are."""
    assert rows_handed_over(kept.database.path, find_differences) == 0
    spoil(kept.database.path, "UPDATE jobs SET price = 41 WHERE id = 1")
    assert rows_handed_over(kept.database.path, find_differences) == 1


@pytest.mark.parametrize(("statement", "told"), SPOILT)
async def test_whatever_is_spoilt_is_named(kept: Books, statement: str, told: set[str]) -> None:
    """The row and the rule, and nothing that is right."""
    spoil(kept.database.path, statement)
    found = [f"{each.subject}: {each.rule}" for each in await differences(kept)]
    matching = {words: [line for line in found if _fits(line, words)] for words in told}
    assert all(matching.values()), found
    assert {line for lines in matching.values() for line in lines} == set(found)


async def test_a_refund_is_right_and_a_greater_one_is_named(kept: Books) -> None:
    """All of the price and no more, back to the sources that it came from."""

    def lose(tx: Transaction) -> None:
        refund(tx, kept.posting("", 2))
        close_job(tx, 2, "failed", None)

    await kept.database.write(lose)
    assert await differences(kept) == []
    spoil(kept.database.path, "UPDATE entries SET amount = amount + 10 WHERE kind = 'refund'")
    found = [f"{each.subject}: {each.rule}" for each in await differences(kept)]
    assert any("no more goes back to a source than came from it" in line for line in found)


async def test_what_goes_back_to_the_wrong_source_is_named(kept: Books) -> None:
    """Credits that came of the allowance and were returned as a grant would never expire."""
    path = kept.database.path
    [(entry,)] = query(path, "SELECT id FROM entries WHERE kind = 'release' AND job_id = 3")
    spoil(
        path,
        "INSERT INTO accounts VALUES (99, 1, 20, 'grant', '', 0, 30)",
        "UPDATE accounts SET balance = balance - 30 WHERE kind = 'allowance' AND member_id = 20",
        "UPDATE entries SET to_account = 99 WHERE kind = 'release' AND job_id = 3",
    )
    [found] = await differences(kept)
    assert (found.subject, found.found) == (f"entry {entry}", "30")


def _fits(line: str, words: str) -> bool:
    """Compare the subject's beginning, and the rule as far as it is told."""
    subject, _, rule = words.partition(":")
    return line.startswith(subject) and rule.strip() in line
