-- +goose Up

-- Two processes may bring one database up to date at the same time. A version
-- that can be recorded only once makes the second of them roll back its whole step.
CREATE UNIQUE INDEX authsdk_migrations_version ON authsdk_migrations (version_id);

-- Times are milliseconds since 1970, in UTC.
CREATE TABLE authsdk_sessions (
    id            TEXT    NOT NULL PRIMARY KEY,
    subject       TEXT    NOT NULL,
    label         TEXT    NOT NULL,
    generation    INTEGER NOT NULL,
    rotated_at    INTEGER NOT NULL,
    replays       INTEGER NOT NULL,
    late_replays  INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    auth_time     INTEGER NOT NULL,
    last_seen     INTEGER NOT NULL,
    idle_expires  INTEGER NOT NULL,
    expires       INTEGER NOT NULL,
    revoked_at    INTEGER,           -- NULL while the session lives
    revoke_reason TEXT    NOT NULL,
    csrf_secret   BLOB    NOT NULL,
    ends_at       INTEGER NOT NULL
        GENERATED ALWAYS AS (min(expires, idle_expires, ifnull(revoked_at, expires))) VIRTUAL
) STRICT, WITHOUT ROWID;

-- Revoked sessions of a subject are never looked for.
CREATE INDEX authsdk_sessions_subject ON authsdk_sessions (subject) WHERE revoked_at IS NULL;

-- For pruning.
CREATE INDEX authsdk_sessions_ends_at ON authsdk_sessions (ends_at);

CREATE TABLE authsdk_users (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    password_hash TEXT    NOT NULL,
    scopes        TEXT    NOT NULL,  -- a JSON array
    roles         TEXT    NOT NULL,  -- a JSON array
    disabled      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

-- +goose Down

DROP TABLE authsdk_users;
DROP TABLE authsdk_sessions;
DROP INDEX authsdk_migrations_version;
