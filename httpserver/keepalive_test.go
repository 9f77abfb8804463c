package httpserver

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/http1"
)

// A row has a request, the option NoKeepAlive and a response. Then it has the framing of the
// response, its Connection header, and whether the connection closes.
func TestConnectionLife(t *testing.T) {
	for _, tt := range []struct {
		rule, method, version, headers string
		noKeepAlive                    bool
		code                           int
		hasLength                      bool
		want                           string
	}{
		{"http-60", "GET", "1.1", "", false, 200, true, "length, no header, open"},
		{"http-60", "GET", "1.1", "Connection: keep-alive", false, 200, true, "length, no header, open"},
		{"http-60", "GET", "1.1", "Connection: upgrade", false, 200, true, "length, no header, open"},
		{"http-60", "POST", "1.1", "", false, 200, true, "length, no header, open"},
		{"http-60", "POST", "1.1", "Transfer-Encoding: chunked", false, 200, true, "length, no header, open"},
		{"http-60", "GET", "1.1", "Connection: CLOSE", false, 200, true, "length, close, closed"},
		{"RFC 9112 9.6", "GET", "1.1", "Connection: keep-alive, Close", false, 200, true, "length, close, closed"},
		{"RFC 9112 9.6", "GET", "1.1", "Connection: keep-alive\nConnection: close", false, 200, true, "length, close, closed"},
		{"http-60", "GET", "1.1", "Connection: closed", false, 200, true, "length, no header, open"},
		{"http-61", "GET", "1.0", "", false, 200, true, "length, no header, closed"},
		{"http-61", "GET", "1.0", "Connection: Keep-Alive", false, 200, true, "length, Keep-Alive, open"},
		{"http-61", "HEAD", "1.0", "Connection: keep-alive", false, 200, true, "bodyless, Keep-Alive, open"},
		{"http-61", "POST", "1.0", "Connection: keep-alive\nContent-Length: 0", false, 200, true, "length, Keep-Alive, open"},
		{"http-61", "GET", "1.0", "Connection: keep-alive, close", false, 200, true, "length, close, closed"},
		{"http-61", "GET", "1.0", "Connection: \u212aeep-alive", false, 200, true, "length, no header, closed"},
		{"http-62", "POST", "1.0", "Connection: keep-alive", false, 200, true, "length, close, closed"},
		{"RFC 9112 6.1", "POST", "1.0", "Connection: keep-alive\nTransfer-Encoding: chunked", false, 200, true, "length, close, closed"},
		{"http-63", "GET", "1.1", "", true, 200, true, "length, close, closed"},
		{"http-63", "GET", "1.1", "Connection: keep-alive", true, 200, true, "length, close, closed"},
		{"http-63", "GET", "1.0", "Connection: keep-alive", true, 200, true, "length, close, closed"},
		{"http-8", "GET", "1.2", "", false, 200, true, "length, no header, closed"},
		{"http-8", "GET", "1.2", "Connection: keep-alive", false, 200, false, "until close, close, closed"},
		{"http-8", "GET", "1.2", "Connection: keep-alive", false, 200, true, "length, no header, open"},
		{"http-8", "POST", "1.2", "Connection: keep-alive", false, 200, true, "length, close, closed"},
		{"http-52", "GET", "1.1", "", false, 200, false, "chunked, no header, open"},
		{"http-52", "GET", "1.1", "Connection: close", false, 200, false, "chunked, close, closed"},
		{"http-52", "HEAD", "1.1", "", false, 200, false, "bodyless, no header, open"},
		{"http-52", "GET", "1.1", "", false, 204, false, "bodyless, no header, open"},
		{"http-52", "GET", "1.1", "", false, 304, false, "bodyless, no header, open"},
		{"http-52", "GET", "1.1", "", false, 304, true, "bodyless, no header, open"},
		{"http-52", "GET", "1.1", "", false, 205, false, "chunked, no header, open"},
		{"http-53", "GET", "1.0", "", false, 200, false, "until close, no header, closed"},
		{"http-53", "GET", "1.0", "Connection: keep-alive", false, 200, false, "until close, close, closed"},
		{"http-53", "GET", "1.0", "Connection: keep-alive", false, 304, false, "bodyless, Keep-Alive, open"},
		{"101", "GET", "1.1", "Connection: Upgrade", false, 101, false, "bodyless, no header, open"},
		{"101", "GET", "1.1", "Connection: Upgrade", true, 101, false, "bodyless, no header, open"},
		{"101", "GET", "1.1", "Connection: close, Upgrade", false, 101, false, "bodyless, no header, open"},
		{"101", "GET", "1.1", "Connection: Upgrade\nConnection: close", false, 101, false, "bodyless, no header, open"},
		{"RFC 9110 15.2", "GET", "1.0", "Connection: keep-alive, Upgrade", false, 101, false, "error"},
		{"RFC 9110 15.2", "GET", "1.1", "", false, 100, false, "error"},
		{"RFC 9110 15.2", "GET", "1.1", "", false, 103, true, "error"},
	} {
		headers, err := httputil.ParseHeaders(tt.headers)
		require.NoError(t, err)
		start := httputil.RequestStartLine{Method: tt.method, Path: "/", Version: "HTTP/" + tt.version}
		head := http1.RequestHead{Start: start, Headers: headers}
		body, err := head.Framing()
		require.NoError(t, err)
		plan, err := newRequestLife(&head, body, tt.noKeepAlive).planResponse(tt.code, tt.hasLength)
		got := shownPlan(plan, tt.hasLength)
		if err != nil {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%s: %s HTTP/%s %q, no_keep_alive %v, response %d, length %v: got %q, want %q",
				tt.rule, tt.method, tt.version, tt.headers, tt.noKeepAlive, tt.code, tt.hasLength, got, tt.want)
		}
	}
}

func shownPlan(p responsePlan, hasLength bool) string {
	shown := "until close"
	switch {
	case p.bodyless && p.chunked:
		shown = "contradiction"
	case p.bodyless:
		shown = "bodyless"
	case p.chunked:
		shown = "chunked"
	case hasLength:
		shown = "length"
	}
	if p.connection == "" {
		shown += ", no header"
	} else {
		shown += ", " + p.connection
	}
	if p.close {
		return shown + ", closed"
	}
	return shown + ", open"
}

// A row has the plan and the handler's Connection header. Then it has the header that is sent,
// and whether the connection closes.
func TestTheHandlersConnectionHeader(t *testing.T) { // http-60, RFC 9112 9.6
	open, open10 := responsePlan{}, responsePlan{connection: "Keep-Alive"}
	last, last10 := responsePlan{close: true, connection: "close"}, responsePlan{close: true}
	upgrade := responsePlan{switching: true}
	for _, tt := range []struct {
		plan     responsePlan
		persists bool
		own      string
		want     string
		close    bool
	}{
		{open, true, "close", "close", true},
		{open, true, "Close", "close", true},
		{open, true, "keep-alive,close", "close", true},
		{open, true, "keep-alive", "keep-alive", false},
		{open, true, "Upgrade", "Upgrade", false},
		{open, false, "keep-alive", "", false},
		{open, false, "x-hop, keep-alive", "x-hop", false},
		{open, false, "close", "close", true},
		{open10, true, "close", "close", true},
		{open10, true, "keep-alive", "Keep-Alive", false},
		{open10, true, "x-hop", "Keep-Alive", false},
		{last, false, "keep-alive", "close", true},
		{last, false, "Upgrade", "close", true},
		{last10, false, "keep-alive", "", true},
		{last10, false, "close", "close", true},
		{upgrade, false, "Upgrade", "Upgrade", false},
		{upgrade, false, "close, Upgrade", "Upgrade", false},
		{upgrade, false, "keep-alive, Upgrade", "Upgrade", false},
	} {
		p := tt.plan
		if got := p.mergeConnectionHeader(tt.own, tt.persists); got != tt.want || p.close != tt.close {
			t.Errorf("plan %+v, %q: got %q, close %v; want %q, %v", tt.plan, tt.own, got, p.close, tt.want, tt.close)
		}
	}
}

// BenchmarkRequest measures how package http1 and the connection parse and frame one request.
func BenchmarkRequest(b *testing.B) {
	browserHead, err := os.ReadFile("../internal/http1/testdata/browser.http")
	require.NoError(b, err)
	for name, head := range map[string]string{"wrk": wrkHead, "browser": string(browserHead)} {
		b.Run(name, func(b *testing.B) {
			buf := []byte(head)
			var f http1.HeadFinder
			b.ReportAllocs()
			for b.Loop() {
				n, _ := f.FindHead(buf, 65536)
				var head http1.RequestHead
				parsed := head.Parse(buf[:n])
				body, _ := head.Framing()
				r, err := httputil.NewRequest(nil, head.Start, head.Headers)
				life := newRequestLife(&head, body, false)
				if parsed != nil || err != nil || !life.mayPersist || r.Path == "" {
					b.Fatal(err)
				}
			}
		})
	}
}

const wrkHead = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n"
