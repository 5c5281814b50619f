-- +goose Up

-- The key ring is one value.
CREATE TABLE authsdk_keys (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    data    BLOB    NOT NULL,
    version INTEGER NOT NULL
) STRICT;

-- +goose Down

DROP TABLE authsdk_keys;
