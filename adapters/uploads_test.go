package adapters_test

import (
	"bytes"
	"errors"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"

	"github.com/authsdk/authsdk-go/adapters/authecho"
	"github.com/authsdk/authsdk-go/adapters/authecho4"
	"github.com/authsdk/authsdk-go/adapters/authgin"
	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/adapters/guard"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// TestUploads: the server removes the files of an upload behind a guard, as it does
// without one. Chi copies the request itself, so there handlers remove them.
func TestUploads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := routed(t, w, security.Operation{ID: "upload", Method: "POST", Path: "/upload", Security: []security.Alternative{{{Scheme: 0}}}})
	token := w.token(t, authsdk.Claims{Subject: "alice"})
	store := func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1); err != nil { // the file does not fit
			t.Error(err)
			return
		}
		file, err := r.MultipartForm.File["file"][0].Open()
		if err != nil {
			t.Error(err)
			return
		}
		defer file.Close()
		if onDisk, ok := file.(*os.File); ok {
			w.Header().Set("Stored", onDisk.Name())
		}
	}
	gin.SetMode(gin.ReleaseMode)
	mux, inner, g, e5, e4 := http.NewServeMux(), http.NewServeMux(), gin.New(), echo5.New(), echo.New()
	inner.HandleFunc("POST /upload", store)
	mux.Handle("POST /upload", authhttp.Require(w.verifier, authsdk.Policy{})(authhttp.Protect(v, guard.Options{})(inner)))
	g.POST("/upload", authgin.Protect(v, guard.Options{}), func(c *gin.Context) { store(c.Writer, c.Request) })
	e5.POST("/upload", func(c *echo5.Context) error { store(c.Response(), c.Request()); return nil }, authecho.Protect(v, guard.Options{}))
	e4.POST("/upload", func(c echo.Context) error { store(c.Response(), c.Request()); return nil }, authecho4.Protect(v, guard.Options{}))
	for name, h := range map[string]http.Handler{"net/http": mux, "gin": g, "echo": e5, "echo v4": e4} {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part := must[interface{ Write([]byte) (int, error) }](t)(form.CreateFormFile("file", "file"))
		_, _ = part.Write(make([]byte, 11<<20)) // ten megabytes stay in memory
		_ = form.Close()
		server := httptest.NewServer(h)
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/upload", &body))
		req.Header.Set("Content-Type", form.FormDataContentType())
		req.Header.Set("Authorization", "Bearer "+token)
		res := must[*http.Response](t)(server.Client().Do(req))
		_ = res.Body.Close()
		server.Close() // waits for what comes behind the answer
		path := res.Header.Get("Stored")
		if _, err := os.Stat(path); path == "" || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %d, the file %q: %v, want none", name, res.StatusCode, path, err)
			_ = os.Remove(path)
		}
	}
}
