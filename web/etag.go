package web

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// ComputeEtag returns the SHA-1 of everything that was written and not flushed, in quotes.
// Override it to return another Etag, or "" for none. Tornado: compute_etag.
func (h *RequestHandler) ComputeEtag() string {
	x := h.exchange
	if x == nil {
		return ""
	}
	sum := sha1.Sum(x.body)
	var etag [2 + 2*sha1.Size]byte
	hex.Encode(etag[1:], sum[:])
	etag[0], etag[len(etag)-1] = '"', '"'
	return string(etag[:])
}

// SetEtagHeader sets the Etag header to the result of ComputeEtag, unless that is "".
// Tornado: set_etag_header.
func (h *RequestHandler) SetEtagHeader() {
	if etag := h.self.ComputeEtag(); etag != "" {
		h.SetHeader("Etag", etag)
	}
}

// CheckEtagHeader reports whether the request's If-None-Match names the Etag that was set.
// If so, the handler may set status 304 and write nothing. Tornado: check_etag_header.
func (h *RequestHandler) CheckEtagHeader() bool {
	header := h.peekRequest().Headers.Get("If-None-Match")
	return header != "" && h.exchange != nil && noneMatch(header, h.exchange.headers.Get("Etag"))
}

// addEtag adds an Etag to a response with status 200. If the client has that version
// already, addEtag drops the body and sets status 304.
func (h *RequestHandler) addEtag() error {
	x := h.exchange
	if h.status != 200 || h.peekRequest().Method != "GET" && h.peekRequest().Method != "HEAD" || x.headers.Has("Etag") {
		return nil
	}
	etag := h.self.ComputeEtag()
	switch {
	case etag == "":
		return nil
	case !httputil.IsText(etag):
		return fmt.Errorf("web: ComputeEtag returned %q: quote it and leave out control characters", etag)
	}
	x.addField("Etag", etag)
	if h.CheckEtagHeader() {
		x.dropBody()
		h.SetStatus(304)
	}
	return nil
}

// noneMatch reports whether an If-None-Match header names etag. The comparison is weak (RFC
// 9110, section 13.1.2). Text that is not quoted is skipped; * counts only as the first
// element.
func noneMatch(header, etag string) bool {
	etag = strings.TrimPrefix(etag, "W/")
	if etag == "" {
		return false
	}
	for first := true; header != ""; {
		i := strings.IndexAny(header, `*"`)
		if i < 0 {
			return false
		}
		size := 1
		if header[i] == '*' {
			if first {
				return true
			}
			first = false
		} else if end := strings.IndexByte(header[i+1:], '"'); end >= 0 {
			if size = end + 2; header[i:i+size] == etag {
				return true
			}
			first = false
		}
		header = header[i+size:]
	}
	return false
}
