-- +goose Up

-- OAuth clients. The hash is that of a random secret, and empty for a public client.
CREATE TABLE authsdk_clients (
    id          TEXT    NOT NULL PRIMARY KEY,
    secret_hash BLOB    NOT NULL,
    grants      TEXT    NOT NULL,  -- a JSON array
    scopes      TEXT    NOT NULL,  -- a JSON array
    audience    TEXT    NOT NULL,  -- a JSON array
    created_at  INTEGER NOT NULL
) STRICT;

-- +goose Down

DROP TABLE authsdk_clients;
