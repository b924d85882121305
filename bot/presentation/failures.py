"""Why a job ended without a video, in words for the member."""

from bot.catalogue import Menu, place_order
from bot.errors import ModelPaused, Refusal
from bot.jobs.job import JobView
from bot.jobs.remedy import remedies, wish_of
from bot.jobs.states import Failure
from bot.presentation.refusals import explain

NOTHING_CHARGED = "Nothing was charged: the credits are back in your budget."

REASONS = {
    Failure.CANCELLED_BY_MEMBER: "Cancelled before it was sent to the video service.",
    Failure.DECLINED: (
        "A moderator did not approve this price. A shorter video, or another model, may do without "
        "an approval."
    ),
    Failure.APPROVAL_LAPSED: (
        "No moderator decided about this price in time. Please ask one of them, and order it again."
    ),
    Failure.GUILD_PAUSED: (
        "An admin has paused new videos in this server, and the pause has lasted too long for this "
        "one to go on waiting. Please order it again when the server goes on."
    ),
    Failure.MEMBER_FROZEN: (
        "An admin has frozen your budget in this server before this was sent to the video "
        "service. Please ask an admin about it."
    ),
    Failure.GUILD_LEFT: (
        "The bot was removed from the server before this was sent to the video service."
    ),
    Failure.GUILD_NOT_SERVED: (
        "This bot is not open to this server any more. Please ask whoever runs it."
    ),
    Failure.NEVER_SHOWN: (
        "It was never started: Discord did not confirm the answer to your command, or the bot "
        "was restarting. Please use the command again."
    ),
    Failure.KEY_REJECTED: (
        "The video service does not let this bot in just now. The fault is not yours, and whoever "
        "runs the bot has been told; *Try again* works once they have put it right."
    ),
    Failure.OUT_OF_CREDITS: (
        "The video service takes no orders from this bot just now. The fault is not yours, and "
        "whoever runs the bot has been told; *Try again* works once they have put it right."
    ),
    Failure.MODEL_RETIRED: (
        "The video service that this went to no longer offers this model. `/sora models` shows "
        "what can be made now."
    ),
    Failure.REQUEST_REJECTED: (
        "The video service did not accept this combination of settings. Please try another "
        "duration, size or prompt."
    ),
    Failure.MODERATED: (
        "The video service's content filter refused this; it does not say which part. Such "
        "filters make mistakes: rewording the prompt, or another model, often helps."
    ),
    Failure.PROMPT_MODERATED: (
        "The video service's content filter refused the prompt. Such filters make mistakes: "
        "rewording it, or another model, often helps."
    ),
    Failure.PICTURE_MODERATED: (
        "The video service's content filter refused the picture. Many filters refuse any picture "
        "in which a person can be seen; another picture, or another model, often helps."
    ),
    Failure.VIDEO_MODERATED: (
        "The video was made, but the video service's content filter held it back. Trying once "
        "more, or rewording the prompt, often helps."
    ),
    Failure.PICTURE_UNUSABLE: (
        "The picture that the video was to start from is gone from the bot's disk. Please attach "
        "it again."
    ),
    Failure.PROVIDER_FAILED: (
        "The video service could not make this video. Trying once more often works; if it does "
        "not, reword the prompt."
    ),
    Failure.UNREACHABLE: (
        "The video service could not be reached, although the bot tried several times. Please "
        "try again later."
    ),
    Failure.OUTCOME_UNKNOWN: (
        "This video was lost: the connection broke while it was handed over, so nobody can tell "
        "whether it was made. It is not sent again by itself, because that could make it twice: "
        "tried again, the first one may have been made all the same, and whoever runs the bot may "
        "pay for both. They have been told."
    ),
    Failure.GIVEN_UP: (
        "The video service has neither finished nor refused this video for so long that the bot "
        "has stopped waiting. Should it come after all, `/sora show` brings it, free of charge."
    ),
    Failure.ENDED_BY_HAND: (
        "An admin, or whoever runs the bot, has ended the wait for the video service. Should the "
        "video come after all, `/sora show` brings it, free of charge."
    ),
    Failure.WAITED_TOO_LONG: (
        "It waited in line for so long that the bot has taken it out; it was never sent to the "
        "video service. Please order it again."
    ),
    Failure.FORGOTTEN: (
        "This video was lost: the video service no longer knows of it. The operator has been told."
    ),
    Failure.NO_VIDEO: (
        "The video service says that it has finished, but it gave no video. The operator has been "
        "told."
    ),
    Failure.UNUSABLE_VIDEO: (
        "The finished video could not be fetched from the video service as a playable file, "
        "although the bot tried several times. The operator has been told."
    ),
    Failure.ADDRESS_REFUSED: (
        "The video was made, but the video service says that it lies at a place which this bot "
        "must not read from. The operator has been told."
    ),
    Failure.VIDEO_GONE: (
        "The video was made, but its file was lost before it could be sent to you, and the video "
        "service no longer has it either. The operator has been told."
    ),
}


def unavailable_text(view: JobView, menu: Menu) -> str:
    """Say of a job that its provider refuses everything, as to those who order after it."""
    refusal = ModelPaused((), view.title, None)
    try:
        place_order(menu, wish_of(view.job))
    except ModelPaused as error:
        refusal = error
    except Refusal:  # gone from the menu meanwhile
        pass
    refusal.suggestions = remedies(menu, view.job)
    return explain(refusal)
