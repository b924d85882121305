"""A job as members see it."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue import PROMPT_LIMIT
from bot.credits.sources import Source
from bot.delivery.plan import Fitted, Unattached
from bot.jobs.job import Job, JobView, LateVideo
from bot.jobs.pauses import Pause, Scope, Target
from bot.jobs.states import UNCHARGED_ENDS, Failure, State
from bot.presentation.failures import NOTHING_CHARGED, REASONS
from bot.presentation.job_embed import (
    BAR_CELLS,
    PROMPT_SHOWN,
    THUMBNAIL_NAME,
    VideoLink,
    job_embed,
    job_footer,
    status_word,
)
from bot.presentation.text import moment
from bot.presentation.video_reply import (
    ALT_TEXT_LIMIT,
    LINK_LIFETIME,
    cancelled_text,
    late_call,
    video_file,
    video_link,
    video_reply,
)
from tests.unit.samples import (
    GREATEST_ID,
    JOB,
    NOW,
    TEXTS,
    assert_within_limits,
    job_in,
    view_of,
)

WORDS = {
    State.HELD: "QUEUED",
    State.SUBMITTING: "QUEUED",
    State.QUEUED: "QUEUED",
    State.PROCESSING: "PROCESSING",
    State.RENDERED: "COMPLETED",
    State.DELIVERED: "COMPLETED",
    State.FAILED: "FAILED",
    State.CANCELLED: "CANCELLED",
    State.LOST: "FAILED (lost)",
}
RUNNING = [State.QUEUED, State.PROCESSING]
LINK = VideoLink(f"https://media.example/{'a' * 300}.mp4?sig={'b' * 200}", NOW)
SIGNED_LINK = VideoLink(f"https://media.example/1.mp4?sig={'b' * 2000}", NOW)
LINKS = st.sampled_from([None, LINK, SIGNED_LINK])


def fields(embed: discord.Embed) -> dict[str, str]:
    """Read an embed's fields by name."""
    return {str(field.name): str(field.value) for field in embed.fields}


def news(view: JobView, seconds: float = 0.0, link: VideoLink | None = None) -> str:
    """Read what is said of a job so many seconds after it was submitted."""
    embed = job_embed(view, NOW + timedelta(seconds=seconds), link)
    return str(embed.fields[0].value)


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    """Draw a job in any state, with the greatest figures and any prompt."""
    state = draw(st.sampled_from(State))
    values: dict[str, Any] = {
        "id": draw(st.sampled_from([1, GREATEST_ID])),
        "member_id": draw(st.sampled_from([1, GREATEST_ID])),
        "price": draw(st.sampled_from([1, 600, 10**9])),
        "prompt": draw(TEXTS.map(lambda text: f"a{text}")),
    }
    if state in UNCHARGED_ENDS:
        values["failure"] = draw(st.sampled_from(Failure))
    return job_in(state, **values)


@pytest.mark.parametrize("state", State)
def test_each_state_has_the_word_that_the_issue_names(state: State) -> None:
    """Members read the provider's words, with the end in it that is not the provider's."""
    embed = job_embed(view_of(job_in(state)), NOW)

    assert status_word(state) == WORDS[state] == embed.fields[0].name


@pytest.mark.parametrize("state", State)
def test_the_order_is_shown_in_every_state(state: State) -> None:
    """Model, seconds, size, prompt, price, requester and number are always there."""
    embed = job_embed(view_of(job_in(state)), NOW)

    assert embed.title == "Sora 2 · 8 s · 1280x720"
    assert embed.description == "> a cat surfing at dawn"
    assert "80 credits ($0.80)" in fields(embed)["Price"]
    assert fields(embed)["Requested by"] == "<@4>"
    assert embed.footer.text == job_footer(7) == "Job #7"
    assert embed.timestamp == NOW


@pytest.mark.parametrize("state", State)
def test_the_price_is_struck_out_exactly_where_it_was_given_back(state: State) -> None:
    """A job that ended without a video says that it was not charged."""
    price = fields(job_embed(view_of(job_in(state)), NOW))["Price"]

    assert ("not charged" in price) == ("~~" in price) == (state in UNCHARGED_ENDS)


@pytest.mark.parametrize("failure", Failure)
@pytest.mark.parametrize("state", sorted(UNCHARGED_ENDS))
def test_an_end_without_a_video_gives_the_reason_and_the_credits(
    state: State, failure: Failure
) -> None:
    """Each failure's own words, and that nothing was charged."""
    assert news(view_of(job_in(state, failure=failure))) == f"{REASONS[failure]}\n{NOTHING_CHARGED}"


def test_a_price_that_many_pools_pay_names_the_first_few() -> None:
    """Discord refuses a field of over 1,024 characters, and with it the whole message."""
    pools = tuple(Source("pool", 3, number, 10**18 + number, "role") for number in range(40))
    view = replace(view_of(JOB), paid_from=pools)
    embed = job_embed(view, NOW)

    assert_within_limits(embed)
    price = next(field.value or "" for field in embed.fields if field.name == "Price")
    assert price.count("the pool of") == 8
    assert price.endswith(" and 32 more (96)")


@given(jobs(), st.integers(1, 10**6), st.floats(-1e7, 1e7), LINKS)
def test_every_embed_is_within_discords_limits(
    job: Job, place: int, seconds: float, link: VideoLink | None
) -> None:
    """Any prompt, state, moment and link makes an embed that Discord takes."""
    view = view_of(job, place if job.state is State.HELD else None, samples=place % 50)

    assert_within_limits(job_embed(view, NOW + timedelta(seconds=seconds), link))


@pytest.mark.parametrize("character", ["a", "*", "@", "\n", "a\n", "\\", "🐈", "\u0301", "\u200b"])
def test_the_longest_prompt_is_within_the_limits(character: str) -> None:
    """Four thousand of the same character, plain or escaped, seen or not."""
    prompt = f"a{character * PROMPT_LIMIT}"[:PROMPT_LIMIT]

    embed = job_embed(view_of(job_in(State.DELIVERED, prompt=prompt)), NOW, LINK)

    assert_within_limits(embed)
    assert len(embed.description or "") <= PROMPT_SHOWN


@given(jobs(), st.floats(-1e7, 1e7), st.integers(0, 50))
def test_no_progress_is_invented(job: Job, seconds: float, samples: int) -> None:
    """No percentage anywhere; a bar only while the provider works on it."""
    said = news(view_of(job, samples=samples), seconds)

    assert "%" not in said
    assert ("▰" in said or "▱" in said) == (
        job.state is State.PROCESSING and job.result_url is None
    )


@given(st.floats(-1e7, 1e7), st.floats(0, 1e5))
def test_the_bar_is_of_one_length_and_never_full(seconds: float, expected: float) -> None:
    """It shows time passed against time expected, and what is not finished is never shown so.

    A clock may have been set back, and a model may be instant: neither breaks it.
    """
    view = view_of(job_in(State.PROCESSING), seconds=expected)

    bar = news(view, seconds).split("\n")[0]

    assert re.fullmatch("▰*▱+", bar)
    assert len(bar) == BAR_CELLS


@given(st.floats(0, 1e4), st.floats(0, 1e4))
def test_the_bar_never_goes_back(one: float, other: float) -> None:
    """Later, it is as long or longer."""
    view = view_of(job_in(State.PROCESSING))

    assert news(view, min(one, other)).count("▰") <= news(view, max(one, other)).count("▰")


@pytest.mark.parametrize("state", RUNNING)
def test_the_time_left_counts_by_itself(state: State) -> None:
    """Discord's own clock counts down to the submit plus the usual wait; later it is not told."""
    view = view_of(job_in(state))
    ready = moment(NOW + timedelta(seconds=180))

    assert ready in news(view, 0)
    assert ready in news(view, 179)
    assert ready not in news(view, 181)
    assert "longer than usual" in news(view, 181)


@pytest.mark.parametrize("state", RUNNING)
def test_what_is_expected_says_from_what_it_is_known(state: State) -> None:
    """Learned from the bot's own videos, or published: the member can tell which."""
    job = job_in(state)

    assert "The last 12 such videos took about 3 min." in news(view_of(job, samples=12))
    assert "is said to take about 3 min." in news(view_of(job))


@pytest.mark.parametrize("state", [State.HELD, State.SUBMITTING, *RUNNING])
def test_a_wait_that_nobody_knows_is_not_made_up(state: State) -> None:
    """Without a published figure and without past videos there is no time, no bar, no lateness."""
    view = view_of(job_in(state), known=False)

    for seconds in (0, 180, 100_000):
        said = news(view, seconds)
        assert "How long such a video takes is not known yet." in said
        assert not re.search(r"▰|▱|<t:|\d+ (s|min|h)\b|longer than usual|said to take", said)


def test_progress_needs_no_edit_between_two_cells_of_the_bar() -> None:
    """The same embed is shown until the bar grows: time left counts in the reader's client."""
    view = view_of(job_in(State.PROCESSING))
    shown = {str(job_embed(view, NOW + timedelta(seconds=s)).to_dict()) for s in range(180)}

    assert len(shown) == BAR_CELLS


def test_a_job_in_line_says_its_place_and_how_to_leave() -> None:
    """The place, that the credits are held, and the command that gives them back."""
    said = news(view_of(job_in(State.HELD), 3))

    assert "Number 3 in line" in said
    assert "credits are held" in said
    assert "`/sora cancel job:7`" in said


def test_a_late_video_says_that_it_is_not_charged() -> None:
    """The reason for which the job ended is no longer true; where it could not be kept, a link."""
    job = job_in(State.LOST, failure=Failure.GIVEN_UP)
    view = replace(view_of(job), late_video=LateVideo(NOW, ""))
    said = news(view)
    assert f"came after all, <t:{int(NOW.timestamp())}:R>; it is not charged" in said
    assert REASONS[Failure.GIVEN_UP] not in said
    late = LateVideo(NOW, "https://a.example/film.mp4")
    reply = video_reply(replace(view, late_video=late), Fitted(None, Unattached.LOST), None, NOW)
    [field] = [each for each in reply["embed"].fields if "after all" in str(each.value)]
    assert "[watch or save it](https://a.example/film.mp4)" in str(field.value)


def test_a_job_in_a_paused_server_says_so_and_until_when_it_waits() -> None:
    """Its place in line would mean nothing; also where a moderator is asked."""
    over_at = NOW + timedelta(hours=24)
    view = replace(view_of(job_in(State.HELD)), pause_over_at=over_at, approval_lapses_at=over_at)

    said = news(view)

    assert "paused new videos in this server" in said
    assert f"<t:{int(over_at.timestamp())}:R>" in said
    assert "`/sora cancel job:7` gives them back now" in said
    assert "in line" not in said


@pytest.mark.parametrize(
    ("scope", "what"),
    [
        (Scope.ALL, "all new videos"),
        (Scope.GUILD, "new videos in this server"),
        (Scope.PROVIDER, "the video service that makes this one"),
        (Scope.MODEL, "Sora 2"),
    ],
)
def test_a_job_that_the_operator_keeps_back_says_so_and_its_place(scope: Scope, what: str) -> None:
    """What is paused, since when, why, that it goes on by itself, and how to cancel it."""
    pause = Pause(Target(scope, "x"), NOW, 9, "the *price* rose")
    said = news(replace(view_of(job_in(State.HELD), 3), operator_pause=pause))

    assert f"Whoever runs the bot has paused {what}, {moment(NOW)}: “the \\*price\\* rose”." in said
    assert "Number 3 in line. It goes on by itself" in said
    assert "credits are held" in said
    assert "`/sora cancel job:7` gives them back now" in said
    assert "usual" not in said, "nobody knows how long it takes"


def test_a_job_that_a_moderator_is_asked_about_says_that_first() -> None:
    """The pause keeps back what is approved; its place would mean nothing."""
    pause = Pause(Target(Scope.ALL), NOW, 9, "")
    lapses = NOW + timedelta(hours=24)
    view = replace(view_of(job_in(State.HELD)), operator_pause=pause, approval_lapses_at=lapses)

    assert "needs a moderator's approval" in news(view)


def test_a_place_far_back_is_told_so_that_it_stays_true() -> None:
    """Only the first ten are shown anew when the line moves; beyond, no number gets old."""
    said = news(view_of(job_in(State.HELD), 201))

    assert "201" not in said
    assert "More than 10 videos are before it" in said
    assert "`/sora status`" in said


@pytest.mark.parametrize("state", [State.SUBMITTING, State.QUEUED, State.PROCESSING])
def test_a_job_with_the_provider_does_not_offer_to_be_cancelled(state: State) -> None:
    """The provider cannot be stopped, so nothing says otherwise."""
    assert "cancel" not in news(view_of(job_in(state)))


def test_a_finished_video_under_way_to_us_says_so() -> None:
    """Between the provider's end and our disk no bar pretends anything."""
    job = job_in(State.PROCESSING, result_url="https://media.example/1.mp4")

    assert news(view_of(job), 9999) == "The video is finished and is being fetched."


def test_a_provider_that_has_finished_without_a_video_yet_is_told_so() -> None:
    """Nothing says that it is still at work, or when the video will be ready."""
    said = news(view_of(job_in(State.PROCESSING, finished_at=NOW)), 9999)

    assert said == f"The video service finished {moment(NOW)}; its video is awaited."


@pytest.mark.parametrize("state", [State.RENDERED, State.DELIVERED])
def test_a_completed_job_says_how_long_it_took_and_how_to_see_it_again(state: State) -> None:
    """From submit to video, and the command that brings it back."""
    assert news(view_of(job_in(state))) == (
        "Made in 3 min. `/sora show job:7` brings it back at any time."
    )


def test_a_linked_video_says_why_and_for_how_long() -> None:
    """The link, its end, and the way to the file."""
    said = news(view_of(job_in(State.DELIVERED)), link=LINK)

    assert f"[watch or save it]({LINK.url})" in said
    assert f"This link ends {moment(LINK.expires_at)}" in said
    assert "`/sora show job:7`" in said


def test_a_link_in_place_of_a_lost_file_says_so() -> None:
    """It is all that there is: the member is asked to save it, and no command is promised."""
    said = news(view_of(job_in(State.DELIVERED)), link=replace(LINK, why=Unattached.LOST))

    assert "copy of the video was lost" in said
    assert f"[watch or save it]({LINK.url})" in said
    assert f"This link ends {moment(LINK.expires_at)}" in said
    assert "/sora show" not in said


def test_a_video_that_was_not_converted_is_not_called_too_large() -> None:
    """What is said is what happened, and there is a way to try once more."""
    said = news(view_of(job_in(State.DELIVERED)), link=replace(LINK, why=Unattached.NOT_CONVERTED))

    assert "could not convert it" in said
    assert "too large" not in said
    assert f"[watch or save it]({LINK.url})" in said
    assert "`/sora show job:7` tries once more" in said


def test_a_link_too_long_for_a_field_is_opened_by_the_title() -> None:
    """Signed addresses can be long; the title of an embed takes 2,048 characters."""
    embed = job_embed(view_of(job_in(State.DELIVERED)), NOW, SIGNED_LINK)

    assert embed.url == SIGNED_LINK.url
    assert "title opens it" in str(embed.fields[0].value)
    assert SIGNED_LINK.url not in str(embed.fields[0].value)


def test_an_address_cannot_break_out_of_its_link() -> None:
    """What would end the link is opened by the title, which takes it as it is."""
    job = job_in(State.DELIVERED, result_url="https://media.example/a b).mp4?c=(d)")

    embed = job_embed(view_of(job), NOW, video_link(job, NOW))

    assert embed.url == "https://media.example/a%20b).mp4?c=(d)"
    assert "title opens it" in str(embed.fields[0].value)
    assert "media.example" not in str(embed.fields[0].value)


@pytest.mark.parametrize(
    "url",
    [
        "https://media.example/a%2Fb%28c%29.mp4?sig=%2F%3D%7e&t=a+b%20c&empty=&flag",
        "https://media.example/a/../b/./c%2e.mp4?x=[1]&x=%5B1%5D",
        "https://media.example/v.mp4?X-Amz-Credential=A%2F20261129%2Fus&sig=~%7E'",
    ],
)
def test_a_signed_address_is_shown_as_it_came(url: str) -> None:
    """To the letter, in the link and in the title: a signature is made over letters."""
    job = job_in(State.DELIVERED, result_url=url)

    embed = job_embed(view_of(job), NOW, video_link(job, NOW))

    assert embed.url == url
    assert f"({url})" in str(embed.fields[0].value)


@given(jobs(), LINKS)
def test_what_is_the_providers_own_is_not_shown(job: Job, link: VideoLink | None) -> None:
    """No request id, and an address of the provider only as a link on purpose."""
    text = str(job_embed(view_of(job), NOW, link).to_dict())

    assert "secret-request-id" not in text
    assert "https://media/1.mp4" not in text


def test_a_video_that_is_attached_carries_what_it_shows_in_words(tmp_path: Path) -> None:
    """Those who cannot see it read the prompt, as far as Discord takes it."""
    path = tmp_path / "7.mp4"
    path.write_bytes(b"stands for a video")
    job = job_in(State.DELIVERED, prompt="cat " * 1000)

    reply = video_reply(view_of(job), Fitted(path), None, NOW)
    again = video_file(job, path)

    [file] = reply["files"]
    assert file.filename == "video.mp4"
    assert file.description == job.prompt[:ALT_TEXT_LIMIT]
    assert "watch or save it" not in str(reply["embed"].to_dict())
    assert again.fp.read() == b"stands for a video"
    file.close()
    again.close()


@pytest.mark.parametrize("state", State)
def test_a_picture_that_a_video_starts_from_is_the_thumbnail(state: State) -> None:
    """In every state, by the name of the attachment that carries it; else there is none."""
    with_one = job_embed(view_of(job_in(state, picture="cover:0123")), NOW)
    without = job_embed(view_of(job_in(state)), NOW)

    assert with_one.thumbnail.url == f"attachment://{THUMBNAIL_NAME}"
    assert without.thumbnail.url is None
    assert "0123" not in str(with_one.to_dict())


def test_a_reply_carries_the_thumbnail_that_its_embed_shows(tmp_path: Path) -> None:
    """Picture and video are attached, each under its own name and with words for it."""
    video, picture = tmp_path / "7.mp4", tmp_path / "small.jpg"
    for path in (video, picture):
        path.write_bytes(b"stands for a file")
    view = view_of(job_in(State.DELIVERED, picture="cover:0123"))

    reply = video_reply(view, Fitted(video), picture, NOW)

    assert [file.filename for file in reply["files"]] == [THUMBNAIL_NAME, "video.mp4"]
    assert all(file.description for file in reply["files"])
    assert reply["embed"].thumbnail.url == f"attachment://{THUMBNAIL_NAME}"
    for file in reply["files"]:
        file.close()


def test_a_picture_that_is_gone_from_the_disk_leaves_no_broken_thumbnail() -> None:
    """An embed must not point to what is not attached."""
    view = view_of(job_in(State.DELIVERED, picture="cover:0123"))

    reply = video_reply(view, Fitted(None, Unattached.TOO_LARGE), None, NOW)

    assert reply["files"] == []
    assert reply["embed"].thumbnail.url is None


def test_a_video_without_a_file_is_linked_until_the_provider_drops_it() -> None:
    """The provider keeps a video for seven days from its end."""
    job = job_in(State.DELIVERED)

    reply = video_reply(view_of(job), Fitted(None, Unattached.TOO_LARGE), None, NOW)

    assert job.rendered_at is not None
    assert video_link(job, NOW) == VideoLink("https://media/1.mp4", job.rendered_at + LINK_LIFETIME)
    assert "(https://media/1.mp4)" in reply["embed"].fields[0].value
    assert reply["files"] == []


def test_a_late_video_calls_its_member_and_nobody_else() -> None:
    """The one mention is the requester's; the prompt is not repeated."""
    assert late_call(job_in(State.DELIVERED)) == "<@4>, your video is here: job #7."


def test_a_cancelled_job_says_what_came_back() -> None:
    """Number and credits."""
    assert cancelled_text(job_in(State.CANCELLED)) == (
        "Job #7 is cancelled; 80 credits are back in your budget."
    )
