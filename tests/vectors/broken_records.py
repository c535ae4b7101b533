"""Records that every implementation must reject from their bytes alone: by envelope, encoding, payload and certificate."""

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
    of_size,
    payload,
    profile,
    revocation,
    sign,
    signed,
)
from tests.vectors.rows import Invalid


def invalid() -> list[Invalid]:
    return [*_envelopes(), *_encodings(), *_payloads(), *_certificates()]


def _envelopes() -> list[Invalid]:
    good = sign(profile())
    plain = encode(profile())
    signature = good[-64:]

    def row(name: str, why: str, raw: bytes, rule: str = "envelope") -> Invalid:
        return Invalid(name, why, f"record.{rule}", raw)

    return [
        row("empty", "no bytes at all", b""),
        row("too-large", "one byte over 32 KiB", sign(of_size(32 * 1024 + 1)), "size"),
        row("truncated", "the last byte is missing", good[:-1]),
        row("trailing", "one byte too many", good + b"\0"),
        row("untagged", "the tag of a COSE_Sign1 is missing", good[1:]),
        row("wrong-tag", "tag 17", b"\xd1" + good[1:]),
        row(
            "other-algorithm",
            "the protected header says ES256",
            good.replace(bytes.fromhex("43a10127"), bytes.fromhex("43a10126"), 1),
        ),
        row(
            "unprotected-header",
            "something in the unprotected header",
            good[:6] + bytes.fromhex("a10401") + good[7:],
        ),
        row(
            "long-length",
            "the length of the payload in four bytes",
            good[:7] + b"\x5a" + len(plain).to_bytes(4, "big") + good[7 + 2 :],
        ),
        row(
            "two-byte-length",
            "the length of a payload below 256 bytes in two bytes",
            good[:7] + b"\x59" + len(plain).to_bytes(2, "big") + good[7 + 2 :],
        ),
        row(
            "detached",
            "a detached payload (nil)",
            bytes.fromhex("d28443a10127a0f6") + encode(signature),
        ),
        row("short-signature", "63 bytes", envelope(plain, signature[:-1])),
        row("flipped-signature", "one bit of R", envelope(plain, _flip(signature)), "signature"),
        row("other-signer", "signed by another key", sign(profile(), OTHER), "signature"),
        row(
            "other-network",
            "signed for another network",
            sign(profile(), network="etal-other"),
            "signature",
        ),
        row(
            "changed-payload",
            "the payload was changed after signing",
            envelope(encode(profile({"name": "Eve"})), signature),
            "signature",
        ),
        row(
            "signed-without-context",
            "signed over the payload alone",
            envelope(plain, ROOT.sign(plain)),
            "signature",
        ),
        row(
            "future-context",
            "signed for version 2 of the protocol",
            envelope(plain, ROOT.sign(signed(plain, version=2))),
            "signature",
        ),
    ]


def _flip(signature: bytes) -> bytes:
    return bytes([signature[0] ^ 1]) + signature[1:]


def _encodings() -> list[Invalid]:
    plain = encode(profile())
    version = bytes.fromhex("617601")  # "v": 1
    assert plain[1:4] == version
    head, rest = plain[:1], plain[4:]
    extra = encode(profile() | {"x": 0})
    zero = bytes.fromhex("617800")  # "x": 0
    assert zero in extra

    def with_x(value: str) -> bytes:
        return extra.replace(zero, b"\x61x" + bytes.fromhex(value), 1)

    def row(name: str, why: str, rule: str, value: bytes) -> Invalid:
        return Invalid(name, why, f"encoding.{rule}", sign(value))

    nested = b"\x81" * 8 + b"\x00"
    return [
        row("not-cbor", "the payload is not CBOR", "malformed", b"\xff" * 40),
        row("two-values", "bytes after the payload's value", "canonical", plain + b"\x00"),
        row("long-integer", "1 as 18 01", "canonical", head + b"\x61v\x18\x01" + rest),
        row(
            "long-text-length",
            "a key's length as 78 01",
            "canonical",
            head + b"\x78\x01v\x01" + rest,
        ),
        row("long-map-length", "the map's length as b8 07", "canonical", b"\xb8\x07" + plain[1:]),
        row("unsorted", "v at the end", "canonical", head + rest + version),
        row("duplicate-key", "v twice", "malformed", b"\xa8" + version + version + rest),
        row(
            "indefinite-map",
            "a map of indefinite length",
            "malformed",
            b"\xbf" + plain[1:] + b"\xff",
        ),
        row("indefinite-text", "text in pieces", "malformed", with_x("7f6161ff")),
        row("bad-utf8", "text that isn't UTF-8", "malformed", with_x("62c328")),
        row("surrogate", "half a surrogate pair", "malformed", with_x("63eda080")),
        row("float", "a float", "type", with_x("f93c00")),
        row("null", "null", "type", with_x("f6")),
        row("undefined", "undefined", "type", with_x("f7")),
        row("simple", "an unassigned simple value", "type", with_x("e0")),
        row("tag", "a tagged date", "type", with_x("c100")),
        row("bignum", "a tagged big number", "type", with_x("c249010000000000000000")),
        row(
            "bigfloat",
            "a number that costs hours to compute",
            "type",
            with_x("c5823b7fffffffffffffff01"),
        ),
        row("integer-key", "a map key that isn't text", "malformed", with_x("a10101")),
        row("bytes-key", "a map key of bytes", "type", with_x("a1416101")),
        row("over-range", "2^63", "integer", with_x("1b8000000000000000")),
        row("under-range", "-2^63 - 1", "integer", with_x("3b8000000000000000")),
        row("deep", "nine containers deep", "depth", with_x(nested.hex())),
        row("many-items", "4,097 values", "items", with_x("991000" + "00" * 4096)),
        row(
            "huge-count",
            "an array that claims 2^60 entries",
            "malformed",
            with_x("9b1000000000000000"),
        ),
    ]


def _payloads() -> list[Invalid]:
    def row(name: str, why: str, rule: str, value: dict | bytes) -> Invalid:
        return Invalid(name, why, f"record.{rule}", sign(value))

    def changed(name: str, why: str, rule: str, /, **changes) -> Invalid:
        plain = profile() | changes
        return row(
            name, why, rule, {key: value for key, value in plain.items() if value is not None}
        )

    numbered = {f"k{number:02}": number for number in range(26)}
    return [
        row("list", "the payload is a list of its parts", "payload", encode(list(profile()))),
        row("too-many-keys", "33 keys", "keys", profile() | numbered),
        *(
            changed(f"missing-{name}", f"{name} is missing", "payload", **{name: None})
            for name in ("v", "kind", "kv", "author", "created", "until", "body")
        ),
        changed("version-zero", "v is 0", "payload", v=0),
        changed("version-true", "v is true", "payload", v=True),
        changed("kind-upper", "capital letters in kind", "kind", kind="Profile"),
        changed("kind-long", "a kind of 65 characters", "kind", kind="k" * 65),
        changed("kind-version-zero", "kv is 0", "kind", kv=0),
        changed("kind-version-high", "kv is 65536", "kind", kv=65_536),
        changed("author-short", "31 bytes of author", "payload", author=ROOT.public[:31]),
        changed("author-text", "author as text", "payload", author=ROOT.public.hex()),
        changed("never-lived", "until equals created", "time", until=NOW),
        changed("created-negative", "created is -1", "time", created=-1),
        changed("until-far", "until is 2^40", "time", until=2**40),
        changed("time-text", "created as text", "payload", created="2027-01-15"),
        changed("slug-upper", "capital letters in slug", "slug", slug="Lamp"),
        changed("slug-empty", "an empty slug", "slug", slug=""),
        changed("slug-hyphens", "two hyphens in a row", "slug", slug="a--b"),
        changed("slug-long", "a slug of 65 characters", "slug", slug="s" * 65),
        changed("slug-newline", "a newline after the slug", "slug", slug="lamp\n"),
        changed("gone-false", "gone is false instead of absent", "gone", gone=False),
        changed("gone-with-body", "a tombstone with a body", "gone", gone=True),
        changed("body-list", "the body is a list", "payload", body=[]),
        changed("signer-alone", "a signer without cert", "payload", signer=DEVICE.public),
        changed("cert-alone", "a cert without signer", "payload", cert=b"\0" * 9),
        changed(
            "signer-is-author",
            "signer given although it is the author",
            "signer",
            signer=ROOT.public,
            cert=sign(certificate()),
        ),
        changed(
            "cert-large",
            "a certificate of more than 2 KiB",
            "certificate",
            signer=DEVICE.public,
            cert=bytes(2049),
        ),
    ]


def _certificates() -> list[Invalid]:
    def row(name: str, why: str, rule: str, cert: dict | bytes) -> Invalid:
        return Invalid(name, why, f"certificate.{rule}", sign(by_device(profile(), cert), DEVICE))

    delegate = sign(by_device(certificate({"device": OTHER.public})), DEVICE)
    scopeless = payload("certificate", {"device": DEVICE.public, "name": "Phone"})
    return [
        row("cert-garbage", "the certificate isn't a record", "envelope", b"\0" * 80),
        row(
            "cert-future",
            "a certificate in an envelope of the future",
            "envelope",
            certificate(v=2),
        ),
        row("cert-profile", "a profile instead of a certificate", "kind", profile()),
        row("cert-version", "version 2 of the kind certificate", "kind", certificate(kv=2)),
        row(
            "cert-by-other",
            "a certificate by another persona",
            "author",
            sign(certificate(author=OTHER.public), OTHER),
        ),
        row(
            "cert-for-other", "for another device", "device", certificate({"device": OTHER.public})
        ),
        row("cert-scope", "the scope lacks the kind", "scope", certificate({"scope": ["listing"]})),
        row("cert-early", "made before the certificate", "time", certificate(created=NOW + 1)),
        row(
            "cert-over",
            "made in the second that the certificate ends",
            "time",
            certificate(created=NOW - DAY, until=NOW),
        ),
        row(
            "cert-long",
            "a certificate for 90 days and a second",
            "lifetime",
            certificate(until=NOW + 90 * DAY + 1),
        ),
        row(
            "cert-forged",
            "the certificate isn't signed by its author",
            "signature",
            sign(certificate(), DEVICE),
        ),
        row("cert-fields", "a certificate without scope", "fields", scopeless),
        row(
            "cert-gone",
            "a certificate as a tombstone",
            "fields",
            payload("certificate", {}, gone=True),
        ),
        Invalid("cert-chain", "a device makes a certificate for another", "record.root", delegate),
        Invalid(
            "revocation-by-device",
            "a device revokes",
            "record.root",
            sign(by_device(revocation()), DEVICE),
        ),
        Invalid(
            "delegated-signed-by-root",
            "names a device as signer, but the root signed",
            "record.signature",
            sign(by_device(profile())),
        ),
    ]
