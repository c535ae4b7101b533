"""Everything that follows from the records of a store, as bytes that don't depend on the order in which they came."""

QUERIES = {
    "records": "SELECT id, place, kind, author, signer, slug, created, kept_until, raw FROM records",
    "revocations": "SELECT v.author, v.device, r.id FROM revocations AS v JOIN records AS r ON r.row = v.record",
    "reviews": "SELECT r.id, v.seller, v.slug, v.created, v.offer FROM reviews AS v JOIN records AS r ON r.row = v.record",
    "listings": "SELECT id, author, slug, created, until, offer_until, category, unit, price, facets, available,"
    " availability, seller FROM listings",
    "destinations": "SELECT l.author, l.slug, d.country FROM destinations AS d JOIN listings AS l ON l.row = d.listing",
    "words": "SELECT l.author, l.slug, w.term, w.col, w.offset FROM temp.instances AS w"
    " LEFT JOIN listings AS l ON l.row = w.doc",
}


def dump(store) -> bytes:
    connection = store._db.connection
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.instances USING fts5vocab(main, words, instance)"
    )
    state = {name: sorted(connection.execute(sql), key=repr) for name, sql in QUERIES.items()}
    return repr(state).encode()
