package flaskcompat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// text writes a value as Python's str does, which appears in messages.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return repr(v)
}

// repr writes a value as Python's repr does.
func repr(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		quote := "'"
		if strings.Contains(v, "'") && !strings.Contains(v, `"`) {
			quote = `"`
		}
		return quote + strings.NewReplacer(`\`, `\\`, quote, `\`+quote, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(v) + quote
	case []any:
		parts := make([]string, len(v))
		for i, member := range v {
			parts[i] = repr(member)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, repr(name)+": "+repr(v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(v)
}

// jsonValue decodes one JSON value, or says in Python's words what is wrong
// with it. Numbers keep their digits; NaN and Infinity, which Python writes and
// reads, become null.
func jsonValue(data []byte) (value any, fault string) {
	if !json.Valid(data) {
		var readable string
		if readable, fault = explain(string(data)); fault != "" {
			return nil, fault
		}
		data = []byte(readable)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	_ = dec.Decode(&value) // it is JSON, as was found
	return value, ""
}
