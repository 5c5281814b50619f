-- +goose NO TRANSACTION
-- +goose Up

-- The server commits after each statement of this kind, so each can be run
-- again after an interruption.

-- Times are milliseconds since 1970, in UTC. VARBINARY is compared byte by
-- byte, and a space at the end counts.
CREATE TABLE IF NOT EXISTS authsdk_sessions (
    id            VARBINARY(128)  NOT NULL PRIMARY KEY,
    subject       VARBINARY(1024) NOT NULL,
    label         TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    generation    BIGINT          NOT NULL,
    rotated_at    BIGINT          NOT NULL,
    replays       BIGINT          NOT NULL,
    late_replays  BIGINT          NOT NULL,
    created_at    BIGINT          NOT NULL,
    auth_time     BIGINT          NOT NULL,
    last_seen     BIGINT          NOT NULL,
    idle_expires  BIGINT          NOT NULL,
    expires       BIGINT          NOT NULL,
    revoked_at    BIGINT,                   -- NULL while the session lives
    revoke_reason VARBINARY(255)  NOT NULL,
    csrf_secret   VARBINARY(255)  NOT NULL,
    -- An index on what every refresh changes would be written by every refresh;
    -- this changes once a day.
    idle_day      BIGINT GENERATED ALWAYS AS (idle_expires DIV 86400000) STORED,
    KEY authsdk_sessions_subject (subject),
    KEY authsdk_sessions_expires (expires),
    KEY authsdk_sessions_idle_day (idle_day),
    KEY authsdk_sessions_revoked_at (revoked_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- A creation of a session locks the row of its subject, so that creations of
-- one subject's sessions wait for each other.
CREATE TABLE IF NOT EXISTS authsdk_locks (id SMALLINT NOT NULL PRIMARY KEY) ENGINE = InnoDB;

INSERT IGNORE INTO authsdk_locks (id)
SELECT a.n + 4 * b.n + 16 * c.n FROM
    (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) AS a,
    (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) AS b,
    (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) AS c;

CREATE TABLE IF NOT EXISTS authsdk_users (
    id            VARBINARY(255)  NOT NULL PRIMARY KEY,
    name          VARBINARY(1024) NOT NULL UNIQUE,
    password_hash VARBINARY(1024) NOT NULL,
    scopes        TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, -- a JSON array
    roles         TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, -- a JSON array
    disabled      BOOLEAN         NOT NULL,
    created_at    BIGINT          NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- The key ring is one value.
CREATE TABLE IF NOT EXISTS authsdk_keys (
    id      TINYINT  NOT NULL PRIMARY KEY,
    data    LONGBLOB NOT NULL,
    version BIGINT   NOT NULL
) ENGINE = InnoDB;

-- +goose Down

DROP TABLE IF EXISTS authsdk_keys;
DROP TABLE IF EXISTS authsdk_users;
DROP TABLE IF EXISTS authsdk_locks;
DROP TABLE IF EXISTS authsdk_sessions;
