package web

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// staticRoot returns a directory with files. Next to it is a directory whose name begins
// with the same text.
func staticRoot(t *testing.T) string {
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	for name, text := range map[string]string{
		"root/a.txt": "hello", "root/empty": "", "root/sub/b.html": "<p>", "root2/c.txt": "secret", "d.txt": "secret", "root/é.txt": "e",
		"root/large": strings.Repeat("0123456789abcdef", 10_000),
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
		require.NoError(t, os.Chtimes(path, time.Time{}, time.Unix(1_000_000_000, 500_000_000)))
	}
	require.NoError(t, syscall.Mkfifo(filepath.Join(root, "fifo"), 0o666))
	return root
}

func TestStaticFiles(t *testing.T) {
	root := staticRoot(t)
	fromPath := NewApplication([]URLSpec{URL("/s/(.*)", StaticFileHandler{Path: root})}, Settings{})
	fromFS := NewApplication([]URLSpec{URL("/s/{path:.*}", StaticFileHandler{FS: os.DirFS(root)})}, Settings{})
	const (
		modified = "Accept-Ranges: bytes / Last-Modified: Sun, 09 Sep 2001 01:46:40 GMT"
		hello    = "200 OK / Content-Type: text/plain / " + modified + " / hello"
	)
	for _, tt := range []struct{ name, request, want string }{
		{"file", "GET /s/a.txt", hello},
		{"HEAD", "HEAD /s/a.txt", strings.TrimSuffix(hello, "hello")},
		{"below", "GET /s/sub/b.html", "200 OK / " + modified + " / <p>"},
		{"empty", "GET /s/empty", "200 OK / Content-Type: application/octet-stream / " + modified + " / "},
		{"within", "GET /s/sub/../a.txt", hello},
		{"encoded", "GET /s/%61.txt", hello},
		{"name that is not ASCII", "GET /s/%C3%A9.txt", strings.TrimSuffix(hello, "hello") + "e"},
		{"web-127 parent", "GET /s/../d.txt", page("403 Forbidden")},
		{"web-127 sibling with the same prefix", "GET /s/../root2/c.txt", page("403 Forbidden")},
		{"web-127 encoded parent", "GET /s/%2e%2e%2fd.txt", page("403 Forbidden")},
		{"web-127 deep", "GET /s/sub/../../d.txt", page("403 Forbidden")},
		{"web-127 the parent itself", "GET /s/..", page("403 Forbidden")},
		{"web-127 absolute", "GET /s//etc/passwd", page("403 Forbidden")},
		{"web-128 missing", "GET /s/none", page("404 Not Found")},
		{"web-128 below a file", "GET /s/a.txt/b", page("404 Not Found")},
		{"web-128 directory", "GET /s/sub", page("403 Forbidden")},
		{"web-128 root", "GET /s/", page("403 Forbidden")},
		{"web-128 special file", "GET /s/fifo", page("403 Forbidden")},
		{"web-128 NUL", "GET /s/a%00.txt", page("404 Not Found")},
		{"web-128 bad UTF-8", "GET /s/%E9", page("400 Bad Request")},
		{"web-128 POST", "POST /s/a.txt", page("405 Method Not Allowed")},
		{"web-130 not modified", "GET /s/a.txt\nIf-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT", "304 Not Modified / " + modified + " / "},
		{"web-130 HEAD", "HEAD /s/a.txt\nIf-Modified-Since: Sun, 09 Sep 2001 01:46:41 GMT", "304 Not Modified / " + modified + " / "},
		{"web-130 modified", "GET /s/a.txt\nIf-Modified-Since: Sun, 09 Sep 2001 01:46:39 GMT", hello},
		{"web-130 before 1970", "GET /s/a.txt\nIf-Modified-Since: Fri, 09 Sep 1960 01:46:39 GMT", hello},
		{"web-130 no date", "GET /s/a.txt\nIf-Modified-Since: yesterday", hello},
		{"web-130 If-None-Match decides", "GET /s/a.txt\nIf-None-Match: \"x\"\nIf-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT", hello},
	} {
		for _, app := range []*Application{fromPath, fromFS} {
			keepLog(t)
			if got := fetch(t, app, tt.request).String(); got != tt.want {
				t.Errorf("%s: %s:\ngot  %s\nwant %s", tt.name, tt.request, got, tt.want)
			}
		}
	}
}

func TestAStaticPatternWithoutAGroup(t *testing.T) {
	book := keepLog(t)
	app := NewApplication([]URLSpec{URL("/.*", StaticFileHandler{Path: staticRoot(t)})}, Settings{})
	if got := fetch(t, app, "GET /a.txt").String(); got != errorPage500 {
		t.Error(got)
	}
	require.Contains(t, book.without("access"), errNoPathGroup.Error())
	named := NewApplication([]URLSpec{URL("/{path:.*}", StaticFileHandler{Path: staticRoot(t)})}, Settings{})
	require.Equal(t, "200 OK", fetch(t, named, "GET /a.txt").status)
}

func TestStaticFilesAreSentInParts(t *testing.T) { // web-139
	keepLog(t)
	conn := fetch(t, NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: staticRoot(t)})}, Settings{}), "GET /large")
	var sizes []int
	for _, chunk := range conn.chunks {
		sizes = append(sizes, len(chunk))
	}
	require.Equal(t, []int{65536, 65536, 28928}, sizes)
	require.Equal(t, "160000", conn.header("Content-Length"))
	require.Equal(t, strings.Repeat("0123456789abcdef", 10_000), conn.body())
}

func TestAClientThatLeavesEndsAFileQuietly(t *testing.T) { // web-139
	book := keepLog(t)
	conn := &fakeConn{flushError: errors.New("gone")}
	app := NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: staticRoot(t)})}, Settings{})
	looptest.RunNew(t, func(loop *ioloop.IOLoop) {
		conn.loop = loop
		request(t, app, conn, "GET /large").Finish()
	})
	if len(conn.chunks) != 1 || len(book.records) != 1 {
		t.Errorf("%d chunks, log %q", len(conn.chunks), book.records)
	}
}

// A countingFS counts its open files.
type countingFS struct {
	fs.FS
	open *int
}

type countedFile struct {
	fs.File
	open *int
}

func (f countingFS) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	*f.open++
	return countedFile{file, f.open}, err
}

func (f countedFile) Close() error {
	*f.open--
	return f.File.Close()
}

func TestStaticFilesAreClosed(t *testing.T) {
	keepLog(t)
	open := 0
	app := NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{FS: countingFS{os.DirFS(staticRoot(t)), &open}})}, Settings{})
	for _, text := range []string{"GET /a.txt", "HEAD /a.txt", "GET /large", "GET /sub", "GET /a.txt\nIf-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT"} {
		if fetch(t, app, text); open != 0 {
			t.Fatalf("%s leaves %d files open", text, open)
		}
	}
}

func TestStaticFilesWithoutATime(t *testing.T) {
	keepLog(t)
	app := NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{FS: fstest.MapFS{"a.txt": {Data: []byte("x")}}})}, Settings{})
	conn := fetch(t, app, "GET /a.txt\nIf-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT")
	if got := conn.String(); got != "200 OK / Content-Type: text/plain / Accept-Ranges: bytes / x" {
		t.Error(got)
	}
}
