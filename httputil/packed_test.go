package httputil

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func requestToPack(t testing.TB, uri string, headers ...Field) *HTTPServerRequest {
	t.Helper()
	r, err := NewRequest(nil, RequestStartLine{"GET", uri, "HTTP/1.1"}, NewHTTPHeaders(headers))
	require.NoError(t, err)
	r.RemoteIP, r.StartTime = "127.0.0.1", time.Unix(1700000000, 123456789)
	return r
}

func TestPackAndUnpackRoundTrip(t *testing.T) {
	moved := requestToPack(t, "/", Field{"Host", "Example.com:81"})
	moved.Host, moved.HostName, moved.Protocol = "other.example", "other.example", "https" // as behind a proxy
	for _, r := range []*HTTPServerRequest{
		requestToPack(t, "/ws?a=1&b", Field{"Host", "Example.com:81"}, Field{"Cookie", "a=b"}, Field{"Upgrade", "websocket"}, Field{"X-Forwarded-Proto", "https"}, Field{"X-Empty", ""}, Field{"X", "1"}, Field{"X", "2"}),
		requestToPack(t, "/", Field{"Host", "[::1]:81"}, Field{"X-Empty", ""}),
		requestToPack(t, "/", frequentFields[:]...),
		moved,
	} {
		r.Cookies() // parsed parts do not prevent packing
		r.QueryArguments()
		p, ok := r.Pack()
		if !ok {
			t.Errorf("%s cannot be packed", r.URI)
			continue
		}
		got := p.Unpack()
		require.True(t, r.StartTime.Equal(got.StartTime))
		require.Equal(t, r.QueryArguments(), got.QueryArguments())
		require.Equal(t, r.Cookies(), got.Cookies())
		got.StartTime, got.parsed = r.StartTime, r.parsed
		require.Equal(t, r, got)
	}
}

// Each frequent field has its own short form, because no entry is hidden by an earlier one.
func TestFrequentFields(t *testing.T) {
	for i, f := range frequentFields {
		require.Equal(t, Field{shortNames[i : i+1], ""}, shortField(f))
	}
}

func TestPackAllocatesTheTextAlone(t *testing.T) {
	r := requestToPack(t, "/ws", Field{"Host", "example.com"}, Field{"Upgrade", "websocket"}, Field{"X-Test", "value"})
	require.EqualValues(t, 1, testing.AllocsPerRun(100, func() { r.Pack() }))
}

func TestRequestsThatCannotBePacked(t *testing.T) {
	for name, change := range map[string]func(r *HTTPServerRequest){
		"a body":          func(r *HTTPServerRequest) { r.Body = []byte("x") },
		"a streamed body": func(r *HTTPServerRequest) { r.BodyStreamed = true },
		"limits of forms": func(r *HTTPServerRequest) { r.BodyConfig = &ParseBodyConfig{} },
		"another path":    func(r *HTTPServerRequest) { r.Path = "/other" },
		"another query":   func(r *HTTPServerRequest) { r.Query = "b=2" },
		"another host":    func(r *HTTPServerRequest) { r.HostName = "other" },
		"a NUL":           func(r *HTTPServerRequest) { r.RemoteIP = "a\x00b" },
		"a form":          func(r *HTTPServerRequest) { r.BodyArguments() },
	} {
		r := requestToPack(t, "/?a=1", Field{"Host", "example.com"})
		change(r)
		if _, ok := r.Pack(); ok {
			t.Errorf("%s: it was packed", name)
		}
	}
}

// Pack must handle every field of a request. A new field must be packed too, or prevent packing.
func TestPackKnowsAllFields(t *testing.T) {
	if got := reflect.TypeFor[HTTPServerRequest]().NumField(); got != 16 {
		t.Errorf("a request has %d fields: handle the new ones in Pack and Unpack", got)
	}
}

func FuzzPack(f *testing.F) {
	f.Add("/a?b", "example.com", "X-Test", "value")
	f.Add("*", "", "", "")
	f.Add("/", "a", "\x0f", "a name that was packed")
	f.Add("/", "a", "Upgrade", "websocket")
	f.Fuzz(func(t *testing.T, uri, host, name, value string) {
		r, err := NewRequest(nil, RequestStartLine{"GET", uri, "HTTP/1.1"}, NewHTTPHeaders([]Field{{"Host", host}, {name, value}}))
		if err != nil {
			return
		}
		if p, ok := r.Pack(); ok {
			got := p.Unpack()
			got.StartTime = r.StartTime
			require.Equal(t, r, got)
		}
	})
}
