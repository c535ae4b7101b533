"""Sentences made elsewhere in the code, such as those of errors, in the reader's language.

What is constant is looked up as it stands. What has something filled in is found again by its template below; the tests gather every
sentence that is raised where a page can show it, and fail for one that is neither here nor in the catalogues.
"""

import re
from gettext import NullTranslations

MAX_SENTENCE = 1000  # characters that are looked at

TEMPLATES = (
    "%(low)s to %(high)s are allowed.",
    "%(low)s to %(high)s values are allowed; there are %(count)s",
    "%(low)s to %(high)s entries are allowed; there are %(count)s",
    "%(low)s to %(high)s characters are allowed; this has %(count)s",
    "at most %(high)s characters are allowed; this has %(count)s",
    "a number from %(low)s to %(high)s is expected",
    "A number from %(low)s to %(high)s is expected.",
    "At most %(decimals)s decimals are possible here.",
    "At most %(limit)s bytes may be sent here.",
    "This is longer than %(limit)s bytes.",
    "The escrow would refuse: %(refusal)s.",
    "The escrow can't hold %(asset)s.",
    "You can name %(count)s arbiters at most.",
    "You can trust %(count)s arbiters at most.",
    "Several cases begin with %(text)s: give more of it.",
    "Several campaigns begin with %(text)s: give more of it.",
    "A campaign ends between ten minutes and %(days)s days from now.",
    "You have no listing %(slug)s.",
    "This node has no extension %(id)s.",
    "This node doesn't know %(id)s.",
    "This node accepts nothing that is worth one %(unit)s: add a token to its settings.",
    "This order is paid through the contract %(contract)s on %(chain)s, which your node doesn't follow now. Give it that chain"
    " and contract in its settings, and start it again.",
    "one of %(choices)s is expected",
    "“%(typed)s” is no country. Write names such as France, or codes such as FR.",
    "The chain: %(trouble)s",
    "The token %(address)s doesn't say what it is, so nothing can be paid in it for now.",
    "The chain hasn't told yet what your tokens are. Try again in a moment.",
    "The chain's node is at block %(block)s, but was at %(before)s before: it has yet to catch up.",
    "The chain's node at %(host)s contradicts the others about %(what)s.",
    "The chain's node at %(host)s is at block %(block)s while the one at %(first)s is at block %(newest)s.",
    "The chain's nodes contradict each other about %(what)s (%(says)s). Until they agree, nothing new counts.",
    "Of the chain's %(all)s nodes %(count)s answer, and %(need)s must say the same: until then nothing new counts.",
    "The chain's node has no states of old blocks, so it can't tell since when the escrow is there. Write the block of its"
    " deployment into config.toml as escrow_since.",
    "There is no contract at %(place)s on chain %(chain)s.",
    "There is no contract at %(place)s any more.",
    "The escrow isn't at %(place)s on chain %(chain)s yet: `etal contract deploy` puts it there.",
    "The code at %(place)s on chain %(chain)s is the escrow's, but made for another chain or address.",
    "The code at %(place)s on chain %(chain)s is not the escrow that this node knows.",
    "The campaign contract isn't at %(place)s on chain %(chain)s yet: `etal contract deploy` puts it there.",
    "The code at %(place)s on chain %(chain)s is the campaign contract's, but made for another chain or address.",
    "The code at %(place)s on chain %(chain)s is not the campaign contract that this node knows.",
    "The chain's node doesn't answer (%(kind)s).",
    "The chain's node at %(host)s doesn't answer.",
    "The chain's node at %(host)s is asked too often and refuses.",
    "The chain's node at %(host)s doesn't speak JSON-RPC.",
    "The chain's node at %(host)s gave an empty answer.",
    "The chain's node at %(host)s answers with HTTP status %(status)s.",
    "Asking %(host)s failed: %(kind)s.",
    "The chain's node refused: %(reason)s",
    "The chain's node gave a malformed answer: %(what)s.",
    "%(address)s on chain %(chain)s is not a usable token.",
    "%(what)s of order %(order)s was given up: %(happened)s (%(said)s) The order's page says what to do.",
    "%(what)s of campaign %(campaign)s was given up (%(said)s). The campaign's page says what to do.",
    "Money waits in the contract: its receiver refused it. The page of order %(order)s says how to withdraw it.",
    "Money waits in the contract: its receiver refused it. The page of campaign %(campaign)s says how to withdraw it.",
    "The cart holds at most %(most)s lines: order these first.",
    "One transaction takes 1 to %(most)s orders.",
    "One transaction takes 1 to %(most)s pledges.",
    "One transaction refunds 1 to %(most)s backers.",
    "Only %(account)s can do this. Choose that account in your wallet.",
    "Only %(account)s can withdraw this: do it on the page, where that wallet is connected.",
    "%(count)s paid orders haven't arrived: their buyers' nodes send them again by themselves.",
)
"""With what is filled in by name. What fits several goes by the one with the most words of its own."""

PLACE = re.compile(r"%\((\w+)\)s")
WHOLE = (
    "typed",
    "choices",
    "refusal",
    "trouble",
    "reason",
    "what",
    "happened",
    "said",
    "says",
)  # several words; the others are one


def said(translations: NullTranslations, text: str) -> str:
    """A sentence in the reader's language, as far as it is known there, with a capital at its beginning."""
    if not text:
        return ""
    return _capital(_translated(translations, text) or _of_a_field(translations, text) or text)


def _translated(translations: NullTranslations, text: str) -> str:
    whole = translations.gettext(text)
    if whole != text:
        return whole
    for pattern, template in _PATTERNS:
        if found := pattern.fullmatch(text[:MAX_SENTENCE]):
            values = {
                name: translations.gettext(value) for name, value in found.groupdict().items()
            }
            return translations.gettext(template) % values
    return ""


def _of_a_field(translations: NullTranslations, text: str) -> str:
    """ "Title: at most 80 characters are allowed; this has 90" """
    title, colon, rest = text.partition(": ")
    wrong = _translated(translations, rest) if colon else ""
    if not wrong:
        return ""
    return translations.gettext("%(title)s: %(wrong)s") % {
        "title": translations.gettext(title),
        "wrong": wrong,
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pattern(template: str) -> re.Pattern[str]:
    parts = PLACE.split(template)
    literal = [re.escape(part) for part in parts[::2]]
    named = [f"(?P<{name}>.+?)" if name in WHOLE else rf"(?P<{name}>\S+)" for name in parts[1::2]]
    return re.compile("".join(a + b for a, b in zip(literal, [*named, ""], strict=True)), re.DOTALL)


_PATTERNS = [
    (_pattern(each), each) for each in sorted(TEMPLATES, key=lambda each: -len(PLACE.sub("", each)))
]
