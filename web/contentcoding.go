package web

import (
	"strconv"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// acceptsEncoding reports whether an Accept-Encoding header names coding with a weight
// above 0 (RFC 9110, section 12.5.3). The name must occur: * is not enough.
func acceptsEncoding(header, coding string) bool {
	for element := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(element, ";")
		name = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "x-")
		if name == coding {
			return weight(parameters) > 0
		}
	}
	return false
}

// weight returns the weight among parameters, such as 0.5 for q=0.5. Without a weight it
// returns 1; for a weight that is not a number it returns 0.
func weight(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			q, _ := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return q
		}
	}
	return 1
}

// addVary adds Accept-Encoding to the Vary header, unless it is there already.
func addVary(headers *httputil.HTTPHeaders) {
	const name = "Accept-Encoding"
	vary := headers.Get("Vary")
	for element := range strings.SplitSeq(vary, ",") {
		if strings.EqualFold(strings.TrimSpace(element), name) {
			return
		}
	}
	if vary != "" {
		vary += ", "
	}
	headers.Set("Vary", vary+name)
}
