// Package wire is what the endpoints have in common below every router: the
// request reaches the handlers of the strict interface through the context, and
// its body has been read, bounded and checked before anything decodes it.
//
// The generated stubs take whatever encoding/json takes: names twice or in
// another case, data behind the object, any media type, any size. That is
// refused here, once for all routers.
package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/internal/strictjson"
)

// MaxBody is how large a request body may be. The largest that means anything
// holds one token.
const MaxBody = 16 << 10

// Key is where a context keeps what [Admit] has read. It is a string because a
// router may have contexts of its own, which know no other keys (Gin).
const Key = "github.com/authsdk/authsdk-go/internal/wire"

// exchange is what the handlers learn of a request.
type exchange struct {
	request *http.Request
	members map[string]json.RawMessage // of the body; nil if there is none
	bound   bool                       // the stub has decoded the request
}

// Admit reads and checks the body of r, and sets the headers that answers of
// the endpoints have in common. It returns the request to pass on, whose
// context makes it known to [Request] and [CheckBody].
func Admit(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	// Answers are about a person or carry tokens. One that is for everybody,
	// the key set, says so itself.
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if takesForm(r) {
		w.Header().Set("Pragma", "no-cache") // RFC 6749 section 5.1 wants both
		r = with(r, nil)
		return r, OAuthError(readForm(w, r))
	}
	body, members, err := read(w, r)
	if err != nil {
		return nil, err
	}
	r = with(r, members)
	r.Body = http.NoBody
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.ContentLength = int64(len(body))
	return r, nil
}

// with returns r with a context that makes it known.
func with(r *http.Request, members map[string]json.RawMessage) *http.Request {
	//nolint:staticcheck,revive // a string on purpose, see Key
	return r.WithContext(context.WithValue(r.Context(), Key, &exchange{request: r, members: members}))
}

// Bound notes that the stub has decoded the request, so that an error that
// follows is not about its form.
func Bound(ctx context.Context) { from(ctx).bound = true }

// Undecodable makes a refusal of an error that came back from a stub: if the
// stub did not get as far as [Bound], the request is malformed.
func Undecodable(ctx context.Context, err error) error {
	if from(ctx).bound {
		return err
	}
	return Malformed(err)
}

// Malformed makes a refusal of an error that says what a stub cannot decode.
func Malformed(err error) error {
	refusal := authsdk.ErrRequestMalformed
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		refusal = detailed("The member " + wrong.Field + " of the body has the wrong type.") // its name is that of the document
	} else if errors.Is(err, io.EOF) {
		refusal = detailed("The body is missing: it must be a JSON object.")
	}
	return fmt.Errorf("%w: %w", refusal, err)
}

// Refuse makes a refusal that says to the client what to mend. The detail is a
// sentence without quotes (RFC 6749 section 5.2), and holds nothing of the request.
func Refuse(detail string) error { return detailed(detail) }

func detailed(detail string) *authsdk.Error {
	refusal := *authsdk.ErrRequestMalformed
	refusal.Detail = detail
	return &refusal
}

// unreadable makes a refusal of an error of package strictjson.
func unreadable(err error) error {
	detail := "The body must be one JSON object."
	switch {
	case errors.Is(err, strictjson.ErrDuplicate):
		detail = "Two members of the body have the same name, or names that look alike."
	case errors.Is(err, strictjson.ErrText):
		detail = "The body must be text in UTF-8."
	case errors.Is(err, strictjson.ErrDepth):
		detail = "The body is nested too deeply."
	}
	return fmt.Errorf("%w: %w", detailed(detail), err)
}

// read returns the body, which may be empty, and its members.
func read(w http.ResponseWriter, r *http.Request) ([]byte, map[string]json.RawMessage, error) {
	body, err := readAll(w, r)
	if err != nil || len(body) == 0 {
		return nil, nil, err
	}
	if err := checkMediaType(r.Header); err != nil {
		return nil, nil, err
	}
	members, err := strictjson.Object(body)
	if err != nil {
		return nil, nil, unreadable(err)
	}
	return body, members, nil
}

// errTooLarge is a body above MaxBody, of which the rest was not read.
var errTooLarge = &authsdk.Error{
	Code: "request_too_large", Status: http.StatusRequestEntityTooLarge, Detail: "The body of the request is too large.",
}

// readAll returns the body, of which no more is read than MaxBody.
func readAll(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, fmt.Errorf("%w: more than %d bytes", errTooLarge, MaxBody)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the body ended early: %w", authsdk.ErrRequestMalformed, err)
	}
	return body, nil
}

// checkMediaType accepts application/json, in UTF-8 (RFC 8259 section 8.1) and
// not compressed.
func checkMediaType(h http.Header) error {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return authsdk.ErrMediaType
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return authsdk.ErrMediaType
	}
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return authsdk.ErrMediaType
	}
	return nil
}

// Request returns the request that ctx belongs to. It panics where no [Admit]
// stands in front, which is a mistake of whoever wrote an adapter.
func Request(ctx context.Context) *http.Request { return from(ctx).request }

func from(ctx context.Context) *exchange {
	e, ok := ctx.Value(Key).(*exchange)
	if !ok {
		//nolint:forbidigo // no request can reach here but by a mistake of an adapter
		panic("authsdk: the endpoints were not mounted by Mount of an adapter")
	}
	return e
}

// CheckBody compares the members of the body with the fields of model, a
// pointer to the struct it was decoded into: a member that model does not name
// exactly, or that is null, is refused, as additionalProperties: false and the
// absence of nullable in the document say.
func CheckBody(ctx context.Context, model any) error {
	known := make(map[string]bool)
	t := reflect.TypeOf(model).Elem()
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		known[name] = true
	}
	members := from(ctx).members
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !known[name] {
			return Refuse("The body has a member that the document does not name.")
		}
		if string(members[name]) == "null" {
			return Refuse("The member " + name + " of the body must not be null.")
		}
	}
	return nil
}

// HasBody reports whether the request had a body.
func HasBody(ctx context.Context) bool { return from(ctx).members != nil }
