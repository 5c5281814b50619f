-- +goose NO TRANSACTION
-- +goose Up

-- OAuth clients. The hash is that of a random secret, and empty for a public client.
CREATE TABLE IF NOT EXISTS authsdk_clients (
    id          VARBINARY(255) NOT NULL PRIMARY KEY,
    secret_hash VARBINARY(255) NOT NULL,
    grants      TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, -- a JSON array
    scopes      TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, -- a JSON array
    audience    TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, -- a JSON array
    created_at  BIGINT         NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- +goose Down

DROP TABLE IF EXISTS authsdk_clients;
