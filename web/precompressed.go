package web

import (
	"strconv"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// encodingSuffix is what the name of a file ends with that has a Content-Encoding.
func encodingSuffix(encoding string) string {
	if encoding == "gzip" {
		return ".gz"
	}
	return "." + encoding
}

// negotiate chooses the file that is sent in place of the one that was validated.
func (h *StaticFileHandler) negotiate() {
	accepted := h.Request().Headers.Get("Accept-Encoding")
	if accepted == "" || h.file.path != h.absolutePath {
		return
	}
	for _, encoding := range []string{"br", "gzip"} {
		if !acceptsEncoding(accepted, encoding) {
			continue
		}
		file, err := h.openBelow(h.linkRoot, h.absolutePath+encodingSuffix(encoding), h.files())
		if err != nil {
			continue
		}
		if !file.mode.IsRegular() || file.modified.Before(h.file.modified) {
			file.close()
			continue
		}
		h.file.close()
		h.file, h.encoding = file, encoding
		return
	}
}

// acceptsEncoding reports whether an Accept-Encoding header names coding with a weight
// above 0 (RFC 9110, section 12.5.3). It has to be named: * is not enough.
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

// weight reads q=0.5 among parameters; without one it is 1, and 0 if it is no number.
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

// addVary says that the answer depends on Accept-Encoding.
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
