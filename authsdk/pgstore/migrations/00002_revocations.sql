-- +goose Up

-- The head is one row: what is appended locks it, and so becomes visible in the
-- order of its numbers, which those of a sequence do not.
CREATE TABLE authsdk_revocation_head (
    id      integer NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch   text    COLLATE "C" NOT NULL,
    created bigint  NOT NULL,           -- 0 where nothing can be missing
    seq     bigint  NOT NULL
);

CREATE TABLE authsdk_revocations (
    seq     bigint   NOT NULL PRIMARY KEY,
    kind    smallint NOT NULL,          -- 1 token, 2 session, 3 subject
    value   text     COLLATE "C" NOT NULL,
    at      bigint   NOT NULL,
    expires bigint   NOT NULL
);

-- For pruning.
CREATE INDEX authsdk_revocations_expires ON authsdk_revocations (expires);

-- Tokens that are older than these tables are known: none was revoked here.
INSERT INTO authsdk_revocation_head (id, epoch, created, seq)
SELECT 1, md5(random()::text || clock_timestamp()::text), 0, 0
WHERE EXISTS (SELECT FROM authsdk_sessions);

-- +goose Down

DROP TABLE authsdk_revocations;
DROP TABLE authsdk_revocation_head;
