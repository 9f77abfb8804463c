package http1

import (
	"errors"
	"fmt"
	"testing"

	"github.com/gotornado/tornado/httputil"
	"github.com/stretchr/testify/require"
)

func TestFramingOfRequests(t *testing.T) {
	for _, tt := range []struct{ rule, version, headers, want string }{
		{"http-28", "1.1", "Content-Length: 0", "length 0"},
		{"http-28", "1.1", "Content-Length: 0042", "length 42"},
		{"http-28", "1.1", "Content-Length:", "400: invalid Content-Length"},
		{"http-28", "1.1", "Content-Length: +5", "400: invalid Content-Length"},
		{"http-28", "1.1", "Content-Length: -5", "400: invalid Content-Length"},
		{"http-28", "1.1", "Content-Length: 0x5", "400: invalid Content-Length"},
		{"http-28", "1.1", "Content-Length: 1_0", "400: invalid Content-Length"},
		{"http-28", "1.1", "Content-Length: 5.0", "400: invalid Content-Length"},
		{"http-28", "1.1", "Content-Length: 5 5", "400: invalid Content-Length"},
		{"http-28", "1.1", "Content-Length: \u0665", "400: invalid Content-Length"},
		{"http-28", "1.1", "Content-Length: ,5", "400: invalid Content-Length"},
		{"http-29", "1.1", "Content-Length: 5, 5", "length 5"},
		{"http-29", "1.1", "Content-Length: 5\nContent-Length: 5", "length 5"},
		{"http-29", "1.1", "Content-Length: 5 ,\t5,5", "length 5"},
		{"http-29", "1.1", "Content-Length: 5, 6", "400: multiple unequal Content-Lengths"},
		{"http-29", "1.1", "Content-Length: 5\nContent-Length: 6", "400: multiple unequal Content-Lengths"},
		{"http-29", "1.1", "Content-Length: 5, 05", "400: multiple unequal Content-Lengths"},
		{"http-29", "1.1", "Content-Length: 5,", "400: multiple unequal Content-Lengths"},
		{"http-29", "1.1", "Content-Length: 5, , 5", "400: multiple unequal Content-Lengths"},
		{"http-30", "1.1", "Content-Length: 9223372036854775807", "length 9223372036854775807"},
		{"http-30", "1.1", "Content-Length: 9223372036854775808", "length 9223372036854775807"},
		{"http-30", "1.1", "Content-Length: 99999999999999999999999", "length 9223372036854775807"},
		{"http-32", "1.1", "Transfer-Encoding: chunked\nContent-Length: 5", "400: both Transfer-Encoding and Content-Length"},
		{"http-32", "1.1", "Content-Length: 5\nTransfer-Encoding: ", "400: both Transfer-Encoding and Content-Length"},
		{"http-33", "1.1", "Transfer-Encoding: chunked", "chunked"},
		{"http-33", "1.1", "transfer-encoding: CHUNKED", "chunked"},
		{"http-33", "1.1", "Transfer-Encoding: chun\u212aed", "400: unsupported Transfer-Encoding"},
		{"http-33", "1.1", "Transfer-Encoding: gzip, chunked", "400: unsupported Transfer-Encoding"},
		{"http-33", "1.1", "Transfer-Encoding: chunked, gzip", "400: unsupported Transfer-Encoding"},
		{"http-33", "1.1", "Transfer-Encoding: identity", "400: unsupported Transfer-Encoding"},
		{"http-33", "1.1", "Transfer-Encoding: chunked;q=1", "400: unsupported Transfer-Encoding"},
		{"http-33", "1.1", "Transfer-Encoding: \"chunked\"", "400: unsupported Transfer-Encoding"},
		{"http-33", "1.1", "Transfer-Encoding: chunked\nTransfer-Encoding: chunked", "400: Transfer-Encoding must say chunked, once"},
		{"http-33", "1.1", "Transfer-Encoding: chunked, chunked", "400: Transfer-Encoding must say chunked, once"},
		{"http-33", "1.1", "Transfer-Encoding:", "400: Transfer-Encoding must say chunked, once"},
		{"empty elements", "1.1", "Transfer-Encoding: ,chunked", "chunked"},
		{"empty elements", "1.1", "Transfer-Encoding: chunked , ,\t", "chunked"},
		{"empty elements", "1.1", "Transfer-Encoding:\nTransfer-Encoding: chunked", "chunked"},
		{"http-34", "1.0", "Transfer-Encoding: chunked", "chunked, faulty"},
		{"http-40", "1.1", "Host: a", "none"},
		{"http-40", "1.0", "", "none"},
	} {
		headers, err := httputil.ParseHeaders(tt.headers)
		require.NoError(t, err)
		start := httputil.RequestStartLine{Method: "POST", Path: "/", Version: "HTTP/" + tt.version}
		f, err := (&RequestHead{start, headers}).Framing()
		if got := shownFraming(f, err); got != tt.want {
			t.Errorf("%s: HTTP/%s %q: got %s, want %s", tt.rule, tt.version, tt.headers, got, tt.want)
		}
	}
}

func shownFraming(f Framing, err error) string {
	var input *httputil.HTTPInputError
	switch {
	case errors.As(err, &input):
		return "400: " + input.Reason
	case err != nil:
		return "undocumented error: " + err.Error()
	case f.Kind == LengthBody:
		return fmt.Sprint("length ", f.Length)
	case f.Kind == ChunkedBody && f.Faulty:
		return "chunked, faulty"
	case f.Kind == ChunkedBody:
		return "chunked"
	}
	return "none"
}

func TestRepeatedContentLengthIsMerged(t *testing.T) { // http-29
	headers, err := httputil.ParseHeaders("Content-Length: 5\nHost: a\ncontent-length: 5 , 5")
	require.NoError(t, err)
	head := RequestHead{Headers: headers}
	_, err = head.Framing()
	require.NoError(t, err)
	require.Equal(t, "Content-Length: 5\nHost: a\n", head.Headers.String())
}
