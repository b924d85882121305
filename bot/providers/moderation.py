"""Content filters' refusals, told from technical failures by their texts. Pure.

No provider marks them otherwise (recorded answers of Segmind and AI/ML API). Words that stand in
technical errors as well ("safety", "sensitive", "violates") count only with what they speak of.
"""

import re

from bot.errors import RefusedPart

_REFUSED = re.compile(
    r"\bmoderat(ion|ed|or)\b|moderation_|content\W?_?(polic|filter|violation)|responsible ai"
    r"|(usage|safety)\W+(polic|guideline|rule)|unsafe|nsfw|nudity|sexual|risk control"
    r"|safety\W+(system|filter|check|setting|reason|concern|block)"
    r"|(prompt|text|image|picture|photo|video|audio|content|request|(in|out)put|result|material)"
    r"\b[^.]{0,30}\bflagged|flagged (as|by|for)\W.{0,20}(content|filter|policy)"
    r"|(sensitive|inappropriate|prohibited|disallowed|forbidden|harmful|explicit|objectionable)"
    r"\W?(\w+ )?(content|information|word|term|material|subject|imagery|topic)|new_sensitive"
    r"|violat\w*\W.{0,40}(polic|guideline|rules?\b|terms|practice)"
    r"|likeness|public figure|celebrit|real (person|people)|copyright|trademark|infring",
    re.IGNORECASE,
)
_OF_OTHER_THINGS = re.compile(
    r"(moderation|safety|filter)[\w ]{0,25}(unavailable|unreachable|timed? ?out|overloaded|crashed"
    r"|(did|does) not (answer|respond)|could not be (reached|loaded))"
    r"|\b(account|api\W?key|subscription|organi[sz]ation)\W+(is|was|has been)\b|\brate\W?limit",
    re.IGNORECASE,
)
"""A filter that did not work, and what is refused to the operator: no member's doing."""
_ADVICE = re.compile(r"\b(please|try|consider)\b[^.;!]*", re.IGNORECASE)
"""To change the prompt is advised whatever was refused."""
_PICTURE = (
    r"(input|reference|uploaded|source|first|start|last|provided|your|the)\W*(frame\W*)?"
    r"(image|picture|photo)|first_frame|input_reference|image_url"
    r"|(image|picture|photo)s?\b.{0,20}(flagged|moderat|violat|refused|rejected|blocked|contain"
    r"|show|depict)"
)
_PROMPT_ITSELF = (
    r"(prompt|text|description)\b[^.]{0,30}(flagged|moderat|violat|refused|rejected|blocked"
    r"|stopped|contain)"
)
_VIDEO = (
    r"(output|generated|resulting|finished)\W*(video|audio|content|frame|result|image|media)"
    r"|\b(video|audio|result|output)s?\b.{0,25}(flagged|moderat|violat|withheld|filtered|blocked"
    r"|sensitive)"
)
_PARTS = (
    (RefusedPart.PICTURE, _PICTURE),
    (RefusedPart.PROMPT, _PROMPT_ITSELF),
    (RefusedPart.VIDEO, _VIDEO),
    (RefusedPart.PROMPT, r"prompt|your (text|description|request)|input\W*text"),
)
"""How the parts are named, the surest signs first."""


def refused_part(text: str) -> RefusedPart | None:
    """Tell which part a filter refused, going by a provider's text; None: it was no filter."""
    if not _REFUSED.search(text) or _OF_OTHER_THINGS.search(text):
        return None
    told = _ADVICE.sub("", text)
    for part, pattern in _PARTS:
        if re.search(pattern, told, re.IGNORECASE):
            return part
    return RefusedPart.UNTOLD
