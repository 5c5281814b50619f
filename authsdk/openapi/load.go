package openapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

// maxDocument is how large a document may be: far beyond any that people write.
const maxDocument = 16 << 20

// Load reads a document, YAML or JSON. A $ref that leaves it is refused.
func Load(data []byte) (*openapi3.T, error) {
	if len(data) > maxDocument {
		return nil, fmt.Errorf("openapi: the document has %d bytes, more than the %d that are accepted", len(data), maxDocument)
	}
	if err := checkJSON(data); err != nil {
		return loaded(nil, err)
	}
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = true
	doc, err := loader.LoadFromData(data)
	return loaded(doc, err)
}

// LoadFile reads a document from a file. A $ref may lead to a file in the
// document's folder or below it, and nowhere else.
func LoadFile(path string) (*openapi3.T, error) {
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	defer root.Close()
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = true
	loader.IsExternalRefsAllowed = true
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, location *url.URL) ([]byte, error) {
		if location.Scheme != "" && location.Scheme != "file" || location.Host != "" {
			return nil, fmt.Errorf("a $ref leads to %s: only files beside the document are read; fetch it and point the $ref to the copy", location.Redacted())
		}
		rel, err := filepath.Rel(dir, filepath.FromSlash(location.Path))
		if err != nil {
			return nil, err
		}
		data, err := root.ReadFile(rel) // leads out of the folder by no path and no link
		if err == nil && len(data) > maxDocument {
			err = fmt.Errorf("%s has %d bytes, more than the %d that are accepted", rel, len(data), maxDocument)
		}
		if err == nil {
			if err = checkJSON(data); err != nil {
				err = fmt.Errorf("%s: %w", rel, err)
			}
		}
		return data, err
	}
	doc, err := loader.LoadFromFile(filepath.Join(dir, filepath.Base(path)))
	return loaded(doc, err)
}

// loaded checks what a loader gave.
func loaded(doc *openapi3.T, err error) (*openapi3.T, error) {
	if err != nil {
		return nil, fmt.Errorf("openapi: the document cannot be read: %w", err)
	}
	if doc == nil || !strings.HasPrefix(doc.OpenAPI, "3.") {
		return nil, errors.New(`openapi: this is no OpenAPI document of version 3: it must begin with "openapi: 3.…"`)
	}
	return doc, nil
}

// NewValidator reads a document and returns a validator of its operations, for
// programs that do not generate code. auths has an authenticator for every
// scheme that an operation uses, by its name.
func NewValidator(document []byte, auths map[string]security.Authenticator) (*security.Validator, error) {
	doc, err := Load(document)
	if err != nil {
		return nil, err
	}
	table, err := Table(doc)
	if err != nil {
		return nil, err
	}
	return security.New(table, auths)
}

// validate lets the parser's own rules speak, but for examples, which guard nothing.
func validate(doc *openapi3.T) error {
	err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation(), openapi3.DisableSchemaDefaultsValidation())
	if err != nil {
		return fmt.Errorf("the document is not valid: %w", err)
	}
	return nil
}
