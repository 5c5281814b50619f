-- +goose NO TRANSACTION
-- +goose Up

-- A bucket of failed logins: the milliseconds since 1970 at which it is full again.
CREATE TABLE IF NOT EXISTS authsdk_throttle (
    id      VARBINARY(64) NOT NULL PRIMARY KEY,
    full_at BIGINT        NOT NULL,
    KEY authsdk_throttle_full_at (full_at)
) ENGINE = InnoDB;

-- +goose Down

DROP TABLE IF EXISTS authsdk_throttle;
