package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), slog.New(slog.NewJSONHandler(&out, nil))); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		var record struct{ Level, Msg, Subject, Reason string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if record.Subject == "" {
			t.Errorf("nobody's event: %s", line)
		}
		got = append(got, strings.TrimSpace(record.Level+" "+record.Msg+" "+record.Reason))
	}
	want := []string{
		"INFO login", "INFO refresh", "INFO refresh",
		"WARN reuse_detected", "ERROR a refresh token of this account was copied: its session has ended", "INFO session_revoked reuse",
		"WARN login_throttled",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
	for _, secret := range []string{"correct horse", "a guess", "eyJ"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
