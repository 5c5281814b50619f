package mysqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// orNull is a time as it is stored; the zero time is NULL.
func orNull(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

// milli scans milliseconds. NULL is the zero time.
type milli struct{ time *time.Time }

// Scan implements [sql.Scanner].
func (m milli) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*m.time = time.Time{}
	case int64:
		*m.time = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("a time is stored as %T", value)
	}
	return nil
}

// row is what *sql.Row and *sql.Rows have in common.
type row interface{ Scan(dest ...any) error }

func scanSession(r row) (session.Session, error) {
	var s session.Session
	err := r.Scan(&s.ID, &s.Subject, &s.Label, &s.Generation, milli{&s.RotatedAt}, &s.Replays, &s.LateReplays,
		milli{&s.CreatedAt}, milli{&s.AuthTime}, milli{&s.LastSeen}, milli{&s.IdleExpires}, milli{&s.Expires},
		milli{&s.RevokedAt}, &s.RevokeReason, &s.CSRFSecret)
	return s, err
}

func scanText(r row) (string, error) {
	var text string
	err := r.Scan(&text)
	return text, err
}

// querier is what *sql.DB and *sql.Tx have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// list returns all rows of a query.
func list[T any](ctx context.Context, q querier, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var found []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}

func sessionNotFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return authsdk.ErrSessionNotFound
	}
	return err
}
