-- +goose Up

-- A bucket of failed logins: the milliseconds since 1970 at which it is full again.
CREATE TABLE authsdk_throttle (
    id      TEXT    NOT NULL PRIMARY KEY,
    full_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX authsdk_throttle_full_at ON authsdk_throttle (full_at);

-- +goose Down

DROP TABLE authsdk_throttle;
