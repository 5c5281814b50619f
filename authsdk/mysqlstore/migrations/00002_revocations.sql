-- +goose NO TRANSACTION
-- +goose Up

-- The head is one row: what is appended locks it, and so becomes visible in the
-- order of its numbers, which those of AUTO_INCREMENT do not.
CREATE TABLE IF NOT EXISTS authsdk_revocation_head (
    id      TINYINT       NOT NULL PRIMARY KEY,
    epoch   VARBINARY(64) NOT NULL,
    created BIGINT        NOT NULL,       -- 0 where nothing can be missing
    seq     BIGINT        NOT NULL
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS authsdk_revocations (
    seq     BIGINT          NOT NULL PRIMARY KEY,
    kind    TINYINT         NOT NULL,     -- 1 token, 2 session, 3 subject
    value   VARBINARY(1024) NOT NULL,
    at      BIGINT          NOT NULL,
    expires BIGINT          NOT NULL,
    KEY authsdk_revocations_expires (expires)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- Tokens that are older than these tables are known: none was revoked here.
INSERT IGNORE INTO authsdk_revocation_head (id, epoch, created, seq)
SELECT 1, MD5(CONCAT(UUID(), RAND())), 0, 0 FROM DUAL
WHERE EXISTS (SELECT 1 FROM authsdk_sessions);

-- +goose Down

DROP TABLE IF EXISTS authsdk_revocations;
DROP TABLE IF EXISTS authsdk_revocation_head;
