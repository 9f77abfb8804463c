package web_test

import (
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/web"
)

type judgedExtra struct{ web.StaticFileHandler }

func (h *judgedExtra) SetExtraHeaders(path string) {
	h.SetHeader("X-Path", path)
	h.AddHeader("Vary", "Cookie")
}

func (h *judgedExtra) GetCacheTime(string, time.Time, string) time.Duration { return 0 }

type judgedRow struct{ web.StaticFileHandler }

var judgedRows = map[string]string{"/rows:one": "the first row", "/rows:two": "", "/rows:big": strings.Repeat("0123456789", 10000)}

func (h *judgedRow) GetAbsolutePath(root, path string) string { return root + ":" + path }

func (h *judgedRow) ValidateAbsolutePath(_, path string) (string, error) {
	if _, ok := judgedRows[path]; !ok {
		return "", web.NewHTTPError(404)
	}
	return path, nil
}

func (h *judgedRow) GetContent(path string, start, end int64) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(judgedRows[path][start:end])), nil
}

func (h *judgedRow) GetContentSize() (int64, error) {
	return int64(len(judgedRows[h.AbsolutePath()])), nil
}

func (h *judgedRow) GetModifiedTime() (time.Time, error) { return time.Unix(1_000_000_000, 0), nil }

func (h *judgedRow) GetContentType() string { return "text/row" }

type judgedUntyped struct{ web.StaticFileHandler }

func (h *judgedUntyped) GetContentType() string { return "" }
func (h *judgedUntyped) ComputeEtag() string    { return "" }

type judgedParsed struct{ web.StaticFileHandler }

func (h *judgedParsed) ParseURLPath(path string) string {
	return strings.NewReplacer("-", "/", "_txt", ".txt").Replace(path)
}

type judgedAlways struct{ web.StaticFileHandler }

func (h *judgedAlways) ShouldReturn304() bool { return true }

type judgedURL struct {
	web.RequestHandler
	host bool
}

func (h *judgedURL) Get(args ...string) error {
	h.SetIncludeHost(h.host)
	options := []web.StaticURLOption{web.IncludeVersion(h.GetArgument("version", "yes") == "yes")}
	if host := h.GetArgument("host", ""); host != "" {
		options = append(options, web.IncludeHost(host == "yes"))
	}
	return h.WriteString(h.StaticURL(args[0], options...))
}

type judgedPage struct {
	judged
	computes bool
}

func (h *judgedPage) ComputeEtag() string {
	if h.computes {
		return h.GetArgument("computed", "")
	}
	return h.judged.ComputeEtag()
}

func judgedText(h *judged, _ []string) error {
	q := h.Request().QueryArguments()
	for _, f := range [][2]string{{"etag", "Etag"}, {"vary", "Vary"}, {"type", "Content-Type"}, {"encoding", "Content-Encoding"}, {"length", "Content-Length"}} {
		if values := q[f[0]]; values != nil {
			h.SetHeader(f[1], values[0])
		}
	}
	var status, size int
	for name, to := range map[string]*int{"status": &status, "size": &size} {
		value := map[string]string{"status": "200", "size": "5"}[name]
		if values := q[name]; values != nil {
			value = values[0]
		}
		for _, digit := range value {
			*to = 10**to + int(digit-'0')
		}
	}
	h.SetStatus(status)
	return h.WriteString(strings.Repeat("x", size))
}

func judgedFlushed(h *judged, _ []string) error {
	h.SetHeader("Content-Type", h.GetArgument("type", "text/plain"))
	if length := h.GetArgument("length", ""); length != "" {
		h.SetHeader("Content-Length", length)
	}
	return judgedParts(h, strings.Split(h.GetArgument("parts"), ","))
}

type judgedShout struct{ path string }

func (s *judgedShout) TransformFirstChunk(status int, headers *httputil.HTTPHeaders, chunk []byte, finishing bool) (int, []byte) {
	headers.Set("X-Path", s.path)
	if status == 200 {
		status = 203
	}
	return status, s.TransformChunk(chunk, finishing)
}

func (s *judgedShout) TransformChunk(chunk []byte, _ bool) []byte {
	return []byte(strings.ToUpper(string(chunk)))
}

// staticServers returns the servers of testdata/judge_static.py.
func staticServers(root string) map[string]judgeServer {
	static := web.StaticFileHandler{Path: root}
	index := web.StaticFileHandler{Path: root, DefaultFilename: "index.html"}
	page := judged{do: judgedText, only: "get head post put"}
	pages := []web.URLSpec{
		web.URL("/page", judgedPage{judged: page}),
		web.URL("/computed", judgedPage{judged: page, computes: true}),
		web.URL("/checked", judged{only: "get", do: func(h *judged, _ []string) error {
			if h.SetHeader("Etag", `"checked"`); h.CheckEtagHeader() {
				h.SetStatus(304)
				return nil
			}
			return h.WriteString("fresh")
		}}),
		web.URL("/setetag", judged{only: "get", do: func(h *judged, _ []string) error {
			h.WriteString("half")
			h.SetEtagHeader()
			return h.WriteString("whole")
		}}),
		web.URL("/flushed", judged{do: judgedFlushed, only: "get head"}),
	}
	routes := append([]web.URLSpec{
		web.URL(`/s/(.*)`, static),
		web.URL(`/named/(?P<path>.*)`, static),
		web.URL(`/d/(.*)`, index),
		web.URL(`/e()`, index),
		web.URL(`/x/(.*)`, judgedExtra{static}),
		web.URL(`/row/(.*)`, judgedRow{web.StaticFileHandler{Path: "/rows"}}),
		web.URL(`/untyped/(.*)`, judgedUntyped{static}),
		web.URL(`/parsed/(.*)`, judgedParsed{static}),
		web.URL(`/always/(.*)`, judgedAlways{static}),
		web.URL(`/url/(.*)`, judgedURL{}),
		web.URL(`/hosturl/(.*)`, judgedURL{host: true}),
		web.URL(`(/root/.*)`, static),
		web.URL(`/(/.*)`, index),
	}, pages...)
	shout := web.NewApplication(append([]web.URLSpec{web.URL(`/s/(.*)`, static)}, pages...), web.Settings{})
	shout.AddTransform(func(r *httputil.HTTPServerRequest) web.OutputTransform { return &judgedShout{r.Path} })
	return map[string]judgeServer{
		"": {app: web.NewApplication(routes, web.Settings{StaticPath: root})},
		"prefix": {app: web.NewApplication(nil, web.Settings{StaticPath: root, StaticURLPrefix: "/f.s/",
			StaticHandlerClass: web.Class(web.StaticFileHandler{DefaultFilename: "index.html"})})},
		"gzip":  {app: web.NewApplication(routes, web.Settings{StaticPath: root, CompressResponse: true})},
		"shout": {app: shout},
	}
}

// judgeRoot returns a directory that both servers serve.
func judgeRoot(t *testing.T) string {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for name, text := range map[string]string{
		"root/a.txt": "abcdefghijklmnopqrstuvwxyz", "root/empty.txt": "", "root/index.html": "<p>index", "root/sub/index.html": "<p>sub",
		"root/sub/b.css": "body{}", "root/nothing/else.txt": "x", "root/robots.txt": "robots", "root/favicon.ico": "icon",
		"root/a.txt.gz": "GZ", "root/a.tar.bz2": "BZ", "root/unknown.qqq": "?", "root/noext": "?", "root/p.png": "png", "root/s.svg": "<svg/>",
		"root/large.bin": strings.Repeat("0123456789abcdef", 20_000), "root/large.txt": strings.Repeat("text ", 30_000),
		"root/é b.txt": "name", "root2/c.txt": "sibling", "d.txt": "parent",
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		require.NoError(t, os.Chtimes(path, time.Time{}, time.Unix(1_000_000_000, 700_000_000)))
	}
	root := filepath.Join(dir, "root")
	require.NoError(t, syscall.Mkfifo(filepath.Join(root, "fifo"), 0o644))
	require.NoError(t, os.Symlink("a.txt", filepath.Join(root, "link.txt")))
	require.NoError(t, os.Symlink("../d.txt", filepath.Join(root, "out.txt")))
	require.NoError(t, os.Symlink("gone", filepath.Join(root, "dangling")))
	return root
}

// aEtag is the Etag of a.txt.
const aEtag = `"4dbff86cc2ca1bae1e16468a05cb9881c97f1753bce3619034898faa1aabe429955a1bf8ec483d7421fe3c1646613a59ed5441fb0f321389f77f48a879c7b1f1"`

func judgeStaticCases(root string) (cases []judgeCase) {
	get := func(name, target string, headers ...string) {
		cases = append(cases, judgeCase{name, judgeGet(target, headers...), ""})
	}
	differs := func(row, name, target string, headers ...string) {
		cases = append(cases, judgeCase{name, judgeGet(target, headers...), row})
	}
	head := func(name, target string, headers ...string) {
		cases = append(cases, judgeCase{name, judgeRequest("HEAD", target, headers, ""), ""})
	}
	for _, path := range []string{"a.txt", "empty.txt", "index.html", "sub/b.css", "sub/../a.txt", "./a.txt", "sub//b.css", "%61.txt",
		"%C3%A9%20b.txt", "a.txt/", "a.txt.gz", "a.tar.bz2", "noext", "p.png", "s.svg", "unknown.qqq", "link.txt"} {
		get("web-124, web-126, web-138 "+path, "/s/"+path)
		head("web-137 HEAD "+path, "/s/"+path)
	}
	for _, path := range []string{"", "..", "../d.txt", "../root2/c.txt", "%2e%2e/d.txt", "..%2fd.txt", "sub/../../d.txt", "/etc/passwd", "sub", "sub/",
		"fifo", "none", "none/x", "a.txt/x", "a%00.txt", "dangling", strings.Repeat("x", 300)} {
		get("web-127, web-128 "+path[:min(20, len(path))], "/s/"+path)
	}
	get("web-128 bad UTF-8", "/s/%E9")
	cases = append(cases, judgeCase{"web-128 POST", judgePost("/s/a.txt", "text/plain", "x"), ""},
		judgeCase{"web-128 OPTIONS", judgeRequest("OPTIONS", "/s/a.txt", nil, ""), ""})
	get("web-127 root in the group", "/root/a.txt")
	get("web-66 a named group", "/named/a.txt")
	get("web-66 a named group, nothing there", "/named/none")
	for _, value := range []string{"bytes=0-9", "bytes=3-4", "bytes=0-0", "bytes=25-25", "bytes=20-", "bytes=-3", "bytes=0-25", "bytes=0-", "bytes=0-1000",
		"bytes=24-1000", "bytes=24-26", "bytes=-26", "bytes=-1000", "bytes=-0", "bytes=26-", "bytes=26-30", "bytes=30-40", "bytes=5-3", "bytes=0-1,4-5",
		"pages=0-1", "bytes=a-b", "bytes=5", "bytes=", "bytes", "bytes=-", "bytes = 0-1", "bytes=0 - 1", "bytes=0-1;x", "Bytes=0-1"} {
		get("web-133 … web-136 Range "+value, "/s/a.txt", "Range: "+value)
		head("web-137 HEAD Range "+value, "/s/a.txt", "Range: "+value)
	}
	get("web-135 Range of nothing", "/s/empty.txt", "Range: bytes=0-")
	get("web-133 Range across parts", "/s/large.bin", "Range: bytes=65530-131080")
	get("web-133 Range across many parts", "/s/large.bin", "Range: bytes=1-319998")
	get("web-139 large", "/s/large.bin")
	get("web-137 and If-None-Match", "/s/a.txt", "Range: bytes=0-9", "If-None-Match: "+aEtag)
	differs("If-Range is ignored: 200 open", "If-Range", "/s/a.txt", "Range: bytes=0-9", `If-Range: "other"`)
	get("If-Range, the same", "/s/a.txt", "Range: bytes=0-9", "If-Range: "+aEtag)
	for _, value := range []string{aEtag, "W/" + aEtag, `"x", ` + aEtag, `"x"`, "*", "x", aEtag[1 : len(aEtag)-1], `"x",*`, ""} {
		get("web-130, web-132 If-None-Match "+value[:min(12, len(value))], "/s/a.txt", "If-None-Match: "+value)
		get("web-130 both "+value[:min(12, len(value))], "/s/a.txt", "If-None-Match: "+value, "If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT")
	}
	for _, value := range []string{"Sun, 09 Sep 2001 01:46:40 GMT", "Sun, 09 Sep 2001 01:46:39 GMT", "Sun, 09 Sep 2001 01:46:41 GMT", "Sun Sep  9 01:46:40 2001",
		"Fri, 09 Sep 1960 01:46:39 GMT", "yesterday", "1000000000", "", "Sun, 09 Sep 2001 01:46:40 +0000", "sun, 09 sep 2001 01:46:40 gmt",
		"Mon, 09 Sep 2001 01:46:40 GMT", "Sun, 09 Sep 2001 01:46:40", "09 Sep 2001 01:46:40", "Sun,09 Sep 2001 01:46:40 GMT", "Sun, 9 Sep 01 1:46:40 GMT",
		"Sunday, 09-Sep-01 01:46:40 GMT", "Sep 9 2001 01:46:40", "Sun, 09 Sep 2001 01:46 GMT"} {
		get("web-130 If-Modified-Since "+value, "/s/a.txt", "If-Modified-Since: "+value)
	}
	differs("6.5: 200 open", "web-130 If-Modified-Since in a zone", "/s/a.txt", "If-Modified-Since: Sun, 09 Sep 2001 01:46:40 +0200")
	differs("6.5: 304 open", "web-130 If-Modified-Since in another zone", "/s/a.txt", "If-Modified-Since: Sun, 09 Sep 2001 00:46:40 -0100")
	for _, path := range []string{"/d/", "/d/sub/", "/d/sub", "/d/sub?q=1", "/d/nothing/", "/d/nothing", "/d/a.txt", "/e", "/d/..", "/d//", "/d/sub/.", "//d/sub", "/d/%73ub"} {
		get("web-129 "+path, path)
	}
	head("web-129 HEAD", "/d/sub")
	get("web-129 another host", "//evil.example/.."+root+"/sub")
	get("web-125 v", "/s/a.txt?v=1")
	get("web-125 v and more", "/s/a.txt?a=b&v=")
	get("web-125 no v", "/s/a.txt?w=1")
	get("web-125, web-132 v and 304", "/s/a.txt?v=1", "If-None-Match: "+aEtag)
	get("web-125 v and 416", "/s/a.txt?v=1", "Range: bytes=99-")
	for _, path := range []string{"/static/a.txt", "/static/sub/b.css", "/static/", "/static", "/robots.txt", "/favicon.ico", "/robots_txt", "/static/../d.txt"} {
		get("web-141 "+path, path)
	}
	for _, path := range []string{"a.txt", "none.txt", "sub/b.css", "empty.txt", "a%20b"} {
		get("web-122 URL "+path, "/url/"+path)
	}
	for _, query := range []string{"host=yes", "host=no", "version=no", "host=yes&version=no"} {
		get("web-123 "+query, "/url/a.txt?"+query)
		get("web-123 of the host "+query, "/hosturl/a.txt?"+query)
	}
	get("web-142 extra headers", "/x/a.txt?v=1")
	get("web-142 extra headers and 304", "/x/a.txt", "If-None-Match: *")
	for _, target := range []string{"/row/one", "/row/two", "/row/three", "/row/one?v=1", "/row/big"} {
		get("web-142 "+target, target)
		head("web-142 HEAD "+target, target)
	}
	get("web-142 a range of a row", "/row/one", "Range: bytes=4-8")
	get("web-142 conditional", "/row/one", "If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT")
	get("web-142 neither type nor Etag", "/untyped/a.txt")
	get("web-142 neither, If-None-Match", "/untyped/a.txt", "If-None-Match: *")
	get("web-142 another path", "/parsed/sub-..-a_txt")
	get("web-142 always 304", "/always/a.txt")
	get("web-142 always 304, part", "/always/a.txt", "Range: bytes=0-1")
	return cases
}

// fiveEtag is the Etag of five x.
const fiveEtag = `"9addbf544119efa4a64223b649750a510f0d463f"`

func judgeEtagCases() (cases []judgeCase) {
	get := func(name, target string, headers ...string) {
		cases = append(cases, judgeCase{name, judgeGet(target, headers...), ""})
	}
	for _, value := range []string{fiveEtag, "W/" + fiveEtag, `"a", "b", ` + fiveEtag, `"a",` + fiveEtag + `,"b"`, `"a"` + fiveEtag, `"a"`, "*", `*, "a"`, `"a", *`, " * ",
		fiveEtag[1:10], fiveEtag[:20], `w/` + fiveEtag, `x"a"`, `"`, `""`} {
		get("web-41, web-42 "+value, "/page", "If-None-Match: "+value)
		cases = append(cases, judgeCase{"web-40 HEAD " + value, judgeRequest("HEAD", "/page", []string{"If-None-Match: " + value}, ""), ""})
	}
	for _, method := range []string{"POST", "PUT"} {
		cases = append(cases, judgeCase{"web-40 " + method, judgeRequest(method, "/page", []string{"If-None-Match: *", "Content-Length: 0"}, ""), ""})
	}
	for _, status := range []string{"201", "203", "404", "304", "204"} {
		get("web-40 status "+status, "/page?size=0&status="+status, "If-None-Match: *")
	}
	get("web-40 flushed", "/flushed?parts=a,b", "If-None-Match: *")
	get("web-40 empty", "/page?size=0")
	get("web-40 large", "/page?size=100000")
	get("web-41 two lines", "/page", `If-None-Match: "a"`, "If-None-Match: "+fiveEtag)
	for _, etag := range []string{`"mine"`, `W/"mine"`, "mine"} {
		get("web-44 own "+etag, "/page?etag="+url.QueryEscape(etag), `If-None-Match: "mine"`)
		get("web-42 computed "+etag, "/computed?computed="+url.QueryEscape(etag), `If-None-Match: "mine"`)
	}
	get("web-42 computed none", "/computed", "If-None-Match: *")
	for _, value := range []string{`"checked"`, `W/"checked"`, `"x"`, "*", ""} {
		get("web-42 checked "+value, "/checked", "If-None-Match: "+value)
	}
	get("web-44 set half-way", "/setetag")
	get("web-44 set half-way, If-None-Match", "/setetag", "If-None-Match: *")
	return cases
}

func judgeGzipCases() (cases []judgeCase) {
	get := func(name, target string, headers ...string) {
		cases = append(cases, judgeCase{name, judgeGet(target, headers...), ""})
	}
	const gzip = "Accept-Encoding: gzip, deflate"
	for _, size := range []string{"0", "1023", "1024", "5000", "100000"} {
		get("web-143, web-145 size "+size, "/page?size="+size, gzip)
		cases = append(cases, judgeCase{"web-143, web-145 HEAD, size " + size, judgeRequest("HEAD", "/page?size="+size, []string{gzip}, ""), ""})
	}
	for _, kind := range []string{"text/plain", "text/css; charset=utf-8", "text/", "application/javascript", "application/x-javascript", "application/xml", "application/atom+xml",
		"application/json", "application/json; charset=UTF-8", "application/xhtml+xml", "image/svg+xml", "image/png", "application/octet-stream", "Text/HTML", "application/wasm", ""} {
		get("web-143 type "+kind, "/page?size=2000&type="+url.QueryEscape(kind), gzip)
	}
	for _, accept := range []string{"gzip", "deflate, gzip;q=1.0", "br", "", "identity", "x-gzip", "*", "gzip;q=0.1"} {
		get("web-143 accepts "+accept, "/page?size=2000", "Accept-Encoding: "+accept)
	}
	cases = append(cases, judgeCase{"web-143 refuses", judgeGet("/page?size=2000", "Accept-Encoding: gzip;q=0"), "compressed for every client that names `gzip`: 200 open"})
	cases = append(cases, judgeCase{"web-133 a part", judgeGet("/s/large.txt", gzip, "Range: bytes=0-99999"), "with gzip on, a part is compressed too: 206 open"})
	get("web-144 Vary", "/page?size=2000&vary=Cookie", gzip)
	get("web-144 Vary, not accepted", "/page?size=2000&vary=Cookie")
	get("web-144 304", "/page", gzip, "If-None-Match: "+fiveEtag)
	get("web-144 204", "/page?size=0&status=204", gzip)
	get("web-144 404", "/none", gzip)
	get("web-143 encoded already", "/page?size=2000&encoding=br", gzip)
	get("web-146 Etag", "/page?size=2000&etag=%22mine%22", gzip)
	get("web-145 the length was given", "/page?size=2000&length=2000", gzip)
	get("web-145 flushed", "/flushed?parts=a,b,c", gzip)
	get("web-145 flushed, not accepted", "/flushed?parts=a,b,c")
	get("web-145 flushed, length given", "/flushed?parts=a,b,c&length=3", gzip)
	get("web-145 flushed, not compressible", "/flushed?parts=a,b,c&length=3&type=image/png", gzip)
	get("web-140 short file", "/s/a.txt", gzip)
	get("web-140 large file", "/s/large.txt", gzip)
	get("web-140 large file, not compressible", "/s/large.bin", gzip)
	get("web-140 empty file", "/s/empty.txt", gzip)
	get("web-140 not accepted", "/s/a.txt")
	get("web-140 304", "/s/a.txt", gzip, "If-None-Match: "+aEtag)
	get("web-140 416", "/s/a.txt", gzip, "Range: bytes=99-")
	cases = append(cases, judgeCase{"web-140 HEAD", judgeRequest("HEAD", "/s/a.txt", []string{gzip}, ""), ""})
	return cases
}

func judgeShoutCases() (cases []judgeCase) {
	for _, target := range []string{"/page", "/page?status=404", "/page?size=0&status=204", "/page?size=20000", "/flushed?parts=a,b", "/s/a.txt", "/s/large.txt", "/none", "/s/none"} {
		differs := ""
		if !strings.Contains(target, "none") && !strings.Contains(target, "status") {
			differs = "a transform that changes the status leaves the reason: 203 open"
		}
		cases = append(cases, judgeCase{"web-149 " + target, judgeGet(target), differs},
			judgeCase{"web-149 HEAD " + target, judgeRequest("HEAD", target, nil, ""), differs})
	}
	return append(cases, judgeCase{"web-149 304", judgeGet("/page", "If-None-Match: *"), ""})
}

// These parts of responses are masked. Expires depends on the second. Compressed bytes and
// their length depend on the compressor; TestGZipContentEncoding checks the decompressed text.
var (
	judgeExpires    = regexp.MustCompile(`Expires: [^\r]*`)
	judgeCompressed = regexp.MustCompile(`Content-Length: \d+|(?s:([0-9a-f]+\r\n)?\x1f.*)`)
)

func TestJudgeStatic(t *testing.T) {
	root := judgeRoot(t)
	t.Setenv("JUDGE_STATIC_ROOT", root)
	j := newJudge(t, "static", staticServers(root))
	j.mask = judgeExpires
	static, etags, gzip, shout := judgeStaticCases(root), judgeEtagCases(), judgeGzipCases(), judgeShoutCases()
	require.Greater(t, len(static)+len(etags)+len(gzip)+len(shout), 300)
	j.run(t, "", static)
	j.run(t, "", etags)
	j.run(t, "shout", shout)
	var prefixed []judgeCase
	for _, path := range []string{"/f.s/a.txt", "/fxs/a.txt", "/f.s/sub/", "/f.s/sub", "/f.s", "/static/a.txt", "/robots.txt"} {
		prefixed = append(prefixed, judgeCase{"web-141 " + path, judgeGet(path), ""})
	}
	j.run(t, "prefix", prefixed)
	j.mask = judgeCompressed
	j.run(t, "gzip", gzip)
}
