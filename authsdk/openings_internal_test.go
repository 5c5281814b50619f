package authsdk

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// parsed is what a payload says: its claims, or why it is refused.
func parsed(payload string, known *openings) (Claims, string) {
	var o opened
	if err := o.parse([]byte(payload), known, newBase64url()); err != nil {
		return Claims{}, err.Error()
	}
	return o.Claims, ""
}

// TestOpenings reads payloads behind what others began with, and from their begin:
// it makes no difference.
func TestOpenings(t *testing.T) {
	t.Parallel()
	const (
		begin = `{"type":"access","iss":"https://auth.example","aud":["one","two"],`
		rest  = `"sub":"alice","jti":"0123456789abcdef","iat":1700000000,"exp":1700000900,"roles":["a","b"],"scope":"read write"}`
	)
	var known openings
	if _, err := parsed(begin+rest, &known); err != "" {
		t.Fatal(err)
	}
	if known.find(begin+rest) == nil {
		t.Fatal("nothing was remembered")
	}
	for _, payload := range []string{
		begin + rest,
		begin + ` ` + rest,
		begin + `"sub":"bob","jti":"fedcba9876543210"}`,
		begin + `"aud":"three",` + rest,
		begin + `"AUD":"three",` + rest,
		begin + `"type":"refresh",` + rest,
		begin + `"cnf":{},` + rest,
		begin + `"sub":1}`,
		begin + `}`,
		begin,
		begin + rest + rest,
		begin[:len(begin)-1] + `}`,
		strings.Replace(begin, "one", "ONE", 1) + rest,
		strings.Replace(begin, "access", "acces5", 1) + rest,
		strings.Replace(begin, `["one","two"]`, `[]`, 1) + rest,
		strings.Replace(begin, `["one","two"]`, `"one"`, 1) + rest,
		strings.Replace(begin, `["one","two"]`, `["1","2","3","4","5","6","7","8","9"]`, 1) + rest,
		`{"iss":"https://auth.example",` + rest,
		`{` + rest,
		`{"sub":"alice","iss":"https://auth.example","type":"access"}`,
	} {
		want, wantErr := parsed(payload, &openings{})
		for range 3 { // the second time it may have an opening of its own
			got, gotErr := parsed(payload, &known)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Claims{})); diff != "" || gotErr != wantErr {
				t.Errorf("%s: got error %q, want %q; claims (-want +got):\n%s", payload, gotErr, wantErr, diff)
			}
		}
	}
}

// TestOpeningsAreBounded reads more kinds of payloads than are remembered, and
// writes to what it was given, which it must not.
func TestOpeningsAreBounded(t *testing.T) {
	t.Parallel()
	var known openings
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 4 * maxOpeningTries {
				payload := fmt.Sprintf(`{"aud":["audience %d"],"sub":"alice"}`, i)
				c, err := parsed(payload, &known)
				if err != "" || len(c.Audience) != 1 || c.Audience[0] != fmt.Sprint("audience ", i) {
					t.Errorf("got %v and error %q", c.Audience, err)
					return
				}
				c.Audience[0] = "another"
			}
		})
	}
	wg.Wait()
	if n := len(*known.known.Load()); n != maxOpenings {
		t.Errorf("%d openings are remembered, want %d", n, maxOpenings)
	}
	if n := known.tries.Load(); n != maxOpeningTries {
		t.Errorf("%d tries were made, want %d", n, maxOpeningTries)
	}
}
