package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

func TestLogLines(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	a := &app{log: logger, clients: &clients{log: logger}}
	r := httptest.NewRequest(http.MethodGet, "/x", http.NoBody)
	for want, err := range map[string]error{
		"INFO":  authsdk.ErrTokenMissing,
		"WARN":  fmt.Errorf("%w: 64 wait", authsdk.ErrBusy),
		"ERROR": authsdk.Unknown("find user", errors.New("gone")),
	} {
		log.Reset()
		a.refused(r, err)
		if line := log.String(); !strings.Contains(line, "level="+want+" ") || !strings.Contains(line, " remote=192.0.2.1 ") {
			t.Errorf("%v, want %s: %s", err, want, line)
		}
	}
	log.Reset()
	a.logged(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
	if line := log.String(); !regexp.MustCompile(` took_ms=\d+ `).MatchString(line) || !strings.Contains(line, " remote=192.0.2.1") {
		t.Error(line)
	}
}
