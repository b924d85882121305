"""Lists of jobs and models, and the guide, as embeds."""

from collections.abc import Iterator, Sequence

import discord
from discord import app_commands

from bot.catalogue import Dish, Menu, default_model
from bot.jobs.job import Job, JobView
from bot.presentation.choices import MOST_IN_CHOICE
from bot.presentation.embeds import COLOUR, MOST_CHARACTERS, MOST_IN_FIELD, add_field, fitting
from bot.presentation.job_embed import status_word
from bot.presentation.text import (
    credits_text,
    duration_text,
    listing,
    moment,
    plain_line,
    reason_text,
    tame_line,
)

SIZES_IN_ROW = 2
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
        text=f"{footer}Prices are credits a second; 100 credits are $1. A failed or cancelled "
        "video costs nothing."
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
    ends = sorted({min(model.durations_seconds), max(model.durations_seconds)})
    rows = [
        [" ".join(sizes), f"{price:,}/s", *(f"{s} s: {s * price:,}" for s in ends)]
        for price, sizes in _rows_of_sizes(dish)
    ]
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
    return f"**{model.title}** · `{model.name}`\n{' '.join(notes)}\n{_table(rows)}"


def _rows_of_sizes(dish: Dish) -> Iterator[tuple[int, Sequence[str]]]:
    """Put sizes of one price together, as many as fit a row on a phone."""
    by_price: dict[int, list[str]] = {}
    for size, price in _prices(dish):
        by_price.setdefault(price, []).append(size)
    for price, sizes in by_price.items():
        for first in range(0, len(sizes), SIZES_IN_ROW):
            yield price, sizes[first : first + SIZES_IN_ROW]


def _short_table(menu: Menu) -> str:
    """Write a row for each model, where they are too many for more."""
    rows = []
    for dish in menu.values():
        prices = [price for _, price in _prices(dish)]
        least, most = min(prices), max(prices)
        price = f"{least:,}" if least == most else f"{least:,}-{most:,}"
        seconds = dish.model.durations_seconds
        name = dish.model.name if dish.offers else f"{dish.model.name} (paused)"
        rows.append([name, f"{min(seconds)}-{max(seconds)} s", f"{price}/s"])
    return f"{_table(rows)}\nThe sizes are among the choices of `/sora create`."


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Write rows in columns of equal letters, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
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
        f"**#{job.id}** {status_word(job.state)}{where}{ready} · {view.title} · "
        f"{job.duration_seconds} s · {credits_text(job.price)}\n"
        f"{tame_line(job.prompt, 120)}"
    )
