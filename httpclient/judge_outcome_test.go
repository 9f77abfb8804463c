package httpclient

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"regexp"
	"sort"
	"strings"
	"syscall"

	"github.com/gotornado/tornado/httputil"
)

// An outcome is the result of an exchange, of Tornado's client or ours.
type outcome struct {
	ID       int         `json:"id"`
	Failure  string      `json:"failure"` // "" if there is a response
	Code     int         `json:"code"`
	Reason   string      `json:"reason"`
	Headers  [][2]string `json:"headers"`
	Body     string      `json:"body"` // each byte as one character
	URL      string      `json:"url"`
	Streamed string      `json:"streamed"`
	Lines    []string    `json:"lines"`
}

// String returns the outcome in one line.
func (o *outcome) String() string {
	if o.Failure != "" {
		return o.Failure
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s %s |", o.Code, o.Reason, o.URL)
	for _, h := range o.Headers {
		fmt.Fprintf(&b, " %s: %s |", h[0], h[1])
	}
	b.WriteString(" " + abridged(o.Body))
	if o.Streamed != "" {
		b.WriteString(" streamed " + abridged(o.Streamed))
	}
	if len(o.Lines) > 0 {
		fmt.Fprintf(&b, " lines %q", o.Lines)
	}
	return b.String()
}

// abridged returns a text, or its beginning and its length.
func abridged(s string) string {
	if len(s) <= 200 {
		return s
	}
	return fmt.Sprintf("%s... %d bytes", s[:20], len(s))
}

// latin1 returns the bytes of s as characters, as judge.py writes them.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// ourOutcome returns the outcome of a fetch of ours.
func ourOutcome(r *HTTPResponse, err error, streamed string, lines []string) *outcome {
	if err != nil {
		return &outcome{Failure: failureOf(err)}
	}
	o := &outcome{Code: r.Code, Reason: latin1(r.Reason), Body: latin1(string(r.Body)), URL: r.EffectiveURL, Streamed: latin1(streamed)}
	for name, value := range r.Headers.All() {
		o.Headers = append(o.Headers, [2]string{name, latin1(value)})
	}
	for _, line := range lines {
		o.Lines = append(o.Lines, latin1(line))
	}
	return o
}

// failureOf returns an error as judge.py writes it.
func failureOf(err error) string {
	var invalid *InvalidRequestError
	var timeout *HTTPTimeoutError
	var closed *HTTPStreamClosedError
	var client *HTTPClientError
	var dns *net.DNSError
	var input *httputil.HTTPInputError
	var output *httputil.HTTPOutputError
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &invalid):
		return "invalid request"
	case errors.As(err, &timeout):
		return "599 timeout: " + timeout.Message
	case errors.Is(err, ErrBodyTooLarge):
		return "body too large"
	case errors.Is(err, errHeadTooLong):
		return "head too large"
	case errors.Is(err, errSwitched):
		return "switched protocols"
	case errors.As(err, &input), errors.Is(err, errNotHTTP):
		return "malformed response"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.As(err, &closed):
		return "599 closed: " + closed.Message
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.As(err, &dns):
		return "unknown name"
	case errors.As(err, &output):
		return "wrong length"
	case errors.As(err, &record), errors.As(err, &certificate):
		return "tls"
	case errors.As(err, &client) && client.Phase == PhaseRedirect:
		return "refused redirect"
	case errors.As(err, &client):
		return "malformed response"
	}
	return "error: " + err.Error()
}

var (
	agent      = regexp.MustCompile(`(?m)^User-Agent: Tornado/[0-9.]+\r$`)
	chunkSizes = regexp.MustCompile(`(?s)(?:^|\r\n)[0-9a-f]+\r\n`)
)

// wireText returns the requests that a server has received in a form that can be compared:
// without versions, and with sorted headers after the first request (client-77).
func wireText(received []string, addresses *strings.Replacer) string {
	var all []string
	for n, text := range received {
		text = agent.ReplaceAllString(latin1(addresses.Replace(text)), "User-Agent: Tornado/V\r")
		if n > 0 {
			text = sortRequest(text)
		}
		all = append(all, text)
	}
	return strings.Join(all, nextRequest)
}

// nextRequest separates the requests to server A. toServerB precedes those to server B.
const nextRequest, toServerB = "\n----\n", "\n==== B\n"

// sortRequest returns a request with its headers sorted.
func sortRequest(text string) string {
	head, body, found := strings.Cut(text, "\r\n\r\n")
	if !found {
		return text
	}
	lines := strings.Split(head, "\r\n")
	sort.Strings(lines[1:])
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

// sortWire returns the requests in a text of judgeRun in a form without the order of headers and
// the sizes of chunks, for clients that do not keep these.
func sortWire(text string) string {
	toA, toB, hasB := strings.Cut(text, toServerB)
	var all []string
	for _, request := range strings.Split(toA, nextRequest) {
		request = sortRequest(request)
		if head, body, _ := strings.Cut(request, "\r\n\r\n"); strings.Contains(head, "Transfer-Encoding: chunked") {
			request = head + "\r\n\r\n" + chunkSizes.ReplaceAllString(body, "~")
		}
		all = append(all, request)
	}
	text = strings.Join(all, nextRequest)
	if hasB {
		text += toServerB + toB
	}
	return text
}
