package web

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each row names the number of a behaviour. The file has 26 bytes.
func TestStaticRanges(t *testing.T) {
	const alphabet = "abcdefghijklmnopqrstuvwxyz"
	root := staticRoot(t)
	writeFile(t, root+"/letters.txt", alphabet)
	app := NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: root})}, Settings{})
	etag := sha512Etag(alphabet)
	for _, tt := range []struct{ name, header, want string }{
		{"web-133 first bytes", "Range: bytes=0-9", "206 bytes 0-9/26 10 abcdefghij"},
		{"web-133 middle", "Range: bytes=3-4", "206 bytes 3-4/26 2 de"},
		{"web-133 one byte", "Range: bytes=0-0", "206 bytes 0-0/26 1 a"},
		{"web-133 last byte", "Range: bytes=25-25", "206 bytes 25-25/26 1 z"},
		{"web-133 to the end", "Range: bytes=20-", "206 bytes 20-25/26 6 uvwxyz"},
		{"web-133 suffix", "Range: bytes=-3", "206 bytes 23-25/26 3 xyz"},
		{"web-133 whole", "Range: bytes=0-25", "200  26 " + alphabet},
		{"web-133 whole, open", "Range: bytes=0-", "200  26 " + alphabet},
		{"web-133 whole, past the end", "Range: bytes=0-1000", "200  26 " + alphabet},
		{"web-134 past the end", "Range: bytes=24-1000", "206 bytes 24-25/26 2 yz"},
		{"web-134 edge", "Range: bytes=24-26", "206 bytes 24-25/26 2 yz"},
		{"web-134 suffix as long as the file", "Range: bytes=-26", "200  26 " + alphabet},
		{"web-134 suffix longer than the file", "Range: bytes=-1000", "200  26 " + alphabet},
		{"web-134 huge", "Range: bytes=1-99999999999999999999", "206 bytes 1-25/26 25 " + alphabet[1:]},
		{"web-135 empty suffix", "Range: bytes=-0", "416 bytes */26 0 "},
		{"web-135 start at the end", "Range: bytes=26-", "416 bytes */26 0 "},
		{"web-135 start past the end", "Range: bytes=30-40", "416 bytes */26 0 "},
		{"web-135 huge start", "Range: bytes=99999999999999999999-", "416 bytes */26 0 "},
		{"web-135 backwards", "Range: bytes=5-3", "416 bytes */26 0 "},
		{"web-136 several", "Range: bytes=0-1,4-5", "200  26 " + alphabet},
		{"web-136 unit", "Range: pages=0-1", "200  26 " + alphabet},
		{"web-136 junk", "Range: bytes=a-b", "200  26 " + alphabet},
		{"web-136 no dash", "Range: bytes=5", "206 bytes 5-25/26 21 " + alphabet[5:]},
		{"web-137 and If-None-Match", "Range: bytes=0-1\nIf-None-Match: " + etag, "304   "},
		{"web-137 and another If-None-Match", "Range: bytes=0-1\nIf-None-Match: \"x\"", "206 bytes 0-1/26 2 ab"},
		{"If-Range, Etag", "Range: bytes=0-1\nIf-Range: " + etag, "206 bytes 0-1/26 2 ab"},
		{"If-Range, another Etag", "Range: bytes=0-1\nIf-Range: \"x\"", "200  26 " + alphabet},
		{"If-Range, weak Etag", "Range: bytes=0-1\nIf-Range: W/" + etag, "200  26 " + alphabet},
		{"If-Range, date", "Range: bytes=0-1\nIf-Range: Sun, 09 Sep 2001 01:46:40 GMT", "206 bytes 0-1/26 2 ab"},
		{"If-Range, later date", "Range: bytes=0-1\nIf-Range: Sun, 09 Sep 2001 01:46:41 GMT", "200  26 " + alphabet},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			keepLog(t)
			conn := fetch(t, app, method+" /letters.txt\n"+tt.header)
			got := strings.Join([]string{conn.status[:3], conn.header("Content-Range"), conn.header("Content-Length"), conn.body()}, " ")
			want := tt.want
			if method == "HEAD" { // web-137: the same but for the body
				want = strings.Join(append(strings.Split(want, " ")[:strings.Count(want, " ")], ""), " ")
			}
			if got != want {
				t.Errorf("%s: %s: got %q, want %q", tt.name, method, got, want)
			}
			if conn.header("Etag") != etag || conn.header("Accept-Ranges") != "bytes" {
				t.Errorf("%s: %s: Etag %s, Accept-Ranges %s", tt.name, method, conn.header("Etag"), conn.header("Accept-Ranges")) // web-126, web-132
			}
			if conn.status[:3] == "416" && conn.header("Content-Type") != "text/plain" {
				t.Errorf("%s: Content-Type %s", tt.name, conn.header("Content-Type"))
			}
		}
	}
}

// FuzzParseRange checks that the range of any header lies within the file and is not empty. A
// header without a meaning requests the whole file.
func FuzzParseRange(f *testing.F) {
	for _, header := range []string{"bytes=0-9", "bytes=-5", "bytes=-0", "bytes=5-", "bytes=9-1", "bytes=0-1,2-3", "", "x", "bytes=99999999999999999999-", "bytes=99"} {
		f.Add(header, int64(10))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size = max(size, -size); size < 0 {
			size = 0
		}
		p := parseRange(header, size)
		switch {
		case !p.satisfiable:
			require.Equal(t, byteRange{}, p)
			require.Contains(t, header, "bytes")
		case size == 0:
			require.Equal(t, byteRange{0, 0, true}, p)
		default:
			require.True(t, 0 <= p.start && p.start < p.end && p.end <= size, "%v of %d", p, size)
		}
	})
}

func TestAnEmptyFileHasNoRanges(t *testing.T) { // web-135
	root := staticRoot(t)
	app := NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: root})}, Settings{})
	for header, want := range map[string]string{"bytes=0-": "416", "bytes=0-0": "416", "bytes=-1": "416", "bytes=x": "200", "lines=0-": "200"} {
		if got := fetch(t, app, "GET /empty\nRange: "+header).status[:3]; got != want {
			t.Errorf("%s: %s, want %s", header, got, want)
		}
	}
}
