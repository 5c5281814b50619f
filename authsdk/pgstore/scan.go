package pgstore

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// milli scans milliseconds. NULL is the zero time.
type milli struct{ time *time.Time }

// ScanInt64 implements pgtype.Int64Scanner.
func (m milli) ScanInt64(v pgtype.Int8) error {
	*m.time = time.Time{}
	if v.Valid {
		*m.time = time.UnixMilli(v.Int64).UTC()
	}
	return nil
}

// orNull is a time as it is stored; the zero time is NULL.
func orNull(t time.Time) pgtype.Int8 {
	return pgtype.Int8{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

func scanSession(r pgx.Row) (session.Session, error) {
	var s session.Session
	err := r.Scan(&s.ID, &s.Subject, &s.Label, &s.Generation, milli{&s.RotatedAt}, &s.Replays, &s.LateReplays,
		milli{&s.CreatedAt}, milli{&s.AuthTime}, milli{&s.LastSeen}, milli{&s.IdleExpires}, milli{&s.Expires},
		milli{&s.RevokedAt}, &s.RevokeReason, &s.CSRFSecret)
	return s, err
}

func rowToSession(r pgx.CollectableRow) (session.Session, error) { return scanSession(r) }

func sessionNotFound(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return authsdk.ErrSessionNotFound
	}
	return err
}
