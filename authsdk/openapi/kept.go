package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// kept refuses a merged document in which an operation of before is not guarded as
// it was. What is merged is text: an alias can stand where an operation is expected,
// and one that lost the security of its document would be open to everybody.
func kept(before *openapi3.T, base string, merged *openapi3.T) error {
	errs := keptSchemes(before, merged)
	paths := before.Paths.Map()
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		operations := paths[path].Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			now := operation(merged, base+path, method)
			if now == nil || !slices.EqualFunc(requirements(before, operations[method]), requirements(merged, now), equal) ||
				!reflect.DeepEqual(operations[method].Extensions[extension], now.Extensions[extension]) {
				errs = append(errs, fmt.Errorf("%s %s would not be guarded as it is: write its security into it, and no YAML alias", method, path))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("openapi: the documents cannot be merged: %w", err)
	}
	return nil
}

// keptSchemes does so for what the names of the schemes mean.
func keptSchemes(before, merged *openapi3.T) (errs []error) {
	if before.Components == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(before.Components.SecuritySchemes)) {
		was, err := json.Marshal(before.Components.SecuritySchemes[name])
		var is []byte
		if err == nil && merged.Components != nil {
			is, err = json.Marshal(merged.Components.SecuritySchemes[name])
		}
		if err != nil || !bytes.Equal(was, is) {
			errs = append(errs, fmt.Errorf("the security scheme %s would not be what it is: write it without a YAML alias", name))
		}
	}
	return errs
}

func operation(doc *openapi3.T, path, method string) *openapi3.Operation {
	if item := doc.Paths.Map()[path]; item != nil {
		return item.Operations()[method]
	}
	return nil
}

// requirements returns the security of an operation, its own or that of its document.
func requirements(doc *openapi3.T, o *openapi3.Operation) openapi3.SecurityRequirements {
	if o.Security != nil {
		return *o.Security
	}
	return doc.Security
}

func equal(a, b openapi3.SecurityRequirement) bool {
	return maps.EqualFunc(a, b, slices.Equal)
}
