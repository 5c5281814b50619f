package pgstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

var errClosed = errors.New("the store is closed")

// ListenRevocations implements [revocation.Listener], on a connection of its
// own. It ends with the store, too.
func (s *Store) ListenRevocations(ctx context.Context, wake func()) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.open, func() { cancel(errClosed) })() //nolint:contextcheck // two lives, either ends it
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return unknown(err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		_ = conn.Close(closing)
	}()
	var schema string
	if err := conn.QueryRow(ctx, `SELECT current_schema()`).Scan(&schema); err != nil {
		return unknown(err)
	}
	if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
		return unknown(err)
	}
	wake()
	for {
		told, err := conn.WaitForNotification(ctx)
		if err != nil {
			return unknown(err)
		}
		if told.Payload == schema {
			wake()
		}
	}
}
