package http1

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// A Framing says how the end of a message's body is found (RFC 9112, section 6.3).
type Framing struct {
	Kind   FramingKind
	Faulty bool  // the body is read, but no message may follow (RFC 9112, section 6.1)
	Length int64 // size of a LengthBody; a larger number than int64 can hold becomes the largest int64
}

// IsEmpty reports whether no byte of a body follows the head.
func (f Framing) IsEmpty() bool {
	return f.Kind == NoBody || f.Kind == LengthBody && f.Length == 0
}

// A FramingKind names the rule that ends a body.
type FramingKind uint8

// The framings of a body.
const (
	NoBody         FramingKind = iota // the message has no body
	LengthBody                        // Content-Length, perhaps 0
	ChunkedBody                       // Transfer-Encoding: chunked
	UntilCloseBody                    // the body of a response ends with the connection
)

// Framing returns the framing of the request. It refuses headers that two servers
// could read in different ways; each error is an *httputil.HTTPInputError. If
// Content-Length is repeated with one value, Framing leaves that value once in
// h.Headers.
func (h *RequestHead) Framing() (Framing, error) {
	return headerFraming(h.Start.Version, &h.Headers, NoBody)
}

// Framing returns the framing of the response to a request with the given method. Errors are
// those of the framing of a request. A response that must not have a body and announces one
// is also an error, except for HEAD and 304, whose Content-Length describes another response
// (RFC 9110, section 8.6). The caller handles a CONNECT that succeeded.
func (h *ResponseHead) Framing(method string) (Framing, error) {
	switch code := h.Start.Code; {
	case IsInterim(code):
		if h.Headers.Has("Content-Length") || h.Headers.Has("Transfer-Encoding") {
			return Framing{}, inputError(fmt.Sprintf("response code %d cannot have a body", code))
		}
		return Framing{}, nil
	case method == "HEAD" || code == 304:
		return Framing{}, nil
	case code == 204:
		f, err := headerFraming(h.Start.Version, &h.Headers, NoBody)
		if err == nil && !f.IsEmpty() {
			err = inputError("response with code 204 should not have a body")
		}
		return Framing{}, err
	}
	return headerFraming(h.Start.Version, &h.Headers, UntilCloseBody)
}

// IsInterim reports whether a final response follows one with the given code (RFC 9110,
// section 15.2).
func IsInterim(code int) bool { return 100 <= code && code < 200 }

// headerFraming returns the framing that the headers of a message announce. unframed is the
// kind of a message whose headers announce none.
func headerFraming(version string, headers *httputil.HTTPHeaders, unframed FramingKind) (Framing, error) {
	lengths, codings := 0, 0
	for _, f := range headers.Fields() {
		switch f.Name {
		case "Content-Length":
			lengths++
		case "Transfer-Encoding":
			codings++
		}
	}
	switch {
	case lengths > 0 && codings > 0:
		return Framing{}, inputError("both Transfer-Encoding and Content-Length")
	case codings > 0:
		// HTTP/1.0 has no chunked coding, so the sender may mean something else.
		f := Framing{Kind: ChunkedBody, Faulty: version == "HTTP/1.0"}
		return f, checkTransferEncoding(headers.Get("Transfer-Encoding"))
	case lengths > 0:
		return lengthFraming(headers)
	}
	return Framing{Kind: unframed}, nil
}

// checkTransferEncoding accepts a list that contains "chunked" once and nothing else. Empty
// elements are ignored (RFC 9110, section 5.6.1).
func checkTransferEncoding(list string) error {
	chunked := 0
	for coding := range strings.SplitSeq(list, ",") {
		coding = strings.Trim(coding, " \t")
		if httputil.EqualFold(coding, "chunked") {
			chunked++
		} else if coding != "" {
			return inputError("unsupported Transfer-Encoding")
		}
	}
	if chunked != 1 {
		return inputError("Transfer-Encoding must say chunked, once")
	}
	return nil
}

// lengthFraming returns the framing of a Content-Length header.
func lengthFraming(headers *httputil.HTTPHeaders) (Framing, error) {
	list := headers.Get("Content-Length")
	value, rest, repeated := strings.Cut(list, ",")
	value = strings.TrimRight(value, " \t")
	if !isDigits(value) {
		return Framing{}, inputError("invalid Content-Length")
	}
	if repeated {
		for other := range strings.SplitSeq(rest, ",") {
			if strings.Trim(other, " \t") != value {
				return Framing{}, inputError("multiple unequal Content-Lengths")
			}
		}
		headers.Set("Content-Length", value)
	}
	length, _ := strconv.ParseInt(value, 10, 64) // the largest int64 if out of range
	return Framing{Kind: LengthBody, Length: length}, nil
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || '9' < s[i] {
			return false
		}
	}
	return s != ""
}

func inputError(reason string) error { return &httputil.HTTPInputError{Reason: reason} }
