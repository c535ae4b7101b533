-- Orders for which a campaign that is over held a pledge, as this node has seen: reviews of them come before those that nobody has paid for.
CREATE TABLE backings (
    contract TEXT NOT NULL,  -- CAIP-10
    campaign BLOB NOT NULL,
    pledged_for BLOB NOT NULL,
    PRIMARY KEY (contract, campaign, pledged_for)
) STRICT, WITHOUT ROWID;
