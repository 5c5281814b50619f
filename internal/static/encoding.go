package static

import (
	"strconv"
	"strings"
)

// takesGzip reads Accept-Encoding, RFC 9110 section 12.5.3. A client that sends
// none gets the plain file: it could be anything.
func takesGzip(values []string) bool {
	takes, named := false, false
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			coding, parameters, _ := strings.Cut(part, ";")
			switch coding = strings.ToLower(strings.TrimSpace(coding)); {
			case coding == "gzip" || coding == "x-gzip":
				takes, named = wanted(parameters), true
			case coding == "*" && !named:
				takes = wanted(parameters)
			}
		}
	}
	return takes
}

// wanted reports whether the weight among the parameters is more than 0.
func wanted(parameters string) bool {
	for p := range strings.SplitSeq(parameters, ";") {
		if name, value, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(name, "q") {
			q, err := strconv.ParseFloat(value, 64)
			return err == nil && q > 0
		}
	}
	return true
}
