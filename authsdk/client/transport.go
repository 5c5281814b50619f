package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// transport adds the access token of source to requests for origins.
type transport struct {
	source  renewer
	origins map[string]bool
	next    http.RoundTripper // nil means http.DefaultTransport, as in http.Client
}

var _ http.RoundTripper = (*transport)(nil)

// RoundTrip sends req with the token, and once more with the next one.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, own := req.Header["Authorization"]; own || req.URL == nil || !t.origins[origin(req.URL)] {
		return t.base().RoundTrip(req)
	}
	token, err := t.source.Token(req.Context())
	if err != nil {
		closeBody(req.Body)
		return nil, err
	}
	res, err := t.send(req, token, req.Body)
	if err != nil || !wantsToken(res) || !t.source.refuse(req.Context(), token.AccessToken) {
		return res, err
	}
	body, ok := again(req)
	if !ok {
		return res, nil
	}
	release(res)
	next, err := t.source.Token(req.Context())
	if err == nil && next.SessionID != token.SessionID {
		err = fmt.Errorf("%w: the session of the request has ended, and another one has begun", ErrLoggedOut)
	}
	if err != nil {
		closeBody(body)
		return nil, err
	}
	res, err = t.send(req, next, body)
	if err == nil && wantsToken(res) {
		t.source.doubt(next.AccessToken)
	}
	return res, err
}

// send sends a copy of req: a RoundTripper changes nothing of what it was given.
func (t *transport) send(req *http.Request, token Token, body io.ReadCloser) (*http.Response, error) {
	sent := req.Clone(req.Context())
	sent.Body = body
	sent.Header.Set("Authorization", "Bearer "+token.AccessToken)
	res, err := t.base().RoundTrip(sent)
	if res != nil {
		res.Request = req // the copy would show the token to whoever logs it
	}
	return res, err
}

func (t *transport) base() http.RoundTripper {
	if t.next == nil {
		return http.DefaultTransport
	}
	return t.next
}

// CloseIdleConnections is what http.Client.CloseIdleConnections looks for.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.base().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// maxPeek is what is read of a refusal.
const maxPeek = 64 << 10

// wantsToken reports whether another token can change the answer. All 401 are
// taken for that, as resource servers word them in many ways; but those that
// ask for the password, which no refresh gives, would only be asked twice, and
// a wrong password counted twice.
func wantsToken(res *http.Response) bool {
	if res.StatusCode != http.StatusUnauthorized {
		return false
	}
	if mediaType(res.Header) != "application/problem+json" {
		return true
	}
	seen, _ := io.ReadAll(io.LimitReader(res.Body, maxPeek)) // the reader meets the error as well
	res.Body = &peeked{Reader: io.MultiReader(bytes.NewReader(seen), res.Body), Closer: res.Body}
	var p struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(seen, &p)
	return p.Code != "fresh_token_required" && p.Code != "invalid_credentials"
}

// peeked is a body whose beginning was read already.
type peeked struct {
	io.Reader
	io.Closer
}

// again returns the body of req for a second time, if it has none or can make
// one.
func again(req *http.Request) (io.ReadCloser, bool) {
	switch {
	case req.Body == nil || req.Body == http.NoBody:
		return req.Body, true
	case req.GetBody == nil:
		return nil, false
	}
	body, err := req.GetBody()
	return body, err == nil
}

// release frees the connection of res for the refresh, which may need it.
func release(res *http.Response) {
	if res.ContentLength >= 0 && res.ContentLength <= maxPeek {
		_, _ = io.Copy(io.Discard, res.Body) // a connection read to the end is used again
	}
	closeBody(res.Body)
}

func closeBody(body io.Closer) {
	if body != nil {
		_ = body.Close()
	}
}
