package httpclient

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// client-15, client-16, client-65, client-66, client-b5: each row is a body as sent, and the
// result.
func TestInflatingReader(t *testing.T) {
	gz, zl, fl := compressed("gzip", "Hello"), compressed("zlib", "Hello"), compressed("flate", "Hello")
	bomb := compressed("gzip", strings.Repeat("0", 100000))
	for _, tt := range []struct{ name, coding, body, want string }{
		{"plain", "", "Hello", "Hello"},
		{"at the limit", "", strings.Repeat("x", 1000), strings.Repeat("x", 1000)},
		{"over the limit", "", strings.Repeat("x", 1001), "body is larger than MaxBodySize"},
		{"gzip", "gzip", gz, "Hello"},
		{"x-gzip", "x-gzip", gz, "Hello"},
		{"two members", "gzip", gz + gz, "HelloHello"},
		{"empty", "gzip", "", ""},
		{"truncated", "gzip", gz[:len(gz)-1], "unexpected EOF"},
		{"truncated early", "gzip", gz[:1], "unexpected EOF"},
		{"junk after the end", "gzip", gz + "junk", "unexpected EOF"},
		{"long junk after the end", "gzip", gz + strings.Repeat("junk", 10), "gzip: invalid header"},
		{"not gzip", "gzip", "Hello, this is not gzip", "gzip: invalid header"},
		{"wrong checksum", "gzip", gz[:len(gz)-8] + "12345678", "gzip: invalid checksum"},
		{"bomb", "gzip", bomb, "body is larger than MaxBodySize"},
		{"compressed size over the limit", "gzip", gz + strings.Repeat(compressed("gzip", ""), 50), "body is larger than MaxBodySize"},
		{"deflate", "deflate", zl, "Hello"},
		{"deflate without zlib", "deflate", fl, "Hello"},
		{"deflate, empty", "deflate", "", ""},
		{"deflate, junk after the end", "deflate", zl + "junk", "bytes follow the end of the compressed body"},
		{"deflate without zlib, junk", "deflate", fl + "junk", "bytes follow the end of the compressed body"},
		{"deflate, truncated", "deflate", zl[:len(zl)-1], "unexpected EOF"},
		{"deflate, bomb", "deflate", compressed("zlib", strings.Repeat("0", 100000)), "body is larger than MaxBodySize"},
	} {
		for _, raw := range []io.Reader{strings.NewReader(tt.body), iotest.OneByteReader(strings.NewReader(tt.body)), iotest.DataErrReader(strings.NewReader(tt.body))} {
			got, err := io.ReadAll(newInflatingReader(raw, tt.coding, &Options{MaxBodySize: 1000}))
			text := string(got)
			if err != nil {
				text = err.Error()
			}
			if text != tt.want {
				t.Errorf("%s: got %q, want %q", tt.name, text, tt.want)
			}
		}
	}
}

// client-15: each row is a list of headers, whether the client inflates the body, and the headers
// afterwards.
func TestConsumeCoding(t *testing.T) {
	for _, tt := range []struct {
		decompress   Switch
		value, want  string
		renamedValue string
	}{
		{On, "gzip", "gzip", "gzip"}, {On, "GZip", "gzip", "GZip"}, {On, "x-gzip", "x-gzip", "x-gzip"},
		{On, "deflate", "deflate", "deflate"}, {On, "br", "", ""}, {On, "gzip, gzip", "", ""}, {On, "", "", ""}, {Off, "gzip", "", ""},
	} {
		p, err := newFetchPlan(&HTTPRequest{URL: "http://h/", DecompressResponse: tt.decompress}, &Options{})
		require.NoError(t, err)
		headers := fields("Content-Encoding: "+tt.value, "Content-Length: 5")
		require.Equal(t, tt.want, p.consumeCoding(&headers), tt.value)
		require.Equal(t, tt.renamedValue, headers.Get("X-Consumed-Content-Encoding"), tt.value)
		require.Equal(t, tt.want == "", headers.Has("Content-Encoding"), tt.value)
		require.Equal(t, "5", headers.Get("Content-Length"))
	}
}

// client-55: each row is a number of bytes that a producer declares, and the bytes that it
// writes.
func TestProducedBody(t *testing.T) {
	for _, tt := range []struct {
		declared int64
		writes   []int
		want     string
	}{
		{5, []int{2, 3}, ""},
		{5, []int{2, 4}, "httputil: the body is longer than its Content-Length"},
		{5, []int{1}, "httputil: the body is 4 bytes shorter than its Content-Length"},
		{0, nil, ""},
		{-1, []int{1000}, ""},
	} {
		b := producedBody{declared: tt.declared}
		var err error
		for _, n := range tt.writes {
			if err == nil {
				err = b.addBytes(n)
			}
		}
		if err == nil {
			err = b.finishBody()
		}
		if tt.want == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, tt.want)
		}
	}
}
