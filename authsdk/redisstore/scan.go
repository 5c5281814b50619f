package redisstore

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// tagOf is what the keys of a subject have in common, and what a Cluster
// chooses the slot by. Subjects may be long, and hold anything.
func tagOf(subject string) string {
	sum := sha256.Sum256([]byte(subject))
	return hex.EncodeToString(sum[:16])
}

// base is what the keys of the sessions of a subject begin with.
func (s *Store) base(tag string) string { return s.prefix + "{" + tag + "}:session:" }

// index is the key of the sorted set of a subject's sessions that were not
// revoked, by when they were last seen.
func (s *Store) index(tag string) string { return s.prefix + "{" + tag + "}:sessions" }

// pointer is the key that has the tag of a session.
func (s *Store) pointer(id string) string { return s.prefix + "id:" + id }

// millis is a time as it is stored; the zero time is empty.
func millis(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// fields are the values of a session, in the order of FIELDS in common.lua.
func fields(s session.Session) []any {
	return []any{
		s.ID, s.Subject, s.Label, s.Generation, millis(s.RotatedAt), s.Replays, s.LateReplays, millis(s.CreatedAt),
		millis(s.AuthTime), millis(s.LastSeen), millis(s.IdleExpires), millis(s.Expires), millis(s.RevokedAt),
		s.RevokeReason, s.CSRFSecret,
	}
}

// names are FIELDS in common.lua.
func names() []string {
	return []string{
		"id", "subject", "label", "generation", "rotated_at", "replays", "late_replays", "created_at",
		"auth_time", "last_seen", "idle_expires", "expires", "revoked_at", "revoke_reason", "csrf_secret",
	}
}

// scan reads what HMGET returned, which must be the session with the ID: an
// answer to another question is none.
func scan(value any, id string) (session.Session, error) {
	list, ok := value.([]any)
	if !ok || len(list) != len(names()) {
		return session.Session{}, odd(value)
	}
	if list[0] == nil {
		return session.Session{}, authsdk.ErrSessionNotFound
	}
	texts := make([]string, len(list))
	for i, v := range list {
		switch v := v.(type) {
		case string:
			texts[i] = v
		case int64: // what a script has computed
			texts[i] = strconv.FormatInt(v, 10)
		default:
			return session.Session{}, odd(v)
		}
	}
	var (
		r = reader{texts: texts}
		s session.Session
	)
	s.ID, s.Subject, s.Label = r.text(), r.text(), r.text()
	s.Generation, s.RotatedAt = r.int(), r.time()
	s.Replays, s.LateReplays = int(r.int()), int(r.int())
	s.CreatedAt, s.AuthTime, s.LastSeen = r.time(), r.time(), r.time()
	s.IdleExpires, s.Expires, s.RevokedAt = r.time(), r.time(), r.time()
	s.RevokeReason, s.CSRFSecret = r.text(), []byte(r.text())
	if r.err == nil && s.ID != id && id != "" {
		r.err = errors.New("the server answered with another session")
	}
	if r.err != nil {
		return session.Session{}, authsdk.Unknown("redisstore", fmt.Errorf("session: %w", r.err))
	}
	return s, nil
}

// reader reads one text after the other.
type reader struct {
	texts []string
	err   error
}

func (r *reader) text() string {
	text := r.texts[0]
	r.texts = r.texts[1:]
	return text
}

func (r *reader) int() int64 {
	n, err := strconv.ParseInt(r.text(), 10, 64)
	r.err = errors.Join(r.err, err)
	return n
}

func (r *reader) time() time.Time {
	if r.texts[0] == "" {
		r.text()
		return time.Time{}
	}
	return time.UnixMilli(r.int()).UTC()
}

// texts reads a list of texts that a script returned.
func texts(value any) ([]string, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, odd(value)
	}
	var found []string
	for _, v := range list {
		text, ok := v.(string)
		if !ok {
			return nil, odd(v)
		}
		found = append(found, text)
	}
	return found, nil
}
