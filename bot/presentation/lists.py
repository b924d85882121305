"""Lists of jobs and models, and the guide, as embeds."""

from collections.abc import Iterator, Sequence

import discord
from discord import app_commands

from bot.catalogue import Dish, Menu, default_model
from bot.jobs.job import Job, JobView
from bot.presentation.choices import MOST_IN_CHOICE
from bot.presentation.embeds import COLOUR, MOST_CHARACTERS, MOST_IN_FIELD, add_field, fitting
from bot.presentation.job_embed import status_word, view_word
from bot.presentation.text import (
    credits_text,
    duration_text,
    listing,
    moment,
    plain_line,
    reason_text,
    tame_line,
)

PHONE_WIDTH = 35
"""Letters of equal width that fit beside each other on a phone."""
_LEAST_NAME = 20
_ROOM_AROUND = 100
_ESTIMATED = (
    "The providers publish no price for these. Whoever runs the bot sets a better one with "
    "`credits_per_second`."
)


def status_embed(views: Sequence[JobView]) -> discord.Embed:
    """List a member's jobs under way."""
    lines = [_status_line(view) for view in views]
    text = fitting(lines, MOST_CHARACTERS)
    text = text or "Nothing is under way. `/sora create` starts a video."
    return discord.Embed(title="Your videos under way", description=text, colour=COLOUR)


def history_embed(jobs: Sequence[Job]) -> discord.Embed:
    """List a member's latest jobs."""
    lines = [
        f"**#{job.id}** {status_word(job.state)} · {job.model} · {job.duration_seconds} s · "
        f"{credits_text(job.price) if job.failure is None else 'not charged'} · "
        f"{moment(job.created_at)}\n{_prompt_line(job)}"
        for job in jobs
    ]
    text = fitting(lines, MOST_CHARACTERS) or "No videos yet. `/sora create` makes the first one."
    embed = discord.Embed(title="Your latest videos", description=text, colour=COLOUR)
    embed.set_footer(text="/sora show brings a video back.")
    return embed


def job_choice(job: Job) -> app_commands.Choice[int]:
    """Offer a job by number, state and the beginning of its prompt."""
    head = f"#{job.id} {status_word(job.state)}: "
    name = head + plain_line(job.prompt, MOST_IN_CHOICE - len(head))
    return app_commands.Choice(name=name, value=job.id)


def models_embed(menu: Menu, *, for_admin: bool = False) -> discord.Embed:
    """Show what can be made, and what it costs, as a table; to admins, what of it is estimated."""
    embed = discord.Embed(title="Models", colour=COLOUR)
    text = "\n".join(_model_rows(dish) for dish in menu.values())
    if len(text) > MOST_CHARACTERS:
        text = _short_table(menu)
    embed.description = text or "No model can be used just now."
    estimated = [f"`{name}`" for name, dish in menu.items() if dish.model.estimates(dish.first)]
    if for_admin and estimated:
        room = MOST_IN_FIELD - len(_ESTIMATED)
        names = ", ".join(estimated)
        text = f"{names if len(names) < room else fitting(estimated, room)}\n{_ESTIMATED}"
        add_field(embed, "Estimated prices", text)
    usual = default_model(menu)
    footer = f"Where you choose none, it is {menu[usual.name].model.title}. " if usual else ""
    embed.set_footer(
        text=f"{footer}Prices are credits a second, then of the shortest to the longest video; "
        "100 credits are $1. A failed or cancelled video costs nothing."
    )
    return embed


def guide_embed() -> discord.Embed:
    """Explain the bot to a new member."""
    steps = (
        "**1.** `/sora create` with a prompt: say what is seen, how the camera moves and the "
        "mood. With `image` the video starts from your picture; a picture in a message has "
        "*Animate this picture* in its menu, under Apps. The price is shown, and held from your "
        "budget.\n"
        "**2.** The message tells how far the video is; you can close Discord meanwhile.\n"
        "**3.** The video arrives in the same message. If anything goes wrong, your credits "
        "come back by themselves.\n\n"
        "`/sora models` shows what can be made and what it costs. `/sora balance` shows your "
        "budget. `/sora status` lists what is under way, `/sora cancel` ends what was not sent "
        "yet, `/sora history` and `/sora show` bring older videos back. `/sora privacy` gives you "
        "what the bot keeps of you, or deletes it."
    )
    return discord.Embed(title="How to make a video", description=steps, colour=COLOUR)


def _model_rows(dish: Dish) -> str:
    """Write a model's part of the table: its seconds, and its sizes with their prices."""
    model = dish.model
    notes = [model.summary, f"Makes {_seconds_text(model.durations_seconds)}."]
    images = [offer.image for offer in dish.offers]
    if images and all(image is not None and image.required for image in images):
        notes.append("Needs a picture.")
    elif any(images):
        notes.append("Takes a picture.")
    if model.usual_wait_seconds is not None:
        notes.append(f"Usually ready in {duration_text(model.usual_wait_seconds)}.")
    if dish.paused_until is not None:
        notes.append(f"Paused, tried again {moment(dish.paused_until)}.")
    if dish.pause_reason is not None:
        reason = reason_text(dish.pause_reason)
        notes.append(f"Paused by whoever runs the bot{reason}.")
    return f"**{model.title}** · `{model.name}`\n{' '.join(notes)}\n{_prices_table(dish)}"


def _prices_table(dish: Dish) -> str:
    """Write sizes with their price a second and from the shortest video to the longest.

    Two sizes of one price share a row where a phone shows it whole; what is too wide goes.
    """
    shortest, longest = min(dish.model.durations_seconds), max(dish.model.durations_seconds)
    lines: list[str] = []
    for in_row, columns in ((2, 3), (1, 3), (1, 2)):
        rows = [
            [" ".join(sizes), f"{price:,}/s", _span(shortest * price, longest * price)][:columns]
            for price, sizes in _rows_of_sizes(dish, in_row)
        ]
        lines = _columns(rows)
        if max(map(len, lines)) <= PHONE_WIDTH:
            break
    return _block(lines)


def _rows_of_sizes(dish: Dish, in_row: int) -> Iterator[tuple[int, Sequence[str]]]:
    """Put sizes of one price together."""
    by_price: dict[int, list[str]] = {}
    for size, price in _prices(dish):
        by_price.setdefault(price, []).append(size)
    for price, sizes in by_price.items():
        for first in range(0, len(sizes), in_row):
            yield price, sizes[first : first + in_row]


def _short_table(menu: Menu) -> str:
    """Write a row for each model, where they are too many for more; a long name is cut."""
    facts = []
    for dish in menu.values():
        prices, seconds = [price for _, price in _prices(dish)], dish.model.durations_seconds
        length = _span(min(seconds), max(seconds))
        facts.append([f"{length} s", f"{_span(min(prices), max(prices))}/s"])
    ends = _columns(facts)
    room = max(_LEAST_NAME, PHONE_WIDTH - len(ends[0]) - 2)
    names = []
    for dish in menu.values():
        paused = "" if dish.offers else " (paused)"
        names.append(plain_line(dish.model.name, room - len(paused)) + paused)
    rows = _columns([[*each] for each in zip(names, ends, strict=True)])
    shown = fitting(rows, MOST_CHARACTERS - _ROOM_AROUND)
    return f"{_block([shown])}\n`/sora create` suggests each with its sizes."


def _span(least: int, most: int) -> str:
    return f"{least:,}" if least == most else f"{least:,}-{most:,}"


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Write rows in columns of equal letters, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]


def _block(lines: Sequence[str]) -> str:
    return "```\n" + "\n".join(lines) + "\n```"


def _prices(dish: Dish) -> list[tuple[str, int]]:
    """List the sizes that can be had, with what would be asked for a second of each now.

    Where all who make it rest, it is what they asked before.
    """
    model = dish.model
    offers = dish.offers or dish.served
    found = []
    for size in model.sizes:
        prices = (model.price_per_second(size, o) for o in offers if size in o.sizes_of([size]))
        price = next((each for each in prices if each is not None), None)
        if price is not None:
            found.append((size, price))
    return found


def _seconds_text(seconds: Sequence[int]) -> str:
    """Name lengths: 4, 8 and 12 seconds; 3 to 15 seconds."""
    ordered = sorted(seconds)
    if len(ordered) > 3 and ordered == list(range(ordered[0], ordered[-1] + 1)):  # noqa: PLR2004 - fewer are better listed
        return f"{ordered[0]} to {ordered[-1]} seconds"
    return f"{listing(tuple(map(str, ordered)))} seconds"


def _prompt_line(job: Job) -> str:
    return "*Prompt and video deleted*" if job.forgotten else tame_line(job.prompt, 120)


def _status_line(view: JobView) -> str:
    job = view.job
    where = f" · number {view.place_in_line} in line" if view.place_in_line else ""
    where += " · paused" if view.operator_pause or view.pause_over_at else ""
    ready = ""
    finished = (job.finished_at or job.rendered_at) is not None
    if job.submitted_at is not None and not finished and view.expectation.known:
        ready = f" · usually ready {moment(view.expectation.ready_at(job.submitted_at))}"
    return (
        f"**#{job.id}** {view_word(view)}{where}{ready} · {view.title} · "
        f"{job.duration_seconds} s · {credits_text(job.price)}\n"
        f"{tame_line(job.prompt, 120)}"
    )
