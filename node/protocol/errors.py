"""Every error that Étal raises on purpose.

    EtalError
    ├── RuleError            a rule of the protocol says no; names the rule
    │   ├── Rejected         the bytes are wrong for everybody, for ever: whoever sent them is to blame
    │   └── Ignored          not for us, not now, or not known yet: nobody is to blame
    ├── InputError           what a person typed, or a file that they gave, is wrong; names the field
    ├── NotFound             no such thing here
    ├── Conflict             the thing has changed or is in a state that forbids this
    ├── Unavailable          the network or a chain can't do it now; try again later
    └── StateError           our own misuse: a programming mistake

`rule` is the id of a rule in the spec, such as "record.size". `field` is a dotted path, such as "offer.until" or
"pictures.2.alt". Messages are plain English sentences without secrets, fit to be shown to a person.
"""


class EtalError(Exception):
    """The root of the tree. `str()` is the sentence for people; `rule` is what programs go by."""

    def __init__(self, rule: str, message: str = "", field: str | None = None):
        super().__init__(rule, message, field)
        self.rule = rule
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return self.message or self.rule


class RuleError(EtalError):
    """A rule of the protocol says no."""

    def __str__(self) -> str:
        place = f" ({self.field})" if self.field else ""
        return f"{self.rule}: {self.message}{place}" if self.message else f"{self.rule}{place}"


class Rejected(RuleError):
    """The bytes break a rule that depends on the bytes alone."""


class Ignored(RuleError):
    """Not admitted, and nobody is to blame: unknown version or kind, clock, missing context, quota, policy."""


class InputError(EtalError):
    """What a person typed, or a file that they gave, is wrong."""


class NotFound(EtalError):
    """No such thing here."""


class Conflict(EtalError):
    """The thing has changed, or is in a state that forbids this."""


class Unavailable(EtalError):
    """The network or a chain can't do it now."""


class StateError(EtalError):
    """Our own misuse: a programming mistake."""
