package client_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

// TestNothingShown prints everything that holds a token in every usual way.
func TestNothingShown(t *testing.T) {
	store := new(client.MemoryStore)
	w := newWorld(t, func(c *client.Config) { c.Store = store })
	tok := must[client.Token](t)(w.Token(t.Context()))
	for name, v := range map[string]any{
		"Token": tok, "*Token": &tok, "[]Token": []client.Token{tok}, "in a struct": struct{ T client.Token }{tok},
		"Client": w.Client, "HTTP client": w.http, "transport": w.http.Transport, "store": store, "in an any": map[string]any{"t": tok},
	} {
		var out bytes.Buffer
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&out, format+"\n", v)
		}
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(h).Info("test", "v", v)
		}
		if data, err := json.Marshal(v); err == nil {
			out.Write(data)
		} else {
			out.WriteString(err.Error())
		}
		for _, secret := range []string{tok.AccessToken, tok.RefreshToken, fmt.Sprintf("%x", tok.AccessToken)} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s shows %s:\n%s", name, secret, out.String())
			}
		}
	}
	if got, want := tok.String(), "client.Token{session session-1}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := fmt.Sprintf("%#v", w.Client), "client.Client{"+w.url+"}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTokenCode wants json.Marshal to fail rather than to publish or to lose.
func TestTokenCode(t *testing.T) {
	if data, err := json.Marshal(pair(1)); err == nil {
		t.Errorf("got %s, want an error", data)
	}
	data := must[[]byte](t)(pair(1).MarshalBinary())
	got := pair(2)
	if err := got.UnmarshalBinary([]byte("{}")); err == nil || got != pair(2) {
		t.Errorf("got %v %v, want an error and nothing changed", got, err)
	}
	if err := got.UnmarshalBinary(data); err != nil || got != pair(1) {
		t.Errorf("got %v %v, want what was encoded", got, err)
	}
}
