-- +goose Up

-- Times are milliseconds since 1970, in UTC. Texts are compared byte by byte.
CREATE TABLE authsdk_sessions (
    id            text   COLLATE "C" NOT NULL PRIMARY KEY,
    subject       text   COLLATE "C" NOT NULL,
    label         text   NOT NULL,
    generation    bigint NOT NULL,
    rotated_at    bigint NOT NULL,
    replays       bigint NOT NULL,
    late_replays  bigint NOT NULL,
    created_at    bigint NOT NULL,
    auth_time     bigint NOT NULL,
    last_seen     bigint NOT NULL,
    idle_expires  bigint NOT NULL,
    expires       bigint NOT NULL,
    revoked_at    bigint,             -- NULL while the session lives
    revoke_reason text   NOT NULL,
    csrf_secret   bytea  NOT NULL,
    -- An index on what every refresh changes would be written by every refresh;
    -- this changes once a day.
    idle_day      bigint NOT NULL GENERATED ALWAYS AS (idle_expires / 86400000) STORED
) WITH (fillfactor = 80); -- room for the next version of a row on its own page

-- Revoked sessions of a subject are never looked for.
CREATE INDEX authsdk_sessions_subject ON authsdk_sessions (subject) WHERE revoked_at IS NULL;

-- For pruning.
CREATE INDEX authsdk_sessions_expires ON authsdk_sessions (expires);
CREATE INDEX authsdk_sessions_idle_day ON authsdk_sessions (idle_day);
CREATE INDEX authsdk_sessions_revoked_at ON authsdk_sessions (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE authsdk_users (
    id            text    COLLATE "C" NOT NULL PRIMARY KEY,
    name          text    COLLATE "C" NOT NULL UNIQUE,
    password_hash text    NOT NULL,
    scopes        text[]  NOT NULL,
    roles         text[]  NOT NULL,
    disabled      boolean NOT NULL,
    created_at    bigint  NOT NULL
);

-- The key ring is one value.
CREATE TABLE authsdk_keys (
    id      integer NOT NULL PRIMARY KEY CHECK (id = 1),
    data    bytea   NOT NULL,
    version bigint  NOT NULL
);

-- +goose Down

DROP TABLE authsdk_keys;
DROP TABLE authsdk_users;
DROP TABLE authsdk_sessions;
