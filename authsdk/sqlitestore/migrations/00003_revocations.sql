-- +goose Up

-- The head is one row. It is counted up in the transaction that appends.
CREATE TABLE authsdk_revocation_head (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch   TEXT    NOT NULL,
    created INTEGER NOT NULL,           -- 0 where nothing can be missing
    seq     INTEGER NOT NULL
) STRICT;

CREATE TABLE authsdk_revocations (
    seq     INTEGER NOT NULL PRIMARY KEY,
    kind    INTEGER NOT NULL,           -- 1 token, 2 session, 3 subject
    value   TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;

-- For pruning.
CREATE INDEX authsdk_revocations_expires ON authsdk_revocations (expires);

-- Tokens that are older than these tables are known: none was revoked here.
INSERT INTO authsdk_revocation_head (id, epoch, created, seq)
SELECT 1, lower(hex(randomblob(16))), 0, 0
WHERE EXISTS (SELECT 1 FROM authsdk_sessions);

-- +goose Down

DROP TABLE authsdk_revocations;
DROP TABLE authsdk_revocation_head;
