"""Words for arbiters and disputes."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from babel.numbers import format_percent

from node.peer.arbiters import TROUBLES
from node.peer.views import DisputeView, Money, PersonaView, ShownView
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

    def asked_by(self, by: str) -> str:
        """Who has disputed, for the arbiter."""
        _ = self._
        return (
            _("The buyer asks you to decide.")
            if by == "buyer"
            else _("The seller asks you to decide.")
        )

    def case_stage(self, stage: str) -> tuple[str, str]:
        """(kind of tag, label)"""
        _ = self._
        return {
            "open": ("warn", _("To be decided")),
            "silent": ("bad", _("Too late")),
            "ruled": ("ok", _("Decided")),
            "lapsed": ("", _("Decided by time")),
        }.get(stage, ("", _("Settled by the two")))

    def shown_by(self, by: str) -> str:
        _ = self._
        return _("Shown by the buyer") if by == "buyer" else _("Shown by the seller")

    def shown_message(self, each: ShownView) -> str:
        """What kind of message of the order was shown."""
        _ = self._
        by_buyer = each.said_by == "buyer"
        return {
            "place": _("The order was placed"),
            "accept": _("The seller accepted"),
            "decline": _("The seller declined"),
            "cancel": _("The buyer cancelled"),
            "ship": _("The seller sent it"),
            "note": _("A message by the buyer") if by_buyer else _("A message by the seller"),
        }.get(each.step, _("A message of the order"))

    def parts_of(self, parts: tuple[str, ...]) -> str:
        """Parts of an order in words."""
        _ = self._
        names = {"lines": _("what was ordered"), "delivery": _("where it goes")}
        return ", ".join(names[part] for part in parts if part in names)

    def flat(self, block: dict[str, Any]) -> str:
        """A block of an extension in one line; names and values are strangers' text."""
        values = (", ".join(map(str, v)) if isinstance(v, list) else str(v) for v in block.values())
        return "; ".join(values)

    def like(self, money: Money, amount: int) -> Money:
        """Another amount of the same."""
        return replace(money, amount=amount)

    def disputed_by(self, dispute: DisputeView, side: str) -> str:
        """One line about who has disputed."""
        if dispute.by == side:
            return self._("You have asked the arbiter to decide.")
        if dispute.by == "buyer":
            return self._("The buyer has asked the arbiter to decide.")
        return self._("The seller has asked the arbiter to decide.")
