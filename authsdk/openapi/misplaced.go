package openapi

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// misplaced refuses the extension where nobody reads it, and where it is spelt
// in another case.
func (b *builder) misplaced() {
	w := walk{b: b, read: map[any]bool{}, seen: map[any]bool{}}
	if b.doc.Paths != nil {
		for _, item := range b.doc.Paths.Map() {
			if item == nil {
				continue
			}
			for _, op := range item.Operations() {
				w.read[op] = true
			}
		}
	}
	if b.doc.Components != nil {
		for _, ref := range b.doc.Components.SecuritySchemes {
			if ref != nil {
				w.read[ref.Value] = true
			}
		}
	}
	w.visit(nil, reflect.ValueOf(b.doc))
}

// walk goes through everything that the parser gave a type. That tells places
// of extensions from data, in which the same name is nobody's extension: the
// values of examples, defaults and enums have no type, names are keys of maps.
type walk struct {
	b    *builder
	read map[any]bool // pointers to what has its extension read
	seen map[any]bool // pointers, as schemas may contain themselves
}

func (w *walk) visit(place []string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || w.seen[v.Interface()] {
			return
		}
		w.seen[v.Interface()] = true
		if v.Elem().Kind() == reflect.Struct {
			w.object(place, v)
		}
		switch list := v.Interface().(type) { // these keep their members to themselves
		case *openapi3.Paths:
			w.visit(place, reflect.ValueOf(list.Map()))
		case *openapi3.Responses:
			w.visit(place, reflect.ValueOf(list.Map()))
		case *openapi3.Callback:
			w.visit(place, reflect.ValueOf(list.Map()))
		}
	case reflect.Struct:
		if v.CanAddr() {
			w.visit(place, v.Addr())
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.visit(place, v.Index(i))
		}
	case reflect.Map:
		if v.Type().Key().Kind() != reflect.String {
			return
		}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			w.visit(append(slices.Clip(place), key.String()), v.MapIndex(key))
		}
	default: // holds no objects, or data
	}
}

// object looks at the extensions of a struct, and at its fields.
func (w *walk) object(place []string, ptr reflect.Value) {
	v := ptr.Elem()
	if field, there := v.Type().FieldByName("Extensions"); there && len(field.Index) == 1 { // not of what is embedded
		extensions, _ := reflect.TypeAssert[map[string]any](v.FieldByIndex(field.Index))
		var origin *openapi3.Origin
		if at := v.FieldByName("Origin"); at.IsValid() {
			origin, _ = reflect.TypeAssert[*openapi3.Origin](at)
		}
		for _, name := range slices.Sorted(maps.Keys(extensions)) {
			switch {
			case !strings.EqualFold(name, extension):
			case !w.read[ptr.Interface()]:
				w.b.failf(origin, "%s: %s has no effect here: put it on an operation of paths, or on a security scheme", placeName(place), name)
			case name != extension:
				w.b.failf(origin, "%s: %s has no effect: write it %s", placeName(place), name, extension)
			}
		}
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || field.Name == "Extensions" || field.Name == "Origin" {
			continue
		}
		inner := place // the value of a $ref stands where the $ref does
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			inner = append(slices.Clip(place), name)
		}
		w.visit(inner, v.Field(i))
	}
}
