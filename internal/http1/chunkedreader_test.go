package http1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	chunkjudge "net/http/httputil"
	"regexp"
	"strings"
	"testing"

	"github.com/gotornado/tornado/httputil"
	"github.com/stretchr/testify/require"
)

// readChunked runs a ChunkedReader over input, at most step bytes at a time. It returns the
// body and the outcome: "+rest" with the bytes that were not read, "more", or the error.
func readChunked(input string, step int) string {
	var r ChunkedReader
	body, rest, held := "", input, []byte{}
	for {
		before := string(held)
		chunk, n, done, err := r.NextData(held)
		if string(held) != before {
			return body + " input changed"
		}
		body += string(chunk)
		held = held[n:]
		var inputError *httputil.HTTPInputError
		switch {
		case errors.As(err, &inputError):
			return body + " 400: " + inputError.Reason
		case err == ErrChunkLineTooLong:
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
	var r ChunkedReader
	_, n, done, err := r.NextData([]byte("ff;x=y\r\n"))
	require.NoError(t, err)
	require.Equal(t, []any{8, false, int64(255), int64(255)}, []any{n, done, r.total, r.remaining})
	r.countData(254) // the stream reads them directly
	chunk, n, _, err := r.NextData([]byte("x\r\n10\r\n"))
	require.NoError(t, err)
	require.Equal(t, []any{"x", 1, int64(0)}, []any{string(chunk), n, r.remaining})
	_, n, _, err = r.NextData([]byte("\r\n10\r\n"))
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

// blankBeforeExtension matches blanks that RFC 9112, section 7.1.1 allows, but net/http does not.
var blankBeforeExtension = regexp.MustCompile(`[0-9a-fA-F][ \t]+;`)

// FuzzChunkedReader checks that the result does not depend on how the bytes are split, that all
// errors are documented, and that net/http reads the same body from accepted input.
func FuzzChunkedReader(f *testing.F) {
	for _, input := range []string{
		"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nA: b\r\n\r\nrest", "0\r\n\r\n", "a;b=\"c\\\"\"\r\n0123456789\r\n0\r\n\r\n",
		"5\nhello\n0\n\n", "5\r\nhelloX", "ffffffffffffffffff\r\n", "00000000000000000\r\n\r\n",
		"1\r\nx\r\n0 ;a= b\r\n\r\n",
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
		if err != nil && blankBeforeExtension.MatchString(input) {
			return
		}
		require.NoError(t, err)
		require.Equal(t, string(judged), body)
	})
}

func BenchmarkChunkedReader(b *testing.B) {
	var wire []byte
	for range 16 {
		wire = AppendChunk(wire, bytes.Repeat([]byte("x"), 4096))
	}
	wire = AppendLastChunk(wire)
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		var r ChunkedReader
		for rest := wire; ; {
			_, n, done, err := r.NextData(rest)
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
