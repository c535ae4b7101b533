"""Words for arbiters and disputes."""

from decimal import Decimal

from babel.numbers import format_percent

from node.peer.arbiters import TROUBLES
from node.peer.views import DisputeView, PersonaView
from node.web.i18n import Language

WHOLE = 10_000


class ArbiterWords:
    """One part of `Show`."""

    _language: Language

    def _(self, text: str) -> str:
        raise NotImplementedError

    def percent(self, bps: int) -> str:
        """A share in 1/10,000 as people write it: "5%", "2.5%"."""
        share = Decimal(bps) / WHOLE
        return format_percent(
            share, "#,##0.##%", locale=self._language.locale, decimal_quantization=False
        )

    def named(self, persona: PersonaView) -> str:
        """An arbiter's name, or what can be said without one."""
        if persona.name:
            return persona.name
        if persona.id:
            return self._("Arbiter %(id)s") % {"id": persona.id[:8]}
        return self._("An arbiter whom your node doesn’t know")

    def tongues(self, tags: tuple[str, ...]) -> str:
        """Languages (BCP 47) by name."""
        names = self._language.locale.languages
        return ", ".join(names.get(tag.partition("-")[0], tag) for tag in tags)

    def arbiter_trouble(self, trouble: str) -> str:
        """Why one that a seller lists can't be chosen."""
        return self._(TROUBLES[trouble])

    def disputed_by(self, dispute: DisputeView, side: str) -> str:
        """One line about who has disputed."""
        if dispute.by == side:
            return self._("You have asked the arbiter to decide.")
        if dispute.by == "buyer":
            return self._("The buyer has asked the arbiter to decide.")
        return self._("The seller has asked the arbiter to decide.")
