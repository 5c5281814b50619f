// Package static serves files that are part of the program: each is kept once,
// compressed, and answered with an ETag.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// File answers GET and HEAD with one file: compressed to clients that take
// gzip, plain to others, and 304 to those that have it. It is safe for
// concurrent use.
type File struct {
	header http.Header
	zipped []byte
	tag    string
	plain  func() ([]byte, error)
}

var _ http.Handler = (*File)(nil)

// NewFile returns a handler for body, whose answers have the given headers. It
// returns an error if body cannot be compressed.
func NewFile(body []byte, header http.Header) (*File, error) {
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return newZipped(zipped.Bytes(), header), nil
}

// newZipped returns a handler for what zipped holds. It is decompressed at the
// first request of a client that does not take gzip, and kept from then on.
func newZipped(zipped []byte, header http.Header) *File {
	sum := sha256.Sum256(zipped)
	return &File{
		header: header, zipped: zipped, tag: base64.RawURLEncoding.EncodeToString(sum[:12]),
		plain: sync.OnceValues(func() ([]byte, error) {
			r, err := gzip.NewReader(bytes.NewReader(zipped))
			if err != nil {
				return nil, fmt.Errorf("static: %w", err)
			}
			return io.ReadAll(r)
		}),
	}
}

// ServeHTTP implements [http.Handler].
func (f *File) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for name, values := range f.header {
		h[name] = append([]string(nil), values...)
	}
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	body := f.zipped
	if takesGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		h.Set("ETag", `"`+f.tag+`-gzip"`) // another representation, another tag: RFC 9110 section 8.8.3.3
	} else {
		var err error
		if body, err = f.plain(); err != nil {
			http.Error(w, "the file cannot be read", http.StatusInternalServerError)
			return
		}
		h.Set("ETag", `"`+f.tag+`"`)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body)) // embedded files have no time, and the tag says more
}
