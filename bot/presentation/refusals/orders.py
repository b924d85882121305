"""Refusals of orders and pictures in words."""

from bot.errors import (
    AlreadyOrdered,
    DraftGone,
    ModelPaused,
    NothingOffered,
    OptionUnavailable,
    OrdersTooFast,
    PausedByOperator,
    PictureFault,
    PictureRefused,
    PictureRequired,
    PicturesUnderWay,
    PictureUnsupported,
    PriceChanged,
    PromptEmpty,
    PromptTooLong,
    TooManyWaiting,
    UnknownModel,
    Unmakeable,
)
from bot.presentation.refusals.explain import explain
from bot.presentation.text import (
    credits_text,
    either,
    first_of,
    lengths_text,
    message_url,
    moment,
    price_text,
    reason_text,
    tame,
    tame_line,
)


@explain.register
def _(_: PromptEmpty) -> str:
    return "The prompt is empty. Please describe the video: what is seen, how it moves, the mood."


@explain.register
def _(error: PromptTooLong) -> str:
    return (
        f"The prompt has {error.length:,} characters; {error.limit:,} are the most. "
        "Please shorten it."
    )


@explain.register
def _(error: UnknownModel) -> str:
    name = tame(error.name, 60)
    return (
        f"There is no model “{name}”. Please choose one of {first_of(error.known)}. Nothing was "
        "charged."
    )


@explain.register
def _(_: NothingOffered) -> str:
    return (
        "No video engine can be used just now, so nothing can be made. Please tell whoever runs "
        "the bot. Nothing was charged."
    )


@explain.register
def _(error: OptionUnavailable) -> str:
    if error.option == "duration":
        value, allowed = f"{error.value} s", lengths_text([int(each) for each in error.allowed])
    else:
        value, allowed = tame(error.value, 40) or "an empty size", either(error.allowed)
    if error.of_seconds is not None:
        value += f" at {error.of_seconds} s"
    return (
        f"{error.model} doesn't support {value}. Choose {allowed}. Nothing was charged."
        + _nearest(error)
    )


@explain.register
def _(error: PictureRequired) -> str:
    return (
        f"{error.model} always starts from a picture: attach one as `image`. Nothing was charged."
        + _nearest(error, "Without a picture, this can be made:")
    )


@explain.register
def _(error: PictureUnsupported) -> str:
    return (
        f"{error.model} starts from words alone. Leave `image` out, or choose a model that takes "
        "a picture. Nothing was charged." + _nearest(error, "With your picture, this can be made:")
    )


@explain.register
def _(error: ModelPaused) -> str:
    if error.pause_reason is not None:
        reason = reason_text(error.pause_reason)
        return (
            f"Whoever runs the bot has paused {error.model}{reason}. Please choose another model, "
            "or try again later. Nothing was charged."
            + _nearest(error, "Once it works again, or instead:")
        )
    again = f" It is tried again {moment(error.until)}." if error.until else ""
    return (
        f"The video service behind {error.model} takes no orders just now; whoever runs the bot "
        f"has been told.{again} Nothing was charged."
        + _nearest(error, "Once it works again, or instead:")
    )


@explain.register
def _(error: PausedByOperator) -> str:
    reason, key = reason_text(error.reason), tame_line(error.key, 60)
    match error.scope:
        case "all":
            what, then = "all new videos", "Please try again later."
        case "guild":
            what, then = "new videos in this server", "Please try again later, or ask them."
        case _:
            what = key if error.scope == "model" else f"the video service {key}"
            then = "`/sora models` shows what can be had meanwhile."
    return f"Whoever runs the bot has paused {what}{reason}. {then} Nothing was charged."


def _nearest(error: Unmakeable, words: str = "The nearest that can be made:") -> str:
    """Lead over to the button."""
    return f"\n{words}" if error.suggestions else ""


@explain.register
def _(error: PictureRefused) -> str:
    return f"{_FAULTS[error.fault].format(limit=_limit_text(error))} Nothing was charged."


_FAULTS = {
    PictureFault.TOO_MANY_BYTES: (
        "That picture's file is too large: {limit} are the most. Please send a smaller one."
    ),
    PictureFault.NOT_A_PICTURE: (
        "That file is no picture that I can read. Please send a PNG, JPEG, WebP, AVIF or HEIC."
    ),
    PictureFault.BROKEN: (
        "That picture's file is damaged: it cannot be read to its end. Please save it anew, and "
        "send it again."
    ),
    PictureFault.TOO_MANY_PIXELS: (
        "That picture has too many pixels: {limit} are the most. Please make it smaller."
    ),
    PictureFault.TOO_MANY_FRAMES: (
        "That moving picture has too many frames: {limit} are the most. Please send a still one."
    ),
    PictureFault.TOO_SMALL: (
        "That picture is too small: each side needs at least {limit} pixels."
        " Please send a larger one."
    ),
    PictureFault.UNREADABLE: "Discord did not hand the picture over. Please attach it again.",
    PictureFault.GONE: (
        "There is no picture here that a video could start from. Please pick a message with an "
        "attached PNG, JPEG, WebP, AVIF or HEIC, or use `image` of `/sora create`."
    ),
}


def _limit_text(error: PictureRefused) -> str:
    if error.fault is PictureFault.TOO_MANY_BYTES:
        return f"{(error.limit or 0) >> 20} MiB"
    if error.fault is PictureFault.TOO_MANY_PIXELS:
        return f"{(error.limit or 0) // 1_000_000} million"
    return str(error.limit)


@explain.register
def _(error: PicturesUnderWay) -> str:
    return (
        f"I am still looking at {error.most} pictures of yours, the most at the same time. Please "
        "send this one again in a moment. Nothing was charged."
    )


@explain.register
def _(error: TooManyWaiting) -> str:
    return (
        f"You have {_videos(error.most)} waiting, as many as may wait at the same time. Please "
        "order this one once another has started; `/sora status` shows what waits, and "
        "`/sora cancel` makes room. Nothing was charged."
    )


@explain.register
def _(error: OrdersTooFast) -> str:
    return (
        f"You have just ordered {_videos(error.most)}, the most within a minute, cancelled ones "
        f"included. Please order this one again {moment(error.again_at)}. Nothing was charged."
    )


def _videos(count: int) -> str:
    """Count videos."""
    return "1 video" if count == 1 else f"{count} videos"


@explain.register
def _(_: DraftGone) -> str:
    return (
        "This button is too old, or it is another member's. Please use `/sora create` again. "
        "Nothing was charged."
    )


@explain.register
def _(error: PriceChanged) -> str:
    return (
        f"This costs {price_text(error.suggestion.price)} by now, not the "
        f"{credits_text(error.promised)} on the button, so it was not ordered yet. Nothing was "
        "charged. The button below orders it at the new price."
    )


@explain.register
def _(error: AlreadyOrdered) -> str:
    number = f"#{error.job_id}"
    if error.message_id is None:
        return f"Ordered: {number}. Its message is about to appear; this press made no second one."
    link = message_url(error.guild_id, error.channel_id, error.message_id)
    return f"Ordered: [{number}]({link}). This press made no second one."
