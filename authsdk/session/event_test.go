package session_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

func TestLogTo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		event session.Event
		want  string
	}{
		{session.Event{Kind: session.EventLogin, SessionID: "S", Subject: "alice"}, "level=INFO msg=login session=S subject=alice"},
		{session.Event{Kind: session.EventReuse, SessionID: "S", Subject: "alice"}, "level=WARN msg=reuse_detected session=S subject=alice"},
		{
			session.Event{Kind: session.EventRevoke, SessionID: "S", Subject: "alice", Reason: session.ReasonEvicted},
			"level=INFO msg=session_revoked session=S subject=alice reason=evicted",
		},
	} {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		}))
		tt.event.Time = time.Now()
		session.LogTo(log)(t.Context(), tt.event)
		if got := strings.TrimSpace(out.String()); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
