package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
)

// gunzipped returns the decompressed text, up to the first error.
func gunzipped(t *testing.T, text string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(text))
	require.NoError(t, err)
	plain, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(plain)
}

func TestGZipContentEncoding(t *testing.T) {
	long, short := strings.Repeat("hello ", 1000), strings.Repeat("x", 1023)
	write := func(text string) func(h *probe) { return func(h *probe) { h.WriteString(text) } }
	typed := func(contentType, text string) func(h *probe) {
		return func(h *probe) {
			h.SetHeader("Content-Type", contentType)
			h.WriteString(text)
		}
	}
	for _, tt := range []struct {
		name   string
		accept string
		do     func(h *probe)
		want   string // status, Content-Encoding and Vary
		plain  string
	}{
		{"web-143 text", "gzip", write(long), "200 gzip Accept-Encoding", long},
		{"web-143 among others", "deflate, gzip;q=0.5, br", write(long), "200 gzip Accept-Encoding", long},
		{"web-143 in capitals", "GZIP", write(long), "200 gzip Accept-Encoding", long},
		{"web-143 by its old name", "x-gzip", write(long), "200 gzip Accept-Encoding", long},
		{"web-143 refused", "gzip;q=0", write(long), "200  Accept-Encoding", long},
		{"web-143 not accepted", "", write(long), "200  Accept-Encoding", long},
		{"web-143 anything", "*", write(long), "200  Accept-Encoding", long},
		{"web-143 JSON", "gzip", typed("application/json; charset=UTF-8", long), "200 gzip Accept-Encoding", long},
		{"web-143 SVG", "gzip", typed("image/svg+xml", long), "200 gzip Accept-Encoding", long},
		{"web-143 any text", "gzip", typed("text/whatever", long), "200 gzip Accept-Encoding", long},
		{"web-143 image", "gzip", typed("image/png", long), "200  Accept-Encoding", long},
		{"web-143 encoded already", "gzip", func(h *probe) {
			h.SetHeader("Content-Encoding", "br")
			h.WriteString(long)
		}, "200 br Accept-Encoding", long},
		{"web-143 1023 bytes", "gzip", write(short), "200  Accept-Encoding", short},
		{"web-143 1024 bytes", "gzip", write(short + "x"), "200 gzip Accept-Encoding", short + "x"},
		{"web-143 empty", "gzip", func(*probe) {}, "200  Accept-Encoding", ""},
		{"web-144 Vary", "gzip", func(h *probe) {
			h.SetHeader("Vary", "Accept-Language")
			h.WriteString(long)
		}, "200 gzip Accept-Language, Accept-Encoding", long},
		{"web-144 two Varies", "", func(h *probe) {
			h.AddHeader("Vary", "Accept-Language")
			h.AddHeader("Vary", "Cookie")
		}, "200  Accept-Language,Cookie, Accept-Encoding", ""},
		{"web-144 named already", "", func(h *probe) { h.SetHeader("Vary", "accept-encoding") }, "200  accept-encoding", ""},
		{"web-144 204", "gzip", func(h *probe) { h.SetStatus(204) }, "204  Accept-Encoding", ""},
		{"a part of a resource", "gzip", func(h *probe) {
			h.SetStatus(206)
			h.WriteString(long)
		}, "206  Accept-Encoding", long},
		{"web-145 flushed", "gzip", func(h *probe) {
			h.WriteString("tiny")
			h.Flush().Await()
			h.WriteString(" thing")
			h.Flush().Await()
			h.WriteString(long)
		}, "200 gzip Accept-Encoding", "tiny thing" + long},
		{"web-145 flushed before anything", "gzip", func(h *probe) {
			h.Flush().Await()
			h.WriteString("tiny")
		}, "200 gzip Accept-Encoding", "tiny"},
		{"web-145 flushed and promised", "gzip", func(h *probe) {
			h.SetHeader("Content-Length", 6000)
			h.WriteString(long)
			h.Flush().Await()
		}, "200 gzip Accept-Encoding", long},
		{"error page", "gzip", func(h *probe) { panic(NewHTTPError(403)) }, "403  Accept-Encoding", strings.TrimPrefix(page("403 Forbidden"), "403 Forbidden / ")},
	} {
		for _, s := range []Settings{{CompressResponse: true}, {Transforms: []TransformClass{GZipContentEncoding(GZipOptions{Level: 1})}}} {
			keepLog(t)
			app := NewApplication([]URLSpec{URL("/", probe{do: func(h *probe) error { tt.do(h); return nil }})}, s)
			conn := fetch(t, app, "GET /\nAccept-Encoding: "+tt.accept)
			encoding := conn.header("Content-Encoding")
			if got := conn.status[:3] + " " + encoding + " " + strings.ReplaceAll(conn.header("Vary"), "|", ","); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
			}
			body := conn.body()
			if length := conn.header("Content-Length"); length != "" && length != strconv.Itoa(len(body)) {
				t.Errorf("%s: Content-Length %s of %d", tt.name, length, len(body))
			}
			if encoding == "gzip" {
				body = gunzipped(t, body)
			}
			if body != tt.plain {
				t.Errorf("%s: body %.80q, want %.80q", tt.name, body, tt.plain)
			}
		}
	}
}

func TestCompressedResponsesWithoutABody(t *testing.T) { // web-144, web-145
	long := strings.Repeat("hello ", 1000)
	app := NewApplication([]URLSpec{URL("/", probe{do: func(h *probe) error { return h.WriteString(long) }})}, Settings{CompressResponse: true})
	get := fetch(t, app, "GET /\nAccept-Encoding: gzip")
	head := fetch(t, app, "HEAD /\nAccept-Encoding: gzip")
	require.Equal(t, get.header("Content-Length"), head.header("Content-Length"))
	require.Equal(t, "gzip", head.header("Content-Encoding"))
	require.Empty(t, head.body())
	plain := fetch(t, app, "GET /")
	require.Equal(t, plain.header("Etag"), get.header("Etag"), "web-146: the Etag of the text before compression")
	same := fetch(t, app, "GET /\nAccept-Encoding: gzip\nIf-None-Match: "+get.header("Etag"))
	require.Equal(t, "304 Not Modified", same.status)
	require.Equal(t, "Accept-Encoding", same.header("Vary"))
	require.Equal(t, "", same.header("Content-Encoding"))
}

func TestEachFlushCanBeDecompressedWhenItArrives(t *testing.T) { // web-145
	app := NewApplication([]URLSpec{URL("/", probe{do: func(h *probe) error {
		h.WriteString("first")
		h.Flush().Await()
		h.WriteString("second")
		h.Flush().Await()
		return nil
	}})}, Settings{CompressResponse: true})
	conn := fetch(t, app, "GET /\nAccept-Encoding: gzip")
	require.Len(t, conn.chunks, 3)
	r, err := gzip.NewReader(strings.NewReader(conn.chunks[0]))
	require.NoError(t, err)
	p := make([]byte, 5)
	_, err = io.ReadFull(r, p)
	require.NoError(t, err)
	require.Equal(t, "first", string(p))
	require.Empty(t, conn.header("Content-Length"))
	require.Equal(t, "firstsecond", gunzipped(t, conn.body()))
}

func TestShortStaticFilesAreCompressed(t *testing.T) { // web-140
	root := staticRoot(t)
	for _, app := range []*Application{
		NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: root})}, Settings{CompressResponse: true}),
	} {
		conn := fetch(t, app, "GET /a.txt\nAccept-Encoding: gzip")
		require.Equal(t, "gzip", conn.header("Content-Encoding"))
		require.Empty(t, conn.header("Content-Length"))
		require.Equal(t, sha512Etag("hello"), conn.header("Etag"))
		require.Equal(t, "hello", gunzipped(t, conn.body()))
		large := fetch(t, app, "GET /large\nAccept-Encoding: gzip") // of no compressible type
		require.Equal(t, "160000", large.header("Content-Length"))
		part := fetch(t, app, "GET /a.txt\nAccept-Encoding: gzip\nRange: bytes=1-2")
		require.Equal(t, "el", part.body())
		require.Equal(t, "", part.header("Content-Encoding"))
	}
}

// A shout is a transform that changes the status, a header and every part.
type shout struct {
	notes *[]string
	path  string
}

func (s *shout) TransformFirstChunk(status int, headers *httputil.HTTPHeaders, chunk []byte, finishing bool) (int, []byte) {
	headers.Set("X-Path", s.path)
	headers.Del("Content-Length")
	if status == 200 {
		status = 203
	}
	return status, s.TransformChunk(chunk, finishing)
}

func (s *shout) TransformChunk(chunk []byte, finishing bool) []byte {
	*s.notes = append(*s.notes, strconv.Quote(string(chunk))+strconv.FormatBool(finishing))
	if finishing {
		return append(bytes.ToUpper(chunk), '!')
	}
	return bytes.ToUpper(chunk)
}

func TestAddTransform(t *testing.T) { // web-149
	for _, tt := range []struct {
		name        string
		method      string
		do          func(h *probe)
		want, notes string
	}{
		{"whole", "GET", func(h *probe) { h.WriteString("hello") }, "203 /x HELLO!", `"hello"true`},
		{"flushed", "GET", func(h *probe) {
			h.WriteString("a")
			h.Flush().Await()
			h.WriteString("b")
			h.Flush().Await()
			h.WriteString("c")
		}, "203 /x ABC!", `"a"false "b"false "c"true`},
		{"empty", "GET", func(h *probe) {}, "203 /x !", `""true`},
		{"HEAD", "HEAD", func(h *probe) { h.WriteString("hello") }, "203 /x ", `"hello"true`},
		{"error", "GET", func(h *probe) { panic(NewHTTPError(403)) }, "403 /x <HTML><TITLE>403: FORBIDDEN</TITLE><BODY>403: FORBIDDEN</BODY></HTML>!", `"<html><title>403: Forbidden</title><body>403: Forbidden</body></html>"true`},
		{"broken off", "GET", func(h *probe) {
			h.WriteString("a")
			h.Flush().Await()
			panic("oh")
		}, "203 /x A!", `"a"false ""true`},
	} {
		keepLog(t)
		var notes []string
		app := NewApplication([]URLSpec{URL("/x", probe{do: func(h *probe) error { tt.do(h); return nil }})}, Settings{})
		app.AddTransform(func(r *httputil.HTTPServerRequest) OutputTransform { return &shout{&notes, r.Path} })
		conn := fetch(t, app, tt.method+" /x")
		if got := conn.status[:3] + " " + conn.header("X-Path") + " " + conn.body(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
		if got := strings.Join(notes, " "); got != tt.notes {
			t.Errorf("%s: notes %s, want %s", tt.name, got, tt.notes)
		}
	}
}

func TestTransformsRunInTheirOrder(t *testing.T) { // web-147, web-149
	long := strings.Repeat("hello ", 1000)
	var notes []string
	app := NewApplication([]URLSpec{URL("/", probe{do: func(h *probe) error { return h.WriteString(long) }})},
		Settings{Transforms: []TransformClass{func(*httputil.HTTPServerRequest) OutputTransform { return &shout{&notes, ""} }}, CompressResponse: true})
	conn := fetch(t, app, "GET /\nAccept-Encoding: gzip")
	require.Equal(t, "", conn.header("Content-Encoding"), "Transforms stand in place of CompressResponse")
	app.AddTransform(GZipContentEncoding(GZipOptions{MinLength: 1}))
	conn = fetch(t, app, "GET /\nAccept-Encoding: gzip")
	require.Equal(t, "gzip", conn.header("Content-Encoding"))
	require.Equal(t, strings.ToUpper(long)+"!", gunzipped(t, conn.body()))
}

func TestGZipOptions(t *testing.T) { // web-147
	require.Equal(t, 6, GZipOptions{}.withDefaults().Level)
	for _, level := range []int{-1, 10} {
		require.PanicsWithValue(t, "web: GZipContentEncoding: level "+strconv.Itoa(level)+": use 1 to 9", func() { GZipContentEncoding(GZipOptions{Level: level}) })
	}
	app := NewApplication([]URLSpec{URL("/", probe{do: func(h *probe) error {
		h.SetHeader("Content-Type", "application/wasm")
		return h.WriteString("0123456789")
	}})}, Settings{Transforms: []TransformClass{GZipContentEncoding(GZipOptions{MinLength: 10, ContentTypes: []string{"application/wasm"}})}})
	require.Equal(t, "0123456789", gunzipped(t, fetch(t, app, "GET /\nAccept-Encoding: gzip").body()))
}

// A connection keeps a large part until it is sent, while the next part is compressed.
func TestLargeCompressedPartsAreNotOverwritten(t *testing.T) {
	request := &httputil.HTTPServerRequest{}
	request.Headers.Set("Accept-Encoding", "gzip")
	transform := GZipContentEncoding(GZipOptions{})(request)
	var headers httputil.HTTPHeaders
	headers.Set("Content-Type", "text/plain")
	random := make([]byte, 100_000)
	rand.NewChaCha8([32]byte{}).Read(random)
	_, first := transform.TransformFirstChunk(200, &headers, random, false)
	before := string(first)
	require.Greater(t, len(before), maxKeptBody)
	rest := transform.TransformChunk(random[:50_000], true)
	require.True(t, before == string(first), "overwritten")
	require.True(t, string(random)+string(random[:50_000]) == gunzipped(t, before+string(rest)))
}

// Compressors are reused. The output of one response must not reach another response, even
// while the connection still keeps it.
func TestConcurrentCompressedResponses(t *testing.T) {
	app := NewApplication([]URLSpec{URL("/(.*)", probe{do: func(h *probe) error {
		for range 3 {
			h.WriteString(strings.Repeat(noise(h.PathArgs()[0]), 2000))
			h.Flush().Await()
		}
		return h.WriteString(h.PathArgs()[0])
	}})}, Settings{CompressResponse: true})
	addr := listen(t, app)
	responses := make(chan string, 20)
	for i := range 20 {
		go func() {
			name := strconv.Itoa(i)
			res, err := http.Get("http://" + addr + "/" + name)
			if err != nil {
				responses <- err.Error()
				return
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if want := strings.Repeat(noise(name), 6000) + name; err != nil || string(body) != want || !res.Uncompressed {
				responses <- name + " is wrong"
				return
			}
			responses <- ""
		}()
	}
	for range 20 {
		require.Empty(t, <-responses)
	}
}

func noise(name string) string { return "some " + name + " text " }

func FuzzAcceptsEncoding(f *testing.F) {
	for header, want := range map[string]bool{
		"gzip": true, "": false, "GZip": true, "x-gzip": true, "gzip;q=0": false, "gzip; q=0.000": false, "gzip ; Q=1": true, "br,gzip;q=.5": true,
		"gzipped": false, "*": false, "gzip;level=1": true, "gzip;q=x": false, "gzip;q=0, gzip": false,
	} {
		f.Add(header)
		if got := acceptsEncoding(header, "gzip"); got != want {
			f.Errorf("%q: %v, want %v", header, got, want)
		}
	}
	f.Fuzz(func(t *testing.T, header string) {
		accepted := acceptsEncoding(header, "gzip")
		if accepted && !strings.Contains(strings.ToLower(header), "gzip") {
			t.Errorf("%q does not name it", header)
		}
		if strings.Contains(header, ",") {
			return
		}
		if acceptsEncoding("br;q=0.1, "+header+" , deflate", "gzip") != accepted {
			t.Errorf("%q: others in the list matter", header)
		}
	})
}

func BenchmarkGzipLifecycle(b *testing.B) {
	text := strings.Repeat(`{"id": 12345, "name": "a user"},`, 480)
	app := NewApplication([]URLSpec{URL("/", compressedPage{text: text})}, Settings{CompressResponse: true})
	benchmarkLifecycleWith(b, app, "/", httputil.Field{Name: "Accept-Encoding", Value: "gzip"})
}

type compressedPage struct {
	RequestHandler
	text string
}

func (h *compressedPage) Get(args ...string) error { return h.WriteString(h.text) }
