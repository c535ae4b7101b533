"""The form of a listing: generated from the fields of the kind and of its extensions, with what people would find odd made easy.

Ids of variants and deliveries come from their labels, stock stands beside each variant, times are in days.
"""

import json
import re
import unicodedata
from collections import defaultdict
from typing import Any

from babel import Locale

from node.protocol.errors import Conflict, EtalError, InputError
from node.protocol.extensions.goods import ID as GOODS
from node.protocol.extensions.goods import MAX_STOCK, SINGLE
from node.protocol.fields import Block, FieldSet
from node.protocol.kinds.listing import FIELDS, MAX_ALT, MAX_PICTURES, PICTURE
from node.web.forms import Form, Input
from node.web.pages import money, places
from node.web.pages.arbiter_choice import ArbiterChoice
from node.web.pages.common import text, texts, units_of
from node.web.pages.shares import SharesForm
from node.web.typed import part

DAY = 86_400
MAX_PICTURE_DATA = 500  # characters of what a form knows of a picture
MAX_SEEN = 65_536  # characters of the availability that a form was made from
WHAT = ("title", "text", "category", "language", "tags", "country")
_ROW_ID = re.compile(rf"extensions\.{GOODS}\.(variants|shipping)\.(\d+)\.(id|label)")
_ZONES = re.compile(rf"extensions\.{GOODS}\.shipping\.\d+\.zones")
_PICTURE = re.compile(r"picture\.(\d{1,3})\.(data|alt|drop)")


class ListingForm:
    """A listing as it is typed. `given` is JSON-shaped as Peer.editable gives it; `kinds` names its extensions."""

    def __init__(self, peer, kinds: list[str], given: dict[str, Any] | None = None):
        given = given or {}
        self.peer = peer
        self.kinds = [id for id in kinds if peer.registry.extension(id) is not None]
        self.units = units_of(peer)
        self.unit = given.get("price", {}).get("unit") or (self.units[0].unit if self.units else "")
        self.amount = ""
        if "price" in given:
            self.amount = money.plain(int(given["price"]["amount"]), self.decimals)
        self.amount_error: EtalError | None = None
        self.pictures = [self._picture(each) for each in given.get("pictures", ())]
        self.upload_error: EtalError | None = None
        offer = given.get("offer", {})
        self.ship_days = _days(offer.get("ship_within"), 3)
        self.review_days = _days(offer.get("review"), 21)
        self.on_collection = bool(offer.get("on_collection"))
        self.preorder = bool(offer.get("preorder"))
        self.deposit = offer.get("review") == 0
        self.days_error: EtalError | None = None
        self.shares = SharesForm(offer)
        self.deciding = ArbiterChoice(peer, offer)
        self.form = self._form(given)
        self.rest = self._rest(given)
        stock = given.get("availability", {}).get(GOODS, {}).get("stock", {})
        variants = given.get("extensions", {}).get(GOODS, {}).get("variants", [])
        self.stock = {str(i): str(stock.get(v["id"], "")) for i, v in enumerate(variants)}
        self.stock["single"] = str(stock.get(SINGLE, "" if given else "1"))
        self.stock_error: EtalError | None = None
        self.seen = _seen(given)

    @property
    def decimals(self) -> int:
        unit = money.known(self.units, self.unit)
        return unit.decimals if unit else 0

    @property
    def _fields(self) -> FieldSet:
        return FieldSet({name: FIELDS[name] for name in (*WHAT, "extensions")})

    def _blocks(self) -> dict[str, FieldSet]:
        return {id: self.peer.registry.extension(id).listing for id in self.kinds}

    def _form(self, given: dict[str, Any], pairs=None) -> Form:
        options: dict[str, Any] = {"decimals": self.decimals, "blocks": self._blocks()}
        if pairs is None:
            return Form(self._fields, given, **options)
        return Form.posted(self._fields, pairs, **options)

    def _rest(self, given: dict[str, Any], pairs=None) -> Form:
        """What is left, of extensions other than goods."""
        fields = {
            part(id): Block(self.peer.registry.extension(id).availability, title="Stock")
            for id in self.kinds
            if id != GOODS and len(self.peer.registry.extension(id).availability)
        }
        whole = FieldSet({"availability": Block(FieldSet(fields))}) if fields else FieldSet({})
        if pairs is not None:
            return Form.posted(whole, pairs)
        left = {part(id): block for id, block in given.get("availability", {}).items()}
        return Form(whole, {"availability": left})

    # ---- from what was posted

    def post(self, form, locale: Locale) -> None:
        """`locale` is the person's, for the names of countries."""
        pairs, nowhere = with_countries(with_ids(texts(form)), locale)
        unit = money.known(self.units, text(form, "price_unit", 200))
        self.unit = unit.unit if unit else self.unit
        self.amount = text(form, "price_amount")
        self.form = self._form({}, pairs)
        if not self.form.edited:
            self.form.errors |= nowhere
        self.rest = self._rest({}, pairs)
        self.shares.post(pairs)
        self.pictures = _pictures(pairs)
        self.ship_days = text(form, "ship_days")
        self.review_days = text(form, "review_days")
        self.on_collection = bool(text(form, "on_collection", 5))
        self.preorder = bool(text(form, "preorder", 5))
        self.deposit = bool(text(form, "deposit", 5))
        self.deciding.post(form)
        self.seen = text(form, "availability_seen", MAX_SEEN)
        self.stock = {
            name.removeprefix("stock."): value.strip()[:9]
            for name, value in pairs
            if name.startswith("stock.")
        }

    def given(self, now: dict[str, Any]) -> dict[str, Any] | None:
        """JSON-shaped as Peer.save_listing takes it; None when something is wrong, which then stands beside its input.

        `now` is the listing as Peer.editable gives it at this moment: what was sold while the form was open stays sold."""
        price = self._price()
        offer = self._offer()
        availability = self._availability()
        if self.wrong:
            return None
        given = {
            **self.form.value,
            "price": {"amount": str(price), "unit": self.unit},
            "pictures": [
                {k: each[k] for k in ("blob", "type", "size", "alt")} for each in self.pictures
            ],
            "offer": offer,
        }
        if availability and _seen({"availability": availability}) != self.seen:
            if now and self.seen and _seen(now) != self.seen:
                self.stock_error = Conflict(
                    "listing.stock",
                    "Pieces were sold while you wrote. The form shows what is left now: look at it again.",
                )
                self.seen = _seen(now)
                self._show_left(now)
                return None
            given["availability"] = availability
        return given

    def _show_left(self, now: dict[str, Any]) -> None:
        """Put what is left now in place of what was typed; what isn't counted yet stays as typed."""
        left = now.get("availability", {}).get(GOODS, {}).get("stock", {})
        named = [*_rows(self.form.raw), ("single", {"id": SINGLE})]
        self.stock |= {index: str(left[row["id"]]) for index, row in named if row["id"] in left}

    @property
    def wrong(self) -> bool:
        return bool(
            self.form.errors
            or self.rest.errors
            or self.shares.form.errors
            or self.amount_error
            or self.stock_error
            or self.days_error
            or self.deciding.error
        )

    def _price(self) -> int | None:
        try:
            price = money.typed(self.amount, self.decimals, "price")
            if price is None:
                raise InputError("field.required", "This is needed.", "price")
            return price
        except InputError as error:
            self.amount_error = error
            return None

    def _offer(self) -> dict[str, Any]:
        try:
            return {
                "ship_within": _whole(self.ship_days, 1, 170) * DAY,
                "review": 0 if self.deposit else _whole(self.review_days, 1, 90) * DAY,
                **({"preorder": True} if self.preorder else {}),
                **({} if self.shares.form.errors else self.shares.offer),
                **({"on_collection": True} if self.on_collection else self.deciding.given()),
            }
        except InputError as error:
            self.days_error = error
            return {}

    def _availability(self) -> dict[str, Any]:
        counted = self.rest.value.get("availability", {})
        left = {id: counted[part(id)] for id in self.kinds if part(id) in counted}
        if GOODS not in self.kinds:
            return left
        rows = _rows(self.form.raw)
        try:
            if rows:
                counted = {row["id"]: self.stock.get(index, "") for index, row in rows}
            else:
                counted = {SINGLE: self.stock.get("single", "")}
            stock = {id: _whole(count, 0, MAX_STOCK) for id, count in counted.items() if count}
        except InputError as error:
            self.stock_error = error
            return left
        return {**left, GOODS: {"stock": stock}} if stock else left

    def fail(self, error: EtalError) -> None:
        """Put an error of the peer where it belongs."""
        field = error.field or ""
        if self.shares.fail(error):
            return
        if field.startswith("price"):
            self.amount_error = error
        elif field == "offer.arbiters":
            self.deciding.error = error
        elif field.startswith("offer"):
            self.days_error = error
        else:
            self.form.fail(error)

    def add_picture(self, picture: dict[str, Any]) -> None:
        self.pictures.append(self._picture(picture))

    def _picture(self, picture: dict[str, Any]) -> dict[str, Any]:
        return {**picture, "data": json.dumps({k: picture[k] for k in ("blob", "type", "size")})}

    # ---- drawing

    def context(self) -> dict[str, Any]:
        inputs = {each.path: each for each in self.form.inputs()}
        blocks = inputs["extensions"].children if "extensions" in inputs else ()
        rest = {
            each.path.rpartition(".")[2]: each
            for top in self.rest.inputs()
            for each in top.children
        }
        return {
            "form": self.form,
            "problems": self._problems(),
            "what": [inputs[name] for name in WHAT],
            "blocks": [self._block(each, rest) for each in blocks],
            "pictures": self.pictures,
            "most_pictures": MAX_PICTURES,
            "upload_error": self.upload_error,
            "price_amount": self.amount,
            "price_error": self.amount_error,
            "unit": self.unit,
            "units": [(each.unit, each.symbol) for each in self.units],
            "ship_days": self.ship_days,
            "review_days": self.review_days,
            "on_collection": self.on_collection,
            "preorder": self.preorder,
            "deposit": self.deposit,
            "days_error": self.days_error,
            "deciding": self.deciding,
            "stock": self.stock,
            "stock_error": self.stock_error,
            "availability_seen": self.seen,
            "kinds": self.kinds,
            **self.shares.context(),
        }

    def _problems(self) -> list[EtalError]:
        """What is wrong with the parts that are drawn by hand or come from another form."""
        drawn = (self.upload_error, self.amount_error, self.stock_error, self.days_error)
        return [
            *filter(None, drawn),
            *self.rest.errors.values(),
            *self.shares.form.errors.values(),
        ]
        drawn = (
            *(self.upload_error, self.amount_error, self.stock_error, self.days_error),
            self.deciding.error,
        )
        return [*filter(None, drawn), *self.rest.errors.values()]

    def _block(self, block: Input, rest: dict[str, Input]) -> dict[str, Any]:
        name = block.path.rpartition(".")[2]
        id = next(id for id in self.kinds if part(id) == name)
        extension = self.peer.registry.extension(id)
        left = [rest[name]] if name in rest else []
        return {
            "id": id,
            "title": extension.title or id,
            "inputs": [*block.children, *left],
            "goods": id == GOODS,
        }


def _seen(listing: dict[str, Any]) -> str:
    """What a form knows of the availability, as one text to compare."""
    return json.dumps(listing.get("availability", {}), sort_keys=True)


def _days(seconds: Any, default: int) -> str:
    return str(default if seconds is None else max(1, int(seconds) // DAY))


def _whole(typed: str, low: int, high: int) -> int:
    if not typed.isdecimal() or not low <= int(typed) <= high:
        raise InputError("form.number", f"A number from {low} to {high} is expected.", None)
    return int(typed)


def with_ids(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Rows that have a label and no id get one made of the label."""
    rows: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for name, value in pairs:
        if match := _ROW_ID.fullmatch(name):
            rows[match[1], match[2]][match[3]] = value.strip()
    taken: dict[str, set[str]] = defaultdict(lambda: {"pickup"})
    for (group, _), row in rows.items():
        if row.get("id"):
            taken[group].add(row["id"])
    made = []
    for (group, index), row in rows.items():
        if row.get("label") and not row.get("id"):
            id = _free(_slug(row["label"]) or "option", taken[group])
            taken[group].add(id)
            made.append((f"extensions.{GOODS}.{group}.{index}.id", id))
    replaced = {name for name, _ in made}
    return [pair for pair in pairs if pair[0] not in replaced] + made


def with_countries(
    pairs: list[tuple[str, str]], locale: Locale
) -> tuple[list[tuple[str, str]], dict[str, EtalError]]:
    """Destinations as codes; what is no country is named beside its input."""
    kept, wrong = [], {}
    for name, value in pairs:
        if _ZONES.fullmatch(name):
            value, nowhere = places.codes(value, locale)
            if nowhere:
                message = (
                    f"“{nowhere}” is no country. Write names such as France, or codes such as FR."
                )
                wrong[name] = InputError("form.country", message, name)
        kept.append((name, value))
    return kept, wrong


def _slug(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")


def _free(slug: str, taken: set[str]) -> str:
    number, free = 1, slug
    while free in taken:
        number += 1
        free = f"{slug}-{number}"
    return free


def _rows(raw: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """(index, row) of the variants that have a label."""
    place = raw.get("extensions", {}).get(GOODS, {}).get("variants", {})
    rows = place.items() if isinstance(place, dict) else ()
    return [
        (i, row) for i, row in rows if isinstance(row, dict) and row.get("label") and row.get("id")
    ]


def _pictures(pairs: list[tuple[str, str]]) -> list[dict[str, Any]]:
    rows: dict[int, dict[str, str]] = defaultdict(dict)
    for name, value in pairs:
        if match := _PICTURE.fullmatch(name):
            rows[int(match[1])][match[2]] = value
    kept = []
    for _, row in sorted(rows.items())[:MAX_PICTURES]:
        if "drop" in row or "data" not in row:
            continue
        try:
            picture = {
                **json.loads(row["data"][:MAX_PICTURE_DATA]),
                "alt": row.get("alt", "").strip()[:MAX_ALT],
            }
            PICTURE.from_json(picture)
        except (ValueError, TypeError, InputError):
            continue
        kept.append({**picture, "data": row["data"]})
    return kept
