-- +goose Up

-- OAuth clients. The hash is that of a random secret, and empty for a public client.
CREATE TABLE authsdk_clients (
    id          text   COLLATE "C" NOT NULL PRIMARY KEY,
    secret_hash bytea  NOT NULL,
    grants      text[] NOT NULL,
    scopes      text[] NOT NULL,
    audience    text[] NOT NULL,
    created_at  bigint NOT NULL
);

-- +goose Down

DROP TABLE authsdk_clients;
