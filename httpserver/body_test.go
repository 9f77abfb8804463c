package httpserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	chunkjudge "net/http/httputil"
	"strings"
	"testing"

	"github.com/gotornado/tornado/httputil"
	"github.com/stretchr/testify/require"
)

func TestRequestFraming(t *testing.T) {
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
		f, err := requestFraming(httputil.RequestStartLine{Method: "POST", Path: "/", Version: "HTTP/" + tt.version}, &headers)
		if got := shownFraming(f, err); got != tt.want {
			t.Errorf("%s: HTTP/%s %q: got %s, want %s", tt.rule, tt.version, tt.headers, got, tt.want)
		}
	}
}

func shownFraming(f framing, err error) string {
	var input *httputil.HTTPInputError
	switch {
	case errors.As(err, &input):
		return "400: " + input.Reason
	case err != nil:
		return "undocumented error: " + err.Error()
	case f.kind == framingLength:
		return fmt.Sprint("length ", f.length)
	case f.kind == framingChunked && f.faulty:
		return "chunked, faulty"
	case f.kind == framingChunked:
		return "chunked"
	}
	return "none"
}

func TestRepeatedContentLengthIsMerged(t *testing.T) { // http-29
	headers, err := httputil.ParseHeaders("Content-Length: 5\nHost: a\ncontent-length: 5 , 5")
	require.NoError(t, err)
	_, err = requestFraming(httputil.RequestStartLine{}, &headers)
	require.NoError(t, err)
	require.Equal(t, "Content-Length: 5\nHost: a\n", headers.String())
}

// readChunked runs a chunkedReader over input, at most step bytes at a time. It returns the
// body and the outcome: "+rest" with the bytes that were not read, "more", or the error.
func readChunked(input string, step int) string {
	var r chunkedReader
	body, rest, held := "", input, []byte{}
	for {
		before := string(held)
		chunk, n, done, err := r.nextData(held)
		if string(held) != before {
			return body + " input changed"
		}
		body += string(chunk)
		held = held[n:]
		var inputError *httputil.HTTPInputError
		switch {
		case errors.As(err, &inputError):
			return body + " 400: " + inputError.Reason
		case err == errChunkLineTooLong:
			return body + " too long"
		case err != nil:
			return body + " undocumented error: " + err.Error()
		case done:
			return body + " +" + string(held) + rest
		case chunk != nil:
			if len(chunk) == 0 || r.total < int64(len(body)) {
				return fmt.Sprintf("chunk %q, total %d", chunk, r.total)
			}
		case rest == "":
			return body + " more"
		default:
			taken := min(step, len(rest))
			held = append(held[:len(held):len(held)], rest[:taken]...) // chunks that were returned must not change
			rest = rest[taken:]
		}
	}
}

func TestChunkedReader(t *testing.T) {
	for _, tt := range []struct{ rule, input, want string }{
		{"", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nrest", "hello world +rest"},
		{"", "0\r\n\r\n", " +"},
		{"http-35", "A\r\n0123456789\r\n0\r\n\r\n", "0123456789 +"},
		{"http-35", "000000000a\r\n0123456789\r\n00\r\n\r\n", "0123456789 +"},
		{"http-35", "000000000000000a\r\n0123456789\r\n0\r\n\r\n", "0123456789 +"},
		{"http-35", "0000000000000000a\r\n0123456789\r\n0\r\n\r\n", " 400: chunk too large"},
		{"http-35", "0x5\r\nhello\r\n0\r\n\r\n", " 400: invalid chunk size line"},
		{"http-35", "+5\r\nhello\r\n0\r\n\r\n", " 400: invalid chunk size line"},
		{"http-35", " 5\r\nhello\r\n0\r\n\r\n", " 400: invalid chunk size line"},
		{"http-35", "5 \r\nhello\r\n0\r\n\r\n", " 400: invalid chunk size line"},
		{"http-35", "\r\nhello\r\n0\r\n\r\n", " 400: invalid chunk size line"},
		{"http-35", "5_0\r\n", " 400: invalid chunk size line"},
		{"http-35", "5\rX\n", " 400: chunk line ended by a bare LF"},
		{"http-35", "5\rX\r\n", " 400: invalid chunk size line"},
		{"http-35", "5\nhello\r\n0\r\n\r\n", " 400: chunk line ended by a bare LF"},
		{"http-35", "\n", " 400: chunk line ended by a bare LF"},
		{"overflow", "fffffffffffffff\r\n", " more"},
		{"overflow", "0fffffffffffffff\r\n", " more"},
		{"overflow", "1000000000000000\r\n", " 400: chunk too large"},
		{"overflow", "FFFFFFFFFFFFFFFFFFFFF\r\n", " 400: chunk too large"},
		{"overflow", "10000000000000005\r\nhello", " 400: chunk too large"},
		{"http-36", "0;" + strings.Repeat("x", 4092) + "\r\n\r\n", " +"},
		{"http-36", "0;" + strings.Repeat("x", 4093) + "\r\n\r\n", " too long"},
		{"http-36", "0;" + strings.Repeat("x", 4093), " more"},
		{"http-36", "0;" + strings.Repeat("x", 4094), " too long"},
		{"http-37", "5\r\nhelloX\n", "hello 400: chunk data not followed by CRLF"},
		{"http-37", "5\r\nhello\rX", "hello 400: chunk data not followed by CRLF"},
		{"http-37", "5\r\nhello\n0\r\n\r\n", "hello 400: chunk data not followed by CRLF"},
		{"http-37", "5\r\nhello world\r\n0\r\n\r\n", "hello 400: chunk data not followed by CRLF"},
		{"extensions", "5;a\r\nhello\r\n0;b=c;d=\"e;\\\"\\\\\r\\n\"\r\n\r\n", "hello 400: invalid chunk size line"},
		{"extensions", "5;a;b=c;d=\"e;=\\\"\\\\\x80\t\"\r\nhello\r\n0;f\r\n\r\n", "hello +"},
		{"extensions", "5 ;\ta = b ; c= \"\"\r\nhello\r\n0\r\n\r\n", "hello +"},
		{"extensions", "5;\r\n", " 400: invalid chunk size line"},
		{"extensions", "5;;a\r\n", " 400: invalid chunk size line"},
		{"extensions", "5;a=\r\n", " 400: invalid chunk size line"},
		{"extensions", "5;=a\r\n", " 400: invalid chunk size line"},
		{"extensions", "5;a \r\n", " 400: invalid chunk size line"},
		{"extensions", "5;a=\"b\r\n", " 400: invalid chunk size line"},
		{"extensions", "5;a=\"b\\\r\n", " 400: invalid chunk size line"},
		{"extensions", "5;a=\"b\"c\r\n", " 400: invalid chunk size line"},
		{"extensions", "5;a=\"\x01\"\r\n", " 400: invalid chunk size line"},
		{"extensions", "5;a=\"\\\x7f\"\r\n", " 400: invalid chunk size line"},
		{"extensions", "5;a\x00\r\n", " 400: invalid chunk size line"},
		{"extensions", "5;a\nb\r\n", " 400: chunk line ended by a bare LF"},
		{"http-38", "0\r\nX", " more"},
		{"http-38", "0\r\nA: b\r\nC:d\r\n\r\nrest", " +rest"},
		{"http-38", "0\r\nA: b\n\r\n", " 400: chunk line ended by a bare LF"},
		{"http-38", "0\r\nA\r\n\r\n", " 400: no colon in header line"},
		{"http-38", "0\r\nA : b\r\n\r\n", " 400: invalid header name"},
		{"http-38", "0\r\nA: \x00\r\n\r\n", " 400: invalid header value"},
		{"http-38", "0\r\nA: b\r\n c\r\n\r\n", " 400: first header line cannot start with white space"},
		{"http-38", "0\r\ncontent-length: 5\r\n\r\n", " 400: Content-Length in a trailer"},
		{"http-38", "0\r\nTransfer-Encoding: chunked\r\n\r\n", " 400: Transfer-Encoding in a trailer"},
		{"http-38", "0\r\nHost: b\r\n\r\n", " 400: Host in a trailer"},
		{"http-38", "0\r\n" + strings.Repeat("A: "+strings.Repeat("b", 1019)+"\r\n", 8) + "\r\n", " +"},
		{"http-38", "0\r\n" + strings.Repeat("A: "+strings.Repeat("b", 1019)+"\r\n", 9) + "\r\n", " 400: trailers too large"},
		{"http-38", "0\r\nA: " + strings.Repeat("b", 4096) + "\r\n\r\n", " too long"},
		{"", "5\r\nhel", "hel more"},
		{"", "5\r\nhello\r", "hello more"},
		{"", "5\r", " more"},
		{"", "", " more"},
	} {
		for _, step := range []int{1, 2, 3, 1 << 20} {
			if got := readChunked(tt.input, step); got != tt.want {
				t.Errorf("%s: %.50q, %d at a time: got %q, want %q", tt.rule, tt.input, step, got, tt.want)
			}
		}
	}
}

func TestChunkedReaderKnowsTheSizeBeforeTheData(t *testing.T) { // http-39
	var r chunkedReader
	_, n, done, err := r.nextData([]byte("ff;x=y\r\n"))
	require.NoError(t, err)
	require.Equal(t, []any{8, false, int64(255), int64(255)}, []any{n, done, r.total, r.remaining})
	r.countData(254) // the stream reads them directly
	chunk, n, _, err := r.nextData([]byte("x\r\n10\r\n"))
	require.NoError(t, err)
	require.Equal(t, []any{"x", 1, int64(0)}, []any{string(chunk), n, r.remaining})
	_, n, _, err = r.nextData([]byte("\r\n10\r\n"))
	require.NoError(t, err)
	require.Equal(t, []any{6, int64(255 + 16), int64(16)}, []any{n, r.total, r.remaining})
}

func TestChunkExtensionsAreLimitedByTheData(t *testing.T) {
	chunk := func(size, extension int) string {
		return fmt.Sprintf("%x;%s\r\n%s\r\n", size, strings.Repeat("x", extension-1), strings.Repeat("a", size))
	}
	for _, tt := range []struct{ what, input, want string }{
		{"16 KiB", strings.Repeat(chunk(1, 1025), 15) + chunk(1, 1024), "+"},
		{"one byte more", strings.Repeat(chunk(1, 1025), 15) + chunk(1, 1025), "400: too many chunk extensions"},
		{"data makes up for it", strings.Repeat(chunk(1024, 1024), 100), "+"},
		{"but not beforehand", chunk(1<<20, 2) + strings.Repeat(chunk(1, 1025), 17), "400: too many chunk extensions"},
	} {
		if got := readChunked(tt.input+"0\r\n\r\n", 1<<20); !strings.HasSuffix(got, " "+tt.want) {
			t.Errorf("%s: got %.60q, want %q", tt.what, strings.TrimLeft(got, "a"), tt.want)
		}
	}
}

func TestAppendChunk(t *testing.T) { // http-54
	for _, tt := range []struct{ data, want string }{
		{"hello", "5\r\nhello\r\n"},
		{strings.Repeat("x", 0xabc), "abc\r\n" + strings.Repeat("x", 0xabc) + "\r\n"},
		{"", ""},
	} {
		if got := string(appendChunk([]byte("before "), []byte(tt.data))); got != "before "+tt.want {
			t.Errorf("%.20q: got %.20q", tt.data, got)
		}
	}
	require.Equal(t, "1f\r\n", string(appendChunkSize(nil, 31)))
	require.Equal(t, "0\r\n\r\n", string(appendLastChunk(nil)))
}

// FuzzChunkedReader checks that the result does not depend on how the bytes are split, that all
// errors are documented, and that net/http reads the same body from accepted input.
func FuzzChunkedReader(f *testing.F) {
	for _, input := range []string{
		"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nA: b\r\n\r\nrest", "0\r\n\r\n", "a;b=\"c\\\"\"\r\n0123456789\r\n0\r\n\r\n",
		"5\nhello\n0\n\n", "5\r\nhelloX", "ffffffffffffffffff\r\n", "00000000000000000\r\n\r\n",
	} {
		f.Add(input, 3)
	}
	f.Fuzz(func(t *testing.T, input string, step int) {
		whole := readChunked(input, len(input))
		require.NotContains(t, whole, "undocumented error")
		require.Equal(t, whole, readChunked(input, 1))
		if step > 0 {
			require.Equal(t, whole, readChunked(input, step))
		}
		body, rest, ok := strings.Cut(whole, " +")
		if !ok || strings.Contains(whole, " 400: ") || strings.Count(whole, " +") > 1 || !strings.HasSuffix(input, rest) {
			return
		}
		judged, err := io.ReadAll(chunkjudge.NewChunkedReader(strings.NewReader(input)))
		require.NoError(t, err)
		require.Equal(t, string(judged), body)
	})
}

// FuzzAppendChunk checks that chunkedReader and net/http decode the chunks to the same bytes.
func FuzzAppendChunk(f *testing.F) {
	f.Add([]byte("hello"), []byte(" world"))
	f.Add([]byte{}, []byte("\r\n0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		wire := string(appendLastChunk(appendChunk(appendChunk(nil, first), second)))
		want := string(first) + string(second)
		require.Equal(t, want+" +", readChunked(wire, len(wire)))
		judged, err := io.ReadAll(chunkjudge.NewChunkedReader(strings.NewReader(wire)))
		require.NoError(t, err)
		require.Equal(t, want, string(judged))
	})
}

func BenchmarkChunkedReader(b *testing.B) {
	var wire []byte
	for range 16 {
		wire = appendChunk(wire, bytes.Repeat([]byte("x"), 4096))
	}
	wire = appendLastChunk(wire)
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		var r chunkedReader
		for rest := wire; ; {
			_, n, done, err := r.nextData(rest)
			if err != nil {
				b.Fatal(err)
			}
			if done {
				break
			}
			rest = rest[n:]
		}
	}
}
