package web

import (
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

func sha512Etag(text string) string { return fmt.Sprintf(`"%x"`, sha512.Sum512([]byte(text))) }

// writeFile writes a file with a modification time in the past.
func writeFile(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(name, []byte(text), 0o666))
	require.NoError(t, os.Chtimes(name, time.Time{}, time.Unix(1_000_000_000, 500_000_000)))
}

// A mistypedStatic has a method with the name of a hook and another signature.
type mistypedStatic struct{ StaticFileHandler }

func (h *mistypedStatic) GetContentVersion(path []byte) string { return "" }

// A versioned handler counts how often a version is computed.
type versioned struct {
	StaticFileHandler
	count *int
}

func (h *versioned) GetContentVersion(path string) (string, error) {
	*h.count++
	return h.StaticFileHandler.GetContentVersion(path)
}

func TestAVersionIsComputedOncePerContent(t *testing.T) { // web-122, web-124
	root, count := staticRoot(t), 0
	name := root + "/v.txt"
	writeFile(t, name, "first")
	handler := versioned{StaticFileHandler{Path: root}, &count}
	app := NewApplication([]URLSpec{URL("/(.*)", handler)}, Settings{})
	for _, step := range []struct {
		what string
		do   func()
		text string
		want int // versions worked out so far
	}{
		{"first request", func() {}, "first", 1},
		{"again", func() {}, "first", 1},
		{"another size", func() { writeFile(t, name, "second!") }, "second!", 2},
		{"the same size and time", func() { writeFile(t, name, "unseen!") }, "unseen!", 2},
		{"another time", func() { require.NoError(t, os.Chtimes(name, time.Time{}, time.Unix(1_000_000_001, 0))) }, "unseen!", 3},
		{"changed just now", func() { require.NoError(t, os.Chtimes(name, time.Time{}, time.Now())) }, "unseen!", 4},
		{"which is not remembered", func() {}, "unseen!", 5},
		{"nor is the near future", func() { require.NoError(t, os.Chtimes(name, time.Time{}, time.Now().Add(time.Second/2))) }, "unseen!", 6},
		{"but the far one is", func() { require.NoError(t, os.Chtimes(name, time.Time{}, time.Now().Add(time.Hour))) }, "unseen!", 7},
		{"yes", func() {}, "unseen!", 7},
	} {
		step.do()
		conn := fetch(t, app, "GET /v.txt")
		if conn.body() != step.text || count != step.want {
			t.Errorf("%s: %q, %d versions, want %q, %d", step.what, conn.body(), count, step.text, step.want)
		}
		if etag := conn.header("Etag"); etag != sha512Etag(step.text) && step.what != "the same size and time" {
			t.Errorf("%s: Etag %s", step.what, etag)
		}
	}
}

func TestNoStaticHashCache(t *testing.T) {
	for name, s := range map[string]Settings{"setting": {NoStaticHashCache: true}, "debug": {Debug: true}} {
		count := 0
		app := NewApplication([]URLSpec{URL("/(.*)", versioned{StaticFileHandler{Path: staticRoot(t)}, &count})}, s)
		for range 2 {
			fetch(t, app, "GET /a.txt")
		}
		if count != 2 {
			t.Errorf("%s: worked out %d times", name, count)
		}
	}
}

type resetting struct{ versioned }

func (h *resetting) Prepare() error {
	h.Reset()
	return nil
}

func TestResetForgetsVersions(t *testing.T) {
	count := 0
	app := NewApplication([]URLSpec{URL("/(.*)", resetting{versioned{StaticFileHandler{Path: staticRoot(t)}, &count}})}, Settings{})
	for range 3 {
		fetch(t, app, "GET /a.txt")
	}
	require.Equal(t, 3, count)
}

func TestCoroutinesShareThePendingVersion(t *testing.T) {
	root, count := staticRoot(t), 0
	app := NewApplication([]URLSpec{URL("/(.*)", versioned{StaticFileHandler{Path: root}, &count})}, Settings{})
	conns := make([]*fakeConn, 10)
	looptest.RunNew(t, func(loop *ioloop.IOLoop) {
		for i := range conns {
			conns[i] = &fakeConn{loop: loop}
			delegate := request(t, app, conns[i], "GET /large") // hashed off the loop
			loop.SpawnFunc(delegate.Finish)
		}
		for _, conn := range conns {
			for conn.finishes == 0 {
				ioloop.Sleep(loop, time.Millisecond).Await()
			}
		}
	})
	require.Equal(t, 1, count)
	for _, conn := range conns {
		require.Equal(t, sha512Etag(conn.body()), conn.header("Etag"))
	}
}

func TestVersionsAreBounded(t *testing.T) {
	c := &versionCache{}
	for i := range 3 * maxVersions {
		c.remember(fmt.Sprint(i), versionKey{size: int64(i)}, "x")
	}
	require.Len(t, c.versions, maxVersions)
	require.Equal(t, "x", c.lookUp(fmt.Sprint(3*maxVersions-1), versionKey{size: 3*maxVersions - 1}))
}

// Hashing a sparse file of this size would take seconds.
func TestTheEtagOfAHugeFileNeedsNoRead(t *testing.T) {
	root := t.TempDir()
	writeFile(t, root+"/huge", "")
	require.NoError(t, os.Truncate(root+"/huge", 1<<40))
	require.NoError(t, os.Chtimes(root+"/huge", time.Time{}, time.Unix(1_000_000_000, 5)))
	app := NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: root})}, Settings{})
	conn := fetch(t, app, "GET /huge\nRange: bytes=1000000000000-1000000000004")
	require.Equal(t, `"de0b6b3a7640005-10000000000"`, conn.header("Etag"))
	require.Equal(t, "206 Partial Content", conn.status)
	require.Equal(t, "\x00\x00\x00\x00\x00", conn.body())
}

func TestAnUnreadableFileHasNoVersion(t *testing.T) { // web-122
	book := keepLog(t)
	app := NewApplication([]URLSpec{URL("/(.*)", unreadable{StaticFileHandler{Path: staticRoot(t)}})}, Settings{})
	conn := fetch(t, app, "GET /a.txt\nIf-None-Match: *")
	if conn.status != "200 OK" || conn.header("Etag") != "" || conn.body() != "hello" {
		t.Errorf("%v, Etag %q", conn, conn.header("Etag"))
	}
	require.Contains(t, strings.Join(book.records, "\n"), "Could not open static file")
}

type unreadable struct{ StaticFileHandler }

func (h *unreadable) GetContentVersion(string) (string, error) { return "", errors.New("no") }

// A slowFS is an fs.FS whose files can only be read from their beginning.
type slowFS struct{ fstest.MapFS }

type sequentialFile struct{ fs.File }

func (f slowFS) Open(name string) (fs.File, error) {
	file, err := f.MapFS.Open(name)
	return sequentialFile{file}, err
}

// Stat hides the Stat of MapFS, which would be called instead of Open.
func (f slowFS) Stat() {}

func TestFilesWithoutRandomAccess(t *testing.T) {
	text := strings.Repeat("0123456789", 20_000)
	app := NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{FS: slowFS{fstest.MapFS{"a": {Data: []byte(text), ModTime: time.Unix(1, 0)}}}})}, Settings{})
	for header, want := range map[string]string{"X: y": text, "Range: bytes=100003-100007": "34567", "Range: bytes=-2": "89"} {
		if conn := fetch(t, app, "GET /a\n"+header); conn.body() != want || conn.header("Etag") != sha512Etag(text) {
			t.Errorf("%s: %s, %d bytes", header, conn.status, len(conn.body()))
		}
	}
}

var _ io.ReadCloser = (*staticContent)(nil)
