"""The tree of errors, and the words that each has for people."""

import inspect
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import errors
from bot.errors import (
    AlreadyOrdered,
    AmountOutOfRange,
    AmountUnreadable,
    ApprovalDecided,
    ApprovalStopped,
    AskedAlready,
    BotCannotWrite,
    BotError,
    BotLacksPermissions,
    CeilingReached,
    ConfigError,
    DatabaseDamaged,
    DeliveryError,
    DraftGone,
    EveryoneHasTheDefault,
    FormGone,
    GuildNotServed,
    GuildPaused,
    InsufficientCredits,
    JobForgotten,
    MemberFrozen,
    MemberGone,
    ModelPaused,
    NoSuchJob,
    NoSuchPool,
    NotAdmin,
    NotApprover,
    NotAtProvider,
    NotBrought,
    NotForYourRoles,
    NothingOffered,
    NotOperator,
    NotPaused,
    NotYours,
    NoVideoYet,
    Offering,
    OneSharerNeeded,
    OptionUnavailable,
    OptionUnreadable,
    OrdersTooFast,
    OutsideGuild,
    PausedByOperator,
    PauseTargetUnclear,
    PictureFault,
    PictureRefused,
    PictureRequired,
    PicturesUnderWay,
    PictureUnsupported,
    PriceChanged,
    PromptEmpty,
    PromptTooLong,
    ProviderError,
    Refusal,
    ResourcesExhausted,
    RevokesTooMuch,
    ServerNamed,
    ServerNotOpen,
    ServerOpen,
    StorageBusy,
    StorageError,
    StorageFull,
    Suggestion,
    TooEarlyToEnd,
    TooLateToCancel,
    ToolFailed,
    TooManyWaiting,
    UnknownGuild,
    UnknownModel,
    UnknownProvider,
    UnknownSize,
    UnknownZone,
    Unmakeable,
)
from bot.jobs.states import Failure, State
from bot.presentation.failures import NOTHING_CHARGED, REASONS
from bot.presentation.refusals import explain, explain_to_operator
from tests.unit.samples import NOW, SPELLS

Branch = tuple[str, ...]

SAMPLES: dict[type[BotError], tuple[BotError, str]] = {
    GuildNotServed: (GuildNotServed(), "has to add the server to its list"),
    OutsideGuild: (OutsideGuild(), "Please use the command in a channel"),
    NotAdmin: (NotAdmin(), "Please ask one of them"),
    NotYours: (NotYours(7), "`/sora history` lists yours"),
    MemberGone: (MemberGone(), "Please pick a member"),
    BotLacksPermissions: (
        BotLacksPermissions(("attach_files", "embed_links")),
        "Please ask an admin to allow that here, or use another channel",
    ),
    PromptEmpty: (PromptEmpty(), "Please describe the video"),
    PromptTooLong: (PromptTooLong(4321, 4000), "Please shorten it"),
    UnknownModel: (
        UnknownModel("dall-e", ("sora-2", "sora-2-pro")),
        "Please choose one of sora-2 and sora-2-pro",
    ),
    OptionUnavailable: (
        OptionUnavailable((), "Sora 2", "size", "1792x1024", ("720x1280", "1280x720")),
        "doesn't support 1792x1024. Choose 720x1280 or 1280x720.",
    ),
    NothingOffered: (NothingOffered(), "Please tell whoever runs the bot"),
    FormGone: (FormGone(), "Please open it anew"),
    TooManyWaiting: (TooManyWaiting(10), "You have 10 videos waiting"),
    OrdersTooFast: (
        OrdersTooFast(6, datetime(2026, 1, 1, tzinfo=UTC)),
        "6 videos, the most within a minute",
    ),
    PicturesUnderWay: (PicturesUnderWay(2), "looking at 2 pictures of yours"),
    PictureRequired: (PictureRequired((), "Hailuo 02 Fast"), "attach one as `image`"),
    PictureUnsupported: (PictureUnsupported((), "Cam"), "Leave `image` out, or choose a model"),
    ModelPaused: (ModelPaused((), "Sora 2", NOW), "It is tried again <t:"),
    PictureRefused: (
        PictureRefused(PictureFault.NOT_A_PICTURE),
        "Please send a PNG, JPEG, WebP, AVIF or HEIC",
    ),
    DraftGone: (DraftGone(), "Please use `/sora create` again"),
    PriceChanged: (
        PriceChanged(40, Suggestion("sora-2", "Sora 2", 8, "1280x720", 80)),
        "The button below orders it at the new price",
    ),
    AlreadyOrdered: (
        AlreadyOrdered(7, 5, 6, 8),
        "Ordered: [#7](https://discord.com/channels/5/6/8)",
    ),
    AmountOutOfRange: (AmountOutOfRange(1.5, 1, 1_000_000), "from 1 to 1,000,000 credits"),
    InsufficientCredits: (
        InsufficientCredits(120, 40, NOW + timedelta(days=3)),
        "an admin can grant more",
    ),
    AmountUnreadable: (AmountUnreadable("1.500"), "Please write credits as 500 or 1,500"),
    UnknownZone: (UnknownZone("Berlin"), "Please choose one by its IANA name"),
    CeilingReached: (
        CeilingReached(whole_bot=False, price=120, left=40, renews_at=NOW + timedelta(days=3)),
        "a shorter video costs less",
    ),
    ServerNotOpen: (
        ServerNotOpen(2**63 - 1, None, ("a-free-model", "another-one")),
        "`/operator server allow server:9223372036854775807`",
    ),
    AskedAlready: (AskedAlready(NOW, NOW + timedelta(days=1)), "You can ask again <t:"),
    ServerOpen: (ServerOpen(9), "`/sora create` makes videos here"),
    ServerNamed: (ServerNamed(9), "Please take it out there"),
    GuildPaused: (GuildPaused(), "please ask an admin when it goes on"),
    MemberFrozen: (MemberFrozen(), "please ask an admin about it"),
    NotForYourRoles: (
        NotForYourRoles("model", "sora-2-pro", ("sora-2",)),
        "They allow sora",
    ),
    EveryoneHasTheDefault: (EveryoneHasTheDefault(), "please use `/budget default`"),
    NoSuchPool: (NoSuchPool(), "`/budget pool set` sets one up"),
    ApprovalStopped: (ApprovalStopped(7, 99, "paused"), "please decide again"),
    ApprovalDecided: (ApprovalDecided(7, "declined", 99), "its message shows how it goes on"),
    UnknownSize: (UnknownSize("1x1", ("720x1280",)), "There are 720x1280"),
    OneSharerNeeded: (OneSharerNeeded(), "please name one of the two"),
    NotOperator: (NotOperator(), "an admin has `/budget`"),
    UnknownProvider: (UnknownProvider("x", ("aimlapi", "segmind")), "one of aimlapi and segmind"),
    PauseTargetUnclear: (PauseTargetUnclear("model"), "Please name the model"),
    NotPaused: (NotPaused("model", "veo"), "`/operator status`"),
    PausedByOperator: (PausedByOperator("all", "", "the moon"), "Please try again later"),
    OptionUnreadable: (OptionUnreadable("prompt"), "choose from what Discord offers"),
    UnknownGuild: (UnknownGuild("9"), "A server's id is in its menu"),
    NotBrought: (NotBrought(7), "again in a minute"),
    NotAtProvider: (NotAtProvider(7, State.HELD), "/sora cancel job:7"),
    TooEarlyToEnd: (TooEarlyToEnd(7, NOW), "It can be ended <t:"),
    NotApprover: (NotApprover(7), "Please ask one of them"),
    BotCannotWrite: (BotCannotWrite(5, ("send_messages",)), "or choose another"),
    JobForgotten: (JobForgotten(7), "`/sora create` makes a new one"),
    RevokesTooMuch: (RevokesTooMuch(500, 20), "`/budget set` lowers"),
    NoSuchJob: (NoSuchJob(7), "`/sora history` lists yours"),
    TooLateToCancel: (TooLateToCancel(7, State.PROCESSING), "will arrive"),
    NoVideoYet: (NoVideoYet(7, State.PROCESSING), "It will arrive by itself"),
    StorageBusy: (StorageBusy(), "try again in a minute"),
    StorageFull: (StorageFull(), "tell whoever runs the bot"),
    DatabaseDamaged: (DatabaseDamaged("bot.db", "malformed", ""), "tell whoever runs the bot"),
    ResourcesExhausted: (ResourcesExhausted(), "try again in a few minutes"),
    ToolFailed: (ToolFailed("killed"), "try again in a minute"),
}
"""An error of each kind that members meet, and what it tells them to do or to expect next."""


def of_ours(kind: type[BotError]) -> bool:
    """Tell whether a kind is the bot's own, and not one that a test makes."""
    return kind.__module__.startswith(errors.__name__)


def leaves(root: type[BotError]) -> Iterator[type[BotError]]:
    """List the kinds that have no further kinds."""
    below = [each for each in root.__subclasses__() if each.__module__.startswith(errors.__name__)]
    for each in below:
        yield from leaves(each)
    if not below:
        yield root


def real_tree(root: type[BotError], above: Branch = ()) -> set[Branch]:
    """Name each class of the tree by the way to it."""
    path = (*above, root.__name__)
    below = [each for each in root.__subclasses__() if each.__module__.startswith(errors.__name__)]
    return {path}.union(*(real_tree(each, path) for each in below))


def drawn_tree(drawing: str) -> set[Branch]:
    """Read the tree that a docstring draws, four characters to a level."""
    found: set[Branch] = set()
    path: Branch = ()
    for line in drawing.splitlines():
        if node := re.match(r"([│├└─ ]*)([A-Z][A-Za-z]+)(  |$)", line):
            path = (*path[: len(node[1]) // 4], node[2])
            found.add(path)
    return found


def test_the_tree_in_the_docstring_is_the_real_one() -> None:
    """Whoever reads the drawing sees every error in its place, and none that is gone."""
    assert drawn_tree(inspect.getdoc(errors) or "") == real_tree(BotError)


def test_every_error_says_what_it_means() -> None:
    """Each class has a docstring of its own."""
    classes = [each for each in vars(errors).values() if inspect.isclass(each)]

    assert [each for each in classes if issubclass(each, BotError) and not each.__doc__] == []


@pytest.mark.parametrize("kind", [*leaves(Refusal), *leaves(StorageError)])
def test_every_refusal_has_words_of_its_own(kind: type[BotError]) -> None:
    """Nothing that a member can meet falls through to the words for a fault of ours."""
    assert explain.dispatch(kind) is not explain.dispatch(BotError)
    assert explain.dispatch(kind) is explain.registry[kind]


@pytest.mark.parametrize("kind", [*leaves(Refusal), *leaves(StorageError)])
def test_every_refusal_says_what_to_do_next(kind: type[BotError]) -> None:
    """Its words fit a message, and tell the way on."""
    error, way_on = SAMPLES[kind]
    text = explain(error)

    assert way_on in text
    assert 20 < len(text) < 600
    assert text.endswith(".")


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (SAMPLES[PromptTooLong][0], ["4,321", "4,000"]),
        (SAMPLES[BotLacksPermissions][0], ["- Attach Files\n", "- Embed Links\n"]),
        (
            SAMPLES[OptionUnavailable][0],
            ["Sora 2 doesn't", "720x1280 or 1280x720"],
        ),
        (SAMPLES[InsufficientCredits][0], ["120 credits ($1.20)", "40 credits", ":R>"]),
        (SAMPLES[RevokesTooMuch][0], ["Only 20 credits", "500 credits"]),
        (SAMPLES[UnknownModel][0], ["dall\\-e"]),
        (NotYours(41), ["#41"]),
        (SAMPLES[PriceChanged][0], ["80 credits ($0.80)", "40 credits on the button"]),
        (SAMPLES[PictureRequired][0], ["Hailuo 02 Fast always starts from a picture"]),
        (SAMPLES[PictureUnsupported][0], ["Cam starts from words alone"]),
        (SAMPLES[ModelPaused][0], ["behind Sora 2", "whoever runs the bot has been told"]),
        (NoSuchJob(42), ["#42"]),
    ],
)
def test_a_refusal_names_what_it_is_about(error: BotError, parts: list[str]) -> None:
    """Figures and names are the request's own."""
    assert [part for part in parts if part not in explain(error)] == []


@pytest.mark.parametrize(
    "kind",
    [
        *(each for each in SAMPLES if issubclass(each, Unmakeable | NothingOffered)),
        *(PictureRefused, DraftGone, PriceChanged),
        *(InsufficientCredits, BotLacksPermissions, StorageBusy, StorageFull),
    ],
)
def test_a_refused_video_says_that_nothing_was_charged(kind: type[BotError]) -> None:
    """Where a member could wonder, the answer speaks of the credits."""
    assert "Nothing was charged" in explain(SAMPLES[kind][0])


NEAREST = Suggestion("sora-2", "Sora 2", 4, "1280x720", 40)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            OptionUnavailable((NEAREST,), "Sora 2", "duration", "5", ("4", "8")),
            "The nearest that can be made:",
        ),
        (PictureRequired((NEAREST,), "Cam"), "Without a picture, this can be made:"),
        (PictureUnsupported((NEAREST,), "Cam"), "With your picture, this can be made:"),
        (ModelPaused((NEAREST,), "Sora 2", None), "Once it works again, or instead:"),
        (ModelPaused((NEAREST,), "Sora 2", None, ""), "Once it works again, or instead:"),
        (InsufficientCredits(120, 40, None, (NEAREST,)), "Within your balance:"),
        (CeilingReached(False, 120, 40, NOW, (NEAREST,)), "Within what is left:"),  # noqa: FBT003 - a field
        (NotForYourRoles("model", "Veo", (), (NEAREST,)), "What they allow:"),
    ],
)
def test_a_refusal_with_a_button_leads_over_to_it(error: Offering, words: str) -> None:
    """The last line is for the button below; without one, there is no such line."""
    text = explain(error)
    error.suggestions = ()

    assert text == f"{explain(error)}\n{words}"
    assert explain(error).endswith(".")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RevokesTooMuch(500, 0), "Nothing of what was granted is left, so 500 credits cannot"),
        (RevokesTooMuch(500, 1), "Only 1 credit of what was granted is left"),
        (RevokesTooMuch(500, 2), "Only 2 credits of what was granted are left"),
        (TooManyWaiting(1), "You have 1 video waiting"),
        (OrdersTooFast(1, NOW), "You have just ordered 1 video,"),
    ],
)
def test_few_are_counted_as_one_does(error: BotError, words: str) -> None:
    """None, one and two."""
    assert words in explain(error)


def test_a_pause_without_an_end_names_no_moment() -> None:
    """Nothing is made up."""
    assert "<t:" not in explain(ModelPaused((), "Sora 2", None))


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (PausedByOperator("all", "", ""), ["paused all new videos. Please try again later"]),
        (PausedByOperator("guild", "7", ""), ["new videos in this server", "or ask them"]),
        (PausedByOperator("model", "veo", "*"), ["veo: “\\*”", "`/sora models` shows what can be"]),
        (
            PausedByOperator("provider", "aimlapi", ""),
            ["the video service aimlapi", "/sora models"],
        ),
        (ModelPaused((NEAREST,), "Veo", None, "it burns"), ["has paused Veo: “it burns”", "later"]),
    ],
)
def test_what_the_operator_has_paused_is_refused_with_the_reason(
    error: BotError, parts: list[str]
) -> None:
    """What is paused, why, what to do next, and that nothing was charged; no word of a fault."""
    text = explain(error)

    assert [part for part in parts if part not in text] == []
    assert "Nothing was charged" in text
    assert "has been told" not in text


def test_a_pause_of_all_takes_no_name_and_any_other_needs_one() -> None:
    """Whoever mistypes does not pause everything."""
    assert "Everything has no name" in explain(PauseTargetUnclear("all"))
    assert "name the server" in explain(PauseTargetUnclear("guild"))


@pytest.mark.parametrize(
    ("fault", "limit", "words"),
    [
        (PictureFault.TOO_MANY_BYTES, 20 << 20, "too large: 20 MiB are the most"),
        (PictureFault.NOT_A_PICTURE, None, "send a PNG, JPEG, WebP, AVIF or HEIC"),
        (PictureFault.BROKEN, None, "is damaged"),
        (PictureFault.TOO_MANY_PIXELS, 50_000_000, "too many pixels: 50 million are the most"),
        (PictureFault.TOO_MANY_FRAMES, 100, "too many frames: 100 are the most"),
        (PictureFault.TOO_SMALL, 64, "each side needs at least 64 pixels"),
        (PictureFault.UNREADABLE, None, "Discord did not hand the picture over"),
        (PictureFault.GONE, None, "use `image` of `/sora create`"),
    ],
)
def test_every_fault_of_a_picture_has_its_reason_and_the_limit(
    fault: PictureFault, limit: int | None, words: str
) -> None:
    """What is wrong with it, what is allowed, and what to do instead."""
    text = explain(PictureRefused(fault, limit))

    assert words in text
    assert "None" not in text
    assert re.search(r"(?i)please", text)
    assert text.endswith("Nothing was charged.")


def test_the_faults_of_pictures_differ_in_their_words() -> None:
    """Each has a text of its own: the table above has them all."""
    assert len({explain(PictureRefused(fault, 1 << 20)) for fault in PictureFault}) == len(
        PictureFault
    )


@pytest.mark.parametrize("kind", [AmountOutOfRange, RevokesTooMuch])
def test_a_refused_change_says_that_nothing_was_changed(kind: type[BotError]) -> None:
    """An admin need not look the budget up."""
    assert "Nothing was changed" in explain(SAMPLES[kind][0])


@pytest.mark.parametrize("spell", SPELLS)
def test_what_a_client_made_up_is_shown_harmlessly(spell: str) -> None:
    """A manipulated client's model or size cannot ping or link by way of a refusal."""
    texts = [
        explain(UnknownModel(spell * 50, ("sora-2",))),
        explain(OptionUnavailable((), "Sora 2", "size", spell * 50, ("720x1280",))),
    ]
    for text in texts:
        plain = re.sub(r"\\.", "", text)
        assert not re.search(r"@(everyone|here|\d)|<[@#:at/]|https?:|\]\(", plain)
        assert len(text) < 600


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.SUBMITTING, "cannot be stopped"),
        (State.QUEUED, "cannot be stopped"),
        (State.PROCESSING, "cannot be stopped"),
        *((state, "is over already") for state in (State.RENDERED, State.DELIVERED)),
        *((state, "is over already") for state in (State.FAILED, State.CANCELLED, State.LOST)),
    ],
)
def test_cancelling_too_late_tells_the_truth(state: State, words: str) -> None:
    """With the provider, a job goes on; over, there is nothing to stop."""
    assert words in explain(TooLateToCancel(7, state))
    assert words in explain(TooLateToCancel(7, str(state)))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        *((state, "still being made") for state in (State.HELD, State.SUBMITTING)),
        *((state, "still being made") for state in (State.QUEUED, State.PROCESSING)),
        *((state, "file of job #7 is gone") for state in (State.RENDERED, State.DELIVERED)),
        *((state, "nothing was charged") for state in (State.FAILED, State.CANCELLED, State.LOST)),
    ],
)
def test_a_missing_video_tells_the_truth(state: State, words: str) -> None:
    """Under way, gone or never made: each has its words."""
    assert words in explain(NoVideoYet(7, state))


@pytest.mark.parametrize("kind", [*leaves(ProviderError), *leaves(DeliveryError), ToolFailed])
def test_a_providers_own_text_never_reaches_a_member(kind: type[BotError]) -> None:
    """The detail is for the operator's log."""
    error = kind("secret-detail of request 0xdeadbeef")

    assert "detail" not in explain(error)
    assert "deadbeef" not in explain(error)


def test_a_fault_of_ours_has_words_too() -> None:
    """Whatever is met, the member reads a sentence, and no setting's value."""
    text = explain(ConfigError("discord.token", "secret-value", "a token"))

    assert text == explain(BotError())
    assert "Nothing was charged" in text


@pytest.mark.parametrize("failure", Failure)
def test_every_failure_has_words(failure: Failure) -> None:
    """A reason in plain words that is no other failure's, and fits an embed's field."""
    reason = REASONS[failure]

    assert list(REASONS.values()).count(reason) == 1
    assert reason.endswith(".")
    assert len(f"{reason}\n{NOTHING_CHARGED}") <= 1024
    assert str(failure) not in reason
    assert not re.search(r"(?i)segmind|http|api|exception|error", reason)


def test_nothing_has_words_that_does_not_happen() -> None:
    """The table of reasons holds the failures and nothing else."""
    assert set(REASONS) == set(Failure)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StorageBusy(), "Another process keeps the database bot.db locked."),
        (StorageFull(), "The database bot.db, or the folder that it is in, cannot be written."),
        (ResourcesExhausted(), "Raise the limit of open files (ulimit -n"),
        (NoSuchJob(7), "There is no job 7 in bot.db."),
        (NotAtProvider(7, State.HELD), "cancel it with /sora cancel."),
        (NotAtProvider(7, State.DELIVERED), "is over already"),
        (TooEarlyToEnd(7, datetime(2026, 1, 2, 3, 4, tzinfo=UTC)), "2 03:04:00 2026 UTC"),
        (AmountUnreadable("a_b"), "“a_b” is no amount"),
        (BotError(), "Something went wrong inside the bot (BotError). See `sora-bot check`"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_the_operator_has_words_of_their_own_at_the_terminal(error: BotError, words: str) -> None:
    """What a member reads, that nothing was charged and whom to tell, is of no use there."""
    text = explain_to_operator(error, Path("bot.db"))

    assert words in text
    assert "charged" not in text
    assert "whoever runs" not in text
    assert "\\" not in text
