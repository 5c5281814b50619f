package pgstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Codes of PostgreSQL: https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	codeUniqueViolation     = "23505"
	codeReadOnly            = "25006"
	codeSerializationFailed = "40001"
	codeDeadlock            = "40P01"
)

// code returns the SQLSTATE in err, or "".
func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// maxAttempts is more than a call ever needs that only has bad luck.
const maxAttempts = 4

// write runs do, which is one statement or one transaction. It is repeated only
// where it is certain that nothing was done.
func (s *Store) write(ctx context.Context, do func(context.Context) error) error {
	return s.call(ctx, do, false)
}

// read runs do, which changes nothing, and once more where a connection broke.
func (s *Store) read(ctx context.Context, do func(context.Context) error) error {
	return s.call(ctx, do, true)
}

func (s *Store) call(ctx context.Context, do func(context.Context) error, again bool) error {
	return s.breaker.Do(ctx, func() error { return s.try(ctx, do, again) })
}

func (s *Store) try(ctx context.Context, do func(context.Context) error, again bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var err error
	for range maxAttempts {
		err = do(ctx)
		switch c := code(err); {
		case err == nil || errors.Is(err, pgx.ErrNoRows) || ctx.Err() != nil:
			return unknown(err)
		case c == codeReadOnly: // the primary that was has become a standby
			s.pool.Reset()
		case c == codeSerializationFailed || c == codeDeadlock || pgconn.SafeToRetry(err):
		case again && broken(err):
			again = false
		default:
			return unknown(err)
		}
	}
	return unknown(err)
}

// broken reports whether a connection ended under a call: by itself, or by a
// server that stops or starts (classes 57 and 08).
func broken(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return false // that was a new one already
	}
	c := code(err)
	return c == "" || c[:2] == "08" || c == "57P01" || c == "57P02" || c == "57P03"
}

// silent reports whether err is none that the server has sent.
func silent(err error) bool {
	return !errors.Is(err, pgx.ErrNoRows) && code(err) == ""
}

// unknown marks an error that is no answer.
func unknown(err error) error {
	if err == nil || errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	return authsdk.Unknown("pgstore", err)
}
