"""Everything that can go wrong, as types with fields; ``presentation.refusals`` has the words.

BotError
├── ConfigError                a setting is missing or wrong
├── ConfigErrors               all that is wrong with a configuration
├── Refusal                    a request that is answered with no; nothing is charged
│   ├── OutsideGuild           used in a direct message
│   ├── FormGone               a form or button of before a restart, or too old
│   ├── GuildNotServed         the operator serves other servers only
│   ├── NotAdmin               the member lacks Manage Server
│   ├── NotOperator            the member does not run the bot
│   ├── OptionUnreadable       an option that no client of Discord sends
│   ├── UnknownGuild           the bot is in no server of that id
│   ├── NotApprover            may not decide about this job's price
│   ├── NotYours               somebody else's job
│   ├── MemberGone             the member named is not in the server
│   ├── BotLacksPermissions    the bot itself may not do what the job needs in that channel
│   ├── BotCannotWrite         the bot may not write in the channel that was chosen
│   ├── PromptEmpty
│   ├── PromptTooLong
│   ├── UnknownModel
│   ├── PausedByOperator       the operator lets nothing new be made of that just now
│   ├── PauseTargetUnclear     a pause of all with a name, or of something without one
│   ├── UnknownProvider        the catalogue names no such provider
│   ├── NotPaused              there is no such pause to be ended
│   ├── NothingOffered         no model can be had: none has a key, or all are retired
│   ├── Offering               a choice that is refused, where others may be had
│   │   ├── Unmakeable           the model cannot make that
│   │   │   ├── OptionUnavailable   the model lacks that duration or size
│   │   │   ├── PictureRequired     the model starts from a picture only
│   │   │   ├── PictureUnsupported  the model starts from words only
│   │   │   └── ModelPaused         the providers of the model take nothing just now
│   │   ├── InsufficientCredits
│   │   ├── CeilingReached       the operator's ceiling of the server or of the whole bot
│   │   └── NotForYourRoles      no role of the member allows that model, duration or size
│   ├── PictureRefused         the picture cannot be used
│   ├── PicturesUnderWay       so many pictures of the member are being received already
│   ├── TooManyWaiting         as many videos of the member wait as may
│   ├── OrdersTooFast          the member has ordered as many within a minute as they may
│   ├── DraftGone              the button of an order that is no longer kept
│   ├── PriceChanged           a button promised another price than it would cost now
│   ├── AlreadyOrdered         the same press once more
│   ├── AmountOutOfRange
│   ├── AmountUnreadable       no amount, or one that could mean two
│   ├── UnknownZone            no time zone of that name
│   ├── UnknownSize            no model makes videos of that size
│   ├── OneSharerNeeded        a pool is a role's or a channel's: one of them must be named
│   ├── ServerNotOpen          the operator has not opened the server to what costs something
│   ├── AskedAlready           its admins have asked the operator lately
│   ├── ServerOpen             there is nothing to ask the operator for
│   ├── ServerNamed            the settings keep the server open
│   ├── GuildPaused            an admin has paused the videos of the server
│   ├── MemberFrozen           an admin has frozen the member's budget
│   ├── RevokesTooMuch         more than is left of the member's grants
│   ├── EveryoneHasTheDefault  an allowance for the role @everyone
│   ├── NoSuchPool             that role or channel has no pool
│   ├── ApprovalDecided        somebody was faster, or its time is over
│   ├── ApprovalStopped        a pause or a freeze lets nothing be sent now
│   ├── NoSuchJob
│   ├── TooLateToCancel        the provider already has it
│   ├── NotAtProvider          only what the provider has can be given up
│   ├── NotBrought             Discord does not take the video just now
│   ├── TooEarlyToEnd          the provider may still end the job by itself
│   ├── NoVideoYet             asked to show a job that has none
│   └── JobForgotten           its prompt and video were deleted as its member asked
├── RepeatedInteraction        Discord sent the same interaction twice
├── StaleTransition            another task or process moved the job first
├── HoldAlreadyEnded           a hold is settled or released once
├── StorageError               the machine cannot do its part just now: tried again
│   ├── StorageBusy            the database stayed locked
│   ├── StorageFull            the disk is full or the database read-only
│   ├── ResourcesExhausted     no file handles or memory are left
│   ├── DatabaseDamaged        the file is not what was written; no other try mends it
│   └── ToolFailed             ffmpeg was killed, took too long or did not start
├── ProviderError
│   ├── SubmitRefused          a definite no: nothing was made, nothing is billed
│   │   ├── KeyRejected
│   │   ├── OutOfCredits
│   │   ├── ModelRetired
│   │   ├── RequestRejected
│   │   └── ContentRefused     the prompt or the picture was refused for what it shows
│   ├── NotSubmitted           never reached the provider, or it asked to come back: try again
│   ├── OutcomeUnknown         sent, and no answer that tells: never repeated
│   ├── LookFailed             one failed poll; says nothing of the job
│   └── RequestForgotten       the provider no longer knows the request
└── DeliveryError
    ├── FetchFailed            the video could not be read; may work later
    ├── AddressRefused         the address is not one that we fetch from
    ├── VideoTooLarge          over the cap on what is fetched
    └── NotAVideo              what came is no video
"""

from bot.errors.base import (
    BotError,
    ConfigError,
    ConfigErrors,
    DatabaseDamaged,
    HoldAlreadyEnded,
    Refusal,
    RepeatedInteraction,
    ResourcesExhausted,
    StaleTransition,
    StorageBusy,
    StorageError,
    StorageFull,
)
from bot.errors.budgets import (
    AmountOutOfRange,
    AmountUnreadable,
    ApprovalDecided,
    ApprovalStopped,
    AskedAlready,
    CeilingReached,
    EveryoneHasTheDefault,
    GuildPaused,
    InsufficientCredits,
    MemberFrozen,
    NoSuchPool,
    NotForYourRoles,
    OneSharerNeeded,
    RevokesTooMuch,
    ServerNamed,
    ServerNotOpen,
    ServerOpen,
    UnknownSize,
    UnknownZone,
)
from bot.errors.commands import (
    BotCannotWrite,
    BotLacksPermissions,
    FormGone,
    GuildNotServed,
    JobForgotten,
    MemberGone,
    NoSuchJob,
    NotAdmin,
    NotApprover,
    NotAtProvider,
    NotBrought,
    NotOperator,
    NotPaused,
    NotYours,
    NoVideoYet,
    OptionUnreadable,
    OutsideGuild,
    PauseTargetUnclear,
    TooEarlyToEnd,
    TooLateToCancel,
    UnknownGuild,
    UnknownProvider,
)
from bot.errors.delivery import (
    AddressRefused,
    DeliveryError,
    FetchFailed,
    NotAVideo,
    ToolFailed,
    VideoTooLarge,
)
from bot.errors.orders import (
    AlreadyOrdered,
    DraftGone,
    ModelPaused,
    NothingOffered,
    Offering,
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
    Suggestion,
    TooManyWaiting,
    UnknownModel,
    Unmakeable,
)
from bot.errors.providers import (
    ContentRefused,
    KeyRejected,
    LookFailed,
    ModelRetired,
    NotSubmitted,
    OutcomeUnknown,
    OutOfCredits,
    ProviderError,
    RefusedPart,
    RequestForgotten,
    RequestRejected,
    SubmitRefused,
)

__all__ = [
    "AddressRefused",
    "AlreadyOrdered",
    "AmountOutOfRange",
    "AmountUnreadable",
    "ApprovalDecided",
    "ApprovalStopped",
    "AskedAlready",
    "BotCannotWrite",
    "BotError",
    "BotLacksPermissions",
    "CeilingReached",
    "ConfigError",
    "ConfigErrors",
    "ContentRefused",
    "DatabaseDamaged",
    "DeliveryError",
    "DraftGone",
    "EveryoneHasTheDefault",
    "FetchFailed",
    "FormGone",
    "GuildNotServed",
    "GuildPaused",
    "HoldAlreadyEnded",
    "InsufficientCredits",
    "JobForgotten",
    "KeyRejected",
    "LookFailed",
    "MemberFrozen",
    "MemberGone",
    "ModelPaused",
    "ModelRetired",
    "NoSuchJob",
    "NoSuchPool",
    "NoVideoYet",
    "NotAVideo",
    "NotAdmin",
    "NotApprover",
    "NotAtProvider",
    "NotBrought",
    "NotForYourRoles",
    "NotOperator",
    "NotPaused",
    "NotSubmitted",
    "NotYours",
    "NothingOffered",
    "Offering",
    "OneSharerNeeded",
    "OptionUnavailable",
    "OptionUnreadable",
    "OrdersTooFast",
    "OutOfCredits",
    "OutcomeUnknown",
    "OutsideGuild",
    "PauseTargetUnclear",
    "PausedByOperator",
    "PictureFault",
    "PictureRefused",
    "PictureRequired",
    "PictureUnsupported",
    "PicturesUnderWay",
    "PriceChanged",
    "PromptEmpty",
    "PromptTooLong",
    "ProviderError",
    "Refusal",
    "RefusedPart",
    "RepeatedInteraction",
    "RequestForgotten",
    "RequestRejected",
    "ResourcesExhausted",
    "RevokesTooMuch",
    "ServerNamed",
    "ServerNotOpen",
    "ServerOpen",
    "StaleTransition",
    "StorageBusy",
    "StorageError",
    "StorageFull",
    "SubmitRefused",
    "Suggestion",
    "TooEarlyToEnd",
    "TooLateToCancel",
    "TooManyWaiting",
    "ToolFailed",
    "UnknownGuild",
    "UnknownModel",
    "UnknownProvider",
    "UnknownSize",
    "UnknownZone",
    "Unmakeable",
    "VideoTooLarge",
]
