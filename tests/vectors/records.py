"""Vectors of single records: what every implementation must accept, and must reject, from the bytes alone."""

from node.protocol.encoding import encode
from tests.vectors.make import (
    DAY,
    DEVICE,
    NOW,
    OTHER,
    ROOT,
    by_device,
    certificate,
    envelope,
    id_of,
    listing,
    payload,
    profile,
    revocation,
    sign,
    signed,
)

UNKNOWN = {"future": {"list": [1, "two", b"\x03", True]}, "x-note": "kept"}


def valid() -> list[tuple]:
    """(name, why, raw, payload)"""
    cert = certificate()
    plain = [
        ("profile", "the smallest profile", profile(), ROOT),
        ("listing", "an addressable record with goods", listing(), ROOT),
        ("certificate", "a device may sign listings and profiles", cert, ROOT),
        ("revocation", "a device may sign no more", revocation(), ROOT),
        (
            "tombstone",
            "the latest of its slug, with an empty body, buries what came before",
            payload("listing", {}, slug="desk-lamp", gone=True, until=NOW + 90 * DAY),
            ROOT,
        ),
        ("delegated", "signed by a device under a certificate", by_device(listing()), DEVICE),
        (
            "delegated-first-second",
            "created in the very second that the certificate begins",
            by_device(profile(), certificate(created=NOW)),
            DEVICE,
        ),
        (
            "delegated-last-second",
            "created in the last second of the certificate",
            by_device(profile(), certificate(created=NOW - DAY, until=NOW + 1)),
            DEVICE,
        ),
        ("unknown-keys", "unknown keys beside the known ones survive", profile() | UNKNOWN, ROOT),
        ("unknown-fields", "unknown fields of the body survive", profile(UNKNOWN), ROOT),
        (
            "unknown-extension",
            "a block of an extension that nobody here knows is kept as bytes",
            listing(
                {
                    "extensions": {
                        "goods": {"condition": "new", "pickup": True},
                        "com.example.gift": {"wrap": "red", "depth": [[[]]]},
                    }
                }
            ),
            ROOT,
        ),
        (
            "longest-lifetime",
            "until exactly 90 days after created",
            profile(until=NOW + 90 * DAY),
            ROOT,
        ),
        (
            "most-keys",
            "32 keys in the payload",
            profile() | {f"k{number:02}": number for number in range(25)},
            ROOT,
        ),
        (
            "largest",
            "exactly 32 KiB",
            _of_size(32 * 1024),
            ROOT,
        ),
        (
            "text-of-the-world",
            "characters beyond the basic plane count as one",
            profile({"name": "Étal 市場 🏺" + "🏺" * 55}),
            ROOT,
        ),
        (
            "integers",
            "the ends of the range of integers",
            profile() | {"high": 2**63 - 1, "low": -(2**63)},
            ROOT,
        ),
    ]
    return [(name, why, sign(value, by), value) for name, why, value, by in plain]


def _of_size(size: int) -> dict:
    grown = profile() | {"fill": bytes(size - 400)}
    missing = size - len(sign(grown))
    return profile() | {"fill": bytes(size - 400 + missing)}


def invalid() -> list[tuple]:
    """(name, why, rule, raw)"""
    good = sign(profile())
    plain = encode(profile())
    signature = good[-64:]
    other_network = sign(profile(), network="etal-other")
    return [
        ("empty", "no bytes at all", "record.envelope", b""),
        ("too-large", "one byte over 32 KiB", "record.size", sign(_of_size(32 * 1024 + 1))),
        ("truncated", "the last byte is missing", "record.envelope", good[:-1]),
        ("trailing", "one byte too many", "record.envelope", good + b"\0"),
        ("untagged", "the tag of a COSE_Sign1 is missing", "record.envelope", good[1:]),
        ("wrong-tag", "tag 17", "record.envelope", b"\xd1" + good[1:]),
        (
            "other-algorithm",
            "the protected header says ES256",
            "record.envelope",
            good.replace(bytes.fromhex("43a10127"), bytes.fromhex("43a10126"), 1),
        ),
        (
            "unprotected-header",
            "something in the unprotected header",
            "record.envelope",
            good[:6] + bytes.fromhex("a10401") + good[7:],
        ),
        (
            "long-length",
            "the length of the payload in four bytes",
            "record.envelope",
            good[:7] + b"\x5a" + len(plain).to_bytes(4, "big") + good[7 + 2 :],
        ),
        (
            "two-byte-length",
            "the length of a payload below 256 bytes in two bytes",
            "record.envelope",
            good[:7] + b"\x59" + len(plain).to_bytes(2, "big") + good[7 + 2 :],
        ),
        (
            "detached",
            "a detached payload (nil)",
            "record.envelope",
            bytes.fromhex("d28443a10127a0f6") + encode(signature),
        ),
        ("short-signature", "63 bytes", "record.envelope", envelope(plain, signature[:-1])),
        (
            "flipped-signature",
            "one bit of R",
            "record.signature",
            envelope(plain, _flip(signature)),
        ),
        ("other-signer", "signed by another key", "record.signature", sign(profile(), OTHER)),
        ("other-network", "signed for another network", "record.signature", other_network),
        (
            "changed-payload",
            "the payload was changed after signing",
            "record.signature",
            envelope(encode(profile({"name": "Eve"})), signature),
        ),
        (
            "signed-without-context",
            "signed over the payload alone",
            "record.signature",
            envelope(plain, ROOT.sign(plain)),
        ),
        (
            "future-context",
            "signed for version 2 of the protocol",
            "record.signature",
            envelope(plain, ROOT.sign(signed(plain, version=2))),
        ),
        *[
            (name, why, rule, sign(value))
            for name, why, rule, value in (*_bad_encodings(), *_bad_payloads())
        ],
        *_bad_certificates(),
    ]


def _flip(signature: bytes) -> bytes:
    return bytes([signature[0] ^ 1]) + signature[1:]


def _bad_encodings() -> list[tuple]:
    plain = encode(profile())
    version = bytes.fromhex("617601")  # "v": 1
    assert plain[1:4] == version
    head, rest = plain[:1], plain[4:]
    extra = encode(profile() | {"x": 0})
    zero = bytes.fromhex("617800")  # "x": 0
    assert zero in extra

    def with_x(value: str) -> bytes:
        return extra.replace(zero, b"\x61x" + bytes.fromhex(value), 1)

    nested = b"\x81" * 8 + b"\x00"
    return [
        ("not-cbor", "the payload is not CBOR", "encoding.malformed", b"\xff" * 40),
        ("two-values", "bytes after the payload's value", "encoding.canonical", plain + b"\x00"),
        ("long-integer", "1 as 18 01", "encoding.canonical", head + b"\x61v\x18\x01" + rest),
        (
            "long-text-length",
            "a key's length as 78 01",
            "encoding.canonical",
            head + b"\x78\x01v\x01" + rest,
        ),
        (
            "long-map-length",
            "the map's length as b8 07",
            "encoding.canonical",
            b"\xb8\x07" + plain[1:],
        ),
        ("unsorted", "v at the end", "encoding.canonical", head + rest + version),
        ("duplicate-key", "v twice", "encoding.malformed", b"\xa8" + version + version + rest),
        (
            "indefinite-map",
            "a map of indefinite length",
            "encoding.malformed",
            b"\xbf" + plain[1:] + b"\xff",
        ),
        ("indefinite-text", "text in pieces", "encoding.malformed", with_x("7f6161ff")),
        ("bad-utf8", "text that isn't UTF-8", "encoding.malformed", with_x("62c328")),
        ("surrogate", "half a surrogate pair", "encoding.malformed", with_x("63eda080")),
        ("float", "a float", "encoding.type", with_x("f93c00")),
        ("null", "null", "encoding.type", with_x("f6")),
        ("undefined", "undefined", "encoding.type", with_x("f7")),
        ("simple", "an unassigned simple value", "encoding.type", with_x("e0")),
        ("tag", "a tagged date", "encoding.type", with_x("c100")),
        ("bignum", "a tagged big number", "encoding.type", with_x("c249010000000000000000")),
        (
            "bigfloat",
            "a number that costs hours to compute",
            "encoding.type",
            with_x("c5823b7fffffffffffffff01"),
        ),
        ("integer-key", "a map key that isn't text", "encoding.malformed", with_x("a10101")),
        ("bytes-key", "a map key of bytes", "encoding.type", with_x("a1416101")),
        ("over-range", "2^63", "encoding.integer", with_x("1b8000000000000000")),
        ("under-range", "-2^63 - 1", "encoding.integer", with_x("3b8000000000000000")),
        ("deep", "nine containers deep", "encoding.depth", with_x(nested.hex())),
        ("many-items", "4,097 values", "encoding.items", with_x("991000" + "00" * 4096)),
        (
            "huge-count",
            "an array that claims 2^60 entries",
            "encoding.malformed",
            with_x("9b1000000000000000"),
        ),
    ]


def _bad_payloads() -> list[tuple]:
    def changed(name: str, why: str, rule: str, **changes) -> tuple:
        plain = profile() | changes
        return name, why, rule, {key: value for key, value in plain.items() if value is not None}

    rows = [
        ("list", "the payload is a list of its parts", "record.payload", encode(list(profile()))),
        (
            "too-many-keys",
            "33 keys",
            "record.keys",
            encode(profile() | {f"k{number:02}": number for number in range(26)}),
        ),
    ]
    rows += [
        changed("missing-" + name, f"{name} is missing", "record.payload", **{name: None})
        for name in ("v", "kind", "kv", "author", "created", "until", "body")
    ]
    rows += [
        changed("version-zero", "v is 0", "record.payload", v=0),
        changed("version-true", "v is true", "record.payload", v=True),
        changed("kind-upper", "capital letters in kind", "record.kind", kind="Profile"),
        changed("kind-long", "a kind of 65 characters", "record.kind", kind="k" * 65),
        changed("kind-version-zero", "kv is 0", "record.kind", kv=0),
        changed("kind-version-high", "kv is 65536", "record.kind", kv=65_536),
        changed("author-short", "31 bytes of author", "record.payload", author=ROOT.public[:31]),
        changed("author-text", "author as text", "record.payload", author=ROOT.public.hex()),
        changed("never-lived", "until equals created", "record.time", until=NOW),
        changed("created-negative", "created is -1", "record.time", created=-1),
        changed("until-far", "until is 2^40", "record.time", until=2**40),
        changed("time-text", "created as text", "record.payload", created="2027-01-15"),
        changed("slug-upper", "capital letters in slug", "record.slug", slug="Lamp"),
        changed("slug-empty", "an empty slug", "record.slug", slug=""),
        changed("slug-hyphens", "two hyphens in a row", "record.slug", slug="a--b"),
        changed("slug-long", "a slug of 65 characters", "record.slug", slug="s" * 65),
        changed("slug-newline", "a newline after the slug", "record.slug", slug="lamp\n"),
        changed("gone-false", "gone is false instead of absent", "record.gone", gone=False),
        changed("gone-with-body", "a tombstone with a body", "record.gone", gone=True),
        changed("body-list", "the body is a list", "record.payload", body=[]),
        changed("signer-alone", "a signer without cert", "record.payload", signer=DEVICE.public),
        changed("cert-alone", "a cert without signer", "record.payload", cert=b"\0" * 9),
        changed(
            "signer-is-author",
            "signer given although it is the author",
            "record.signer",
            signer=ROOT.public,
            cert=sign(certificate()),
        ),
        changed(
            "cert-large",
            "a certificate of more than 2 KiB",
            "record.certificate",
            signer=DEVICE.public,
            cert=bytes(2049),
        ),
    ]
    return rows


def _bad_certificates() -> list[tuple]:
    def case(name: str, why: str, rule: str, cert, plain: dict | None = None) -> tuple:
        return name, why, "certificate." + rule, sign(by_device(plain or profile(), cert), DEVICE)

    delegate = sign(by_device(certificate({"device": OTHER.public})), DEVICE)
    return [
        case("cert-garbage", "the certificate isn't a record", "envelope", b"\0" * 80),
        case(
            "cert-future",
            "a certificate in an envelope of the future",
            "envelope",
            sign(certificate(v=2)),
        ),
        case("cert-profile", "a profile instead of a certificate", "kind", sign(profile())),
        case("cert-version", "version 2 of the kind certificate", "kind", certificate(kv=2)),
        case(
            "cert-by-other",
            "a certificate by another persona",
            "author",
            sign(certificate(author=OTHER.public), OTHER),
        ),
        case(
            "cert-for-other", "for another device", "device", certificate({"device": OTHER.public})
        ),
        case(
            "cert-scope", "the scope lacks the kind", "scope", certificate({"scope": ["listing"]})
        ),
        case("cert-early", "made before the certificate", "time", certificate(created=NOW + 1)),
        case(
            "cert-over",
            "made in the second that the certificate ends",
            "time",
            certificate(created=NOW - DAY, until=NOW),
        ),
        case(
            "cert-long",
            "a certificate for 90 days and a second",
            "lifetime",
            certificate(until=NOW + 90 * DAY + 1),
        ),
        case(
            "cert-forged",
            "the certificate isn't signed by its author",
            "signature",
            sign(certificate(), DEVICE),
        ),
        case("cert-fields", "a certificate without scope", "fields", _without_scope()),
        case(
            "cert-gone",
            "a certificate as a tombstone",
            "fields",
            sign(payload("certificate", {}, gone=True)),
        ),
        (
            "cert-chain",
            "a device makes a certificate for another",
            "record.root",
            delegate,
        ),
        (
            "revocation-by-device",
            "a device revokes",
            "record.root",
            sign(by_device(revocation()), DEVICE),
        ),
        (
            "delegated-signed-by-root",
            "names a device as signer, but the root signed",
            "record.signature",
            sign(by_device(profile())),
        ),
    ]


def _without_scope() -> bytes:
    return sign(payload("certificate", {"device": DEVICE.public, "name": "Phone"}))


def build() -> dict:
    return {
        "about": "Records on network etal-test. A valid one has the id and fields given; an invalid one breaks the rule. "
        "`cddl` says whether etal.cddl alone refuses it.",
        "valid": [
            {
                "name": name,
                "why": why,
                "id": id_of(encode(value)).hex(),
                "kind": value["kind"],
                "author": value["author"].hex(),
                "signer": value.get("signer", value["author"]).hex(),
                "raw": raw.hex(),
            }
            for name, why, raw, value in valid()
        ],
        "invalid": [
            {"name": name, "why": why, "rule": rule, "raw": raw.hex()}
            for name, why, rule, raw in invalid()
        ],
    }
