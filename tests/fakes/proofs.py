"""The part of the store in memory that is about reviews and what proves them."""

from node.protocol.record import Record
from node.protocol.reviews import committed_to, is_backed


class Proofs:
    """With `kept`, `latest` and `logs` of the store."""

    def __init__(self, *args, **more) -> None:
        super().__init__(*args, **more)
        self.proofs: dict[bytes, Record] = {}
        self.backings: set[tuple[str, bytes, bytes]] = set()

    def keep_evidence(self, edition):
        self.proofs.setdefault(edition.id, edition)

    def evidence(self, id):
        return self.proofs[id].raw if id in self.proofs else None

    def unproven(self, after, limit):
        def mark(review):
            return int.from_bytes(review.id, "big")

        reviews = [r for r in self.kept.values() if r.kind == "review" and not r.gone]
        found = sorted((each for each in reviews if mark(each) > after), key=mark)[:limit]
        missing = [each for each in found if each.body["offer"] not in self.proofs]
        return missing, mark(found[-1]) if found else after

    def reviews_of(self, seller, slug=None, limit=200):
        found = [
            record
            for record in self.kept.values()
            if record.kind == "review"
            and record == self.latest("review", record.author)
            and not record.gone
            and record.body["seller"] == seller
            and slug in (None, record.body["slug"])
        ]
        return sorted(found, key=lambda r: (self._backed(r), r.created, r.id), reverse=True)[:limit]

    def back_reviews(self, contract, campaign, order):
        self.backings.add((contract, campaign, order))

    def _backed(self, review):
        proof = review.body["proof"]
        claim = (proof["escrow"], proof["order"], committed_to(review.body))
        return claim in self.backings or is_backed(review.body, self.logs.get(claim[0], []))
