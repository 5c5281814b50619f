package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/gen/api"
)

// KeySetMaxAge is how long others may use the key set without asking again. A
// new key must be published for longer than that before it signs.
const KeySetMaxAge = 5 * time.Minute

// GetKeySet implements GET /.well-known/jwks.json.
func (s *Server) GetKeySet(ctx context.Context, req api.GetKeySetRequestObject) (api.GetKeySetResponseObject, error) {
	keys, err := s.cfg.Keys.KeySet(ctx)
	if err != nil {
		return nil, authsdk.Unknown("keys", err)
	}
	body := keys.PublicJWKS()
	sum := sha256.Sum256(body)
	a := keySet{body: body, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
	a.unchanged = matches(req.Params.IfNoneMatch, a.etag)
	return a, nil
}

// matches is If-None-Match, RFC 9110 section 13.1.2, which compares weakly.
func matches(header, etag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == etag || candidate == "*" {
			return true
		}
	}
	return false
}

// keySet answers with the bytes as the core wrote them.
type keySet struct {
	body      []byte
	etag      string
	unchanged bool
}

// VisitGetKeySetResponse implements api.GetKeySetResponseObject.
func (a keySet) VisitGetKeySetResponse(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(KeySetMaxAge.Seconds())))
	h.Set("ETag", a.etag)
	if a.unchanged {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(a.body)
	return err
}
