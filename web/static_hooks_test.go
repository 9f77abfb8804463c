package web

import (
	"cmp"
	"go/ast"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

// A database serves rows of a database instead of files: web-142.
type database struct {
	StaticFileHandler
	rows map[string]string
}

func (h *database) ParseURLPath(path string) string { return strings.TrimSuffix(path, ".row") }

func (h *database) GetAbsolutePath(root, path string) string { return root + ":" + path }

func (h *database) ValidateAbsolutePath(root, path string) (string, error) {
	if _, ok := h.rows[path]; !ok {
		return "", NewHTTPError(404)
	}
	return path, nil
}

func (h *database) GetModifiedTime() (time.Time, error) { return time.Unix(1e9, 0), nil }

func (h *database) GetContentSize() (int64, error) { return int64(len(h.rows[h.AbsolutePath()])), nil }

func (h *database) GetContentVersion(path string) (string, error) { return "v-" + path, nil }

func (h *database) GetContentType() string { return "text/row" }

func (h *database) GetCacheTime(path string, modified time.Time, contentType string) time.Duration {
	if modified.Equal(time.Unix(1e9, 0)) && contentType == "text/row" && h.Modified().Equal(modified) {
		return time.Minute
	}
	return 0
}

func (h *database) SetExtraHeaders(path string) { h.SetHeader("X-Path", path) }

func (h *database) GetContent(path string, start, end int64) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(h.rows[path][start:end])), nil
}

func TestStaticHooks(t *testing.T) { // web-142
	rows := map[string]string{"/db:one": "the first row", "/db:big": strings.Repeat("big", 50_000)}
	app := NewApplication([]URLSpec{URL("/(.*)", database{StaticFileHandler{Path: "/db"}, rows})}, Settings{})
	const (
		headers = "Content-Type: text/row / Accept-Ranges: bytes / Last-Modified: Sun, 09 Sep 2001 01:46:40 GMT / Cache-Control: max-age=60 / X-Path: one / "
		part    = "Content-Type: text/row / Accept-Ranges: bytes / Last-Modified: Sun, 09 Sep 2001 01:46:40 GMT / Cache-Control: max-age=60 / X-Path: one / Content-Range: bytes 4-8/13 / "
	)
	for _, tt := range []struct{ request, want string }{
		{"GET /one.row", "200 OK / " + headers + "the first row"},
		{"HEAD /one.row", "200 OK / " + headers},
		{"GET /one.row\nRange: bytes=4-8", "206 Partial Content / " + part + "first"},
		{"GET /one.row\nIf-None-Match: \"v-/db:one\"", "304 Not Modified / " + strings.TrimPrefix(headers, "Content-Type: text/row / ")},
		{"GET /two.row", page("404 Not Found")},
	} {
		keepLog(t)
		conn := fetch(t, app, tt.request)
		conn.headers.Del("Expires")
		if got := conn.String(); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.request, got, tt.want)
		}
	}
	conn := fetch(t, app, "GET /big.row")
	require.Equal(t, rows["/db:big"], conn.body())
	require.Equal(t, `"v-/db:big"`, conn.header("Etag"))
	require.Equal(t, "/static/one?v=v-/db:one", urlOf(t, Settings{StaticPath: "/db", StaticHandlerClass: Class(database{rows: rows})}, "one", nil))
}

// TestStaticHooksAreCalledOnSelf does for StaticHandler what TestHooksAreCalledOnSelf does.
func TestStaticHooksAreCalledOnSelf(t *testing.T) {
	files := parseSources(t)
	hooks := interfaceMethods(files, "StaticHandler")
	require.Greater(t, len(hooks), 13)
	called := map[string]bool{}
	for _, fn := range methods(files) {
		receiver := fn.Recv.List[0].Names[0].Name
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.SelectorExpr); ok && slices.Contains(hooks, call.Sel.Name) {
				called[call.Sel.Name] = true
				if x, ok := call.X.(*ast.Ident); ok && x.Name == receiver {
					t.Errorf("%s calls %s.%s, which skips overrides: call it on hooks()", fn.Name.Name, receiver, call.Sel.Name)
				}
			}
			return true
		})
	}
	for _, hook := range hooks {
		if !called[hook] {
			t.Errorf("nothing calls %s", hook)
		}
	}
}

func TestDefaultFilename(t *testing.T) { // web-129
	root := staticRoot(t)
	writeFile(t, root+"/index.html", "root index")
	writeFile(t, root+"/sub/index.html", "sub index")
	require.NoError(t, os.MkdirAll(root+"/none", 0o777))
	require.NoError(t, os.MkdirAll(root+"/dir/index.html", 0o777))
	for _, static := range []StaticFileHandler{{Path: root, DefaultFilename: "index.html"}, {FS: os.DirFS(root), DefaultFilename: "index.html"}} {
		app := NewApplication([]URLSpec{URL("/s/(.*)", static), URL("/t/?(.*)", static), URL("/?(.*)", static)}, Settings{})
		for path, want := range map[string]string{
			"/s/":                               "200 root index",
			"/s/sub/":                           "200 sub index",
			"/s/sub":                            "301 /s/sub/",
			"/s/sub?a=b":                        "301 /s/sub/",
			"/t":                                "301 /t/",
			"/s/index.html":                     "200 root index",
			"/s/none/":                          "404 ",
			"/s/none":                           "301 /s/none/",
			"/s/dir/":                           "403 ",
			"//evil.example":                    "403 ",
			"//evil.example/.." + root + "/sub": "403 ", // Location would name that host
			"//sub":                             "403 ",
			`/\evil.example/%2e%2e/sub`:         "403 ", // so it would for browsers
			`/\/evil.example/%2e%2e/%2e%2e/sub`: "403 ",
			"/":                                 "200 root index",
			"/s/sub/../sub/.":                   "301 /s/sub/../sub/./",
		} {
			keepLog(t)
			conn := fetch(t, app, "GET "+path)
			got := conn.status[:3] + " " + conn.header("Location")
			if got == "200 " {
				got += conn.body()
			}
			if got != want {
				t.Errorf("%s: got %s, want %s", path, got, want)
			}
		}
	}
}

// Links inside the root are followed. Links that leave it are followed only to
// AllowedSymlinkDirectories.
func TestSymbolicLinks(t *testing.T) { // web-127
	dir := filepath.Dir(staticRoot(t))
	root, link := dir+"/root", dir+"/current"
	require.NoError(t, os.Mkdir(dir+"/shared", 0o777))
	writeFile(t, dir+"/shared/x.txt", "shared")
	writeFile(t, root+"/b.txt", "plain")
	for target, name := range map[string]string{
		root:                   link,                         // a deployment's current release
		dir + "/d.txt":         root + "/out.txt",            // out, absolute
		"../d.txt":             root + "/out2.txt",           // out, relative
		"../root2":             root + "/other",              // a directory outside of the root, whose name begins with the root's name
		"../shared":            root + "/shared",             // allowed in half of the cases
		"a.txt":                root + "/in.txt",             // inside, relative
		root + "/a.txt":        root + "/in2.txt",            // inside, absolute
		"sub":                  root + "/into",               // a directory inside
		"loop":                 root + "/loop",               // in a circle
		"nothing":              root + "/dangling",           // leads nowhere
		"../../d.txt":          root + "/sub/index.html",     // DefaultFilename
		dir + "/root2/c.txt":   root + "/b.txt.gz",           // Precompressed
		root + "/other/c.txt":  root + "/sub/twice",          // inside, then out
		dir + "/current/a.txt": root + "/sub/through-a-link", // out and in again
	} {
		require.NoError(t, os.Symlink(target, name))
	}
	for _, tt := range []struct{ path, want, allowed string }{ // allowed: with ../shared, "" as want
		{"/a.txt", "200 hello", ""}, {"/out.txt", "403 ", ""}, {"/out2.txt", "403 ", ""}, {"/other/c.txt", "403 ", ""},
		{"/other", "403 ", ""}, {"/other/", "403 ", ""}, {"/other/none", "404 ", ""},
		{"/shared/x.txt", "403 ", "200 shared"}, {"/shared", "403 ", "301 "}, {"/shared/../a.txt", "200 hello", ""},
		{"/in.txt", "200 hello", ""}, {"/in2.txt", "200 hello", ""}, {"/into/", "403 ", ""}, {"/into/through-a-link", "200 hello", ""},
		{"/loop", "404 ", ""}, {"/loop/x", "404 ", ""}, {"/dangling", "404 ", ""},
		{"/sub/", "403 ", ""}, {"/sub/index.html", "403 ", ""}, {"/sub/twice", "403 ", ""}, {"/sub/through-a-link", "200 hello", ""},
		{"/b.txt", "200 plain", ""}, {"/b.txt.gz", "403 ", ""}, {"/other/../../d.txt", "403 ", ""},
	} {
		for _, path := range []string{root, link} {
			for _, allowed := range []string{"", "shared", "/"} {
				h := StaticFileHandler{Path: path, DefaultFilename: "index.html", Precompressed: true}
				want := tt.want
				switch allowed {
				case "shared":
					h.AllowedSymlinkDirectories = []string{dir + "/none", dir + "/shared"}
					want = cmp.Or(tt.allowed, want)
				case "/":
					h.AllowedSymlinkDirectories = []string{"/"}
					if want == "403 " && !strings.Contains(tt.path, "..") {
						want = "" // anything but 403
					}
					if tt.path == "/b.txt" {
						want = "200 secret" // its .gz
					}
				}
				keepLog(t)
				conn := fetch(t, NewApplication([]URLSpec{URL("/(.*)", h)}, Settings{}), "GET "+tt.path+"\nAccept-Encoding: gzip")
				got := conn.status[:3] + " "
				if got == "200 " {
					got += conn.body()
				}
				if got != want && (want != "" || got == "403 ") {
					t.Errorf("%s below %s, allowed %q: got %s, want %s", tt.path, filepath.Base(path), allowed, got, want)
				}
			}
		}
	}
}

func TestRootOfTheFileSystem(t *testing.T) { // web-127
	app := NewApplication([]URLSpec{URL("(/.*)", StaticFileHandler{Path: "/"})}, Settings{})
	require.Equal(t, "hello", fetch(t, app, "GET "+staticRoot(t)+"/a.txt").body())
}

func TestARelativePathIsResolvedAtTheStart(t *testing.T) {
	root := staticRoot(t)
	t.Chdir(filepath.Dir(root))
	app := NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: "root"})}, Settings{StaticPath: "root"})
	t.Chdir("/")
	require.Equal(t, "hello", fetch(t, app, "GET /a.txt").body())
	require.Equal(t, "hello", fetch(t, app, "GET /static/a.txt").body())
}

func TestAFileThatMayNotBeRead(t *testing.T) {
	keepLog(t)
	root := staticRoot(t)
	require.NoError(t, os.Chmod(root+"/a.txt", 0))
	handlers := []StaticFileHandler{{FS: secretFS{os.DirFS(root)}}}
	if os.Getuid() != 0 { // root may read every file
		handlers = append(handlers, StaticFileHandler{Path: root})
	}
	for _, h := range handlers {
		app := NewApplication([]URLSpec{URL("/(.*)", h)}, Settings{})
		require.Equal(t, "403 Forbidden", fetch(t, app, "GET /a.txt").status)
	}
}

// A secretFS is a file system whose files can be listed, but not read.
type secretFS struct{ fs.FS }

func (s secretFS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(s.FS, name) }

func (s secretFS) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func TestPrecompressed(t *testing.T) {
	root := staticRoot(t)
	for name, text := range map[string]string{"a.js": "script", "a.js.gz": "GZ", "a.js.br": "BR!!", "b.js": "new", "b.js.gz": "old", "c.js": "alone", "d.js": "x"} {
		writeFile(t, root+"/"+name, text)
	}
	require.NoError(t, os.Chtimes(root+"/b.js.gz", time.Time{}, time.Unix(999_999_999, 0)))
	require.NoError(t, os.MkdirAll(root+"/d.js.gz", 0o777))
	on := NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: root, Precompressed: true})}, Settings{CompressResponse: true})
	off := NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: root})}, Settings{})
	fromFS := NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{FS: os.DirFS(root), Precompressed: true})}, Settings{})
	for _, tt := range []struct {
		name         string
		app          *Application
		path, accept string
		want         string // Content-Encoding, Vary, Content-Length, body
	}{
		{"both accepted", on, "/a.js", "gzip, deflate, br", "br Accept-Encoding 4 BR!!"},
		{"gzip accepted", on, "/a.js", "gzip", "gzip Accept-Encoding 2 GZ"},
		{"gzip by its old name", on, "/a.js", "x-gzip", "gzip Accept-Encoding 2 GZ"},
		{"br refused", on, "/a.js", "br;q=0, gzip", "gzip Accept-Encoding 2 GZ"},
		{"none", on, "/a.js", "", " Accept-Encoding 6 script"},
		{"others", on, "/a.js", "zstd, *", " Accept-Encoding 6 script"},
		{"older than the file", fromFS, "/b.js", "gzip", " Accept-Encoding 3 new"},
		{"not there", on, "/c.js", "br", " Accept-Encoding 5 alone"},
		{"a directory", on, "/d.js", "br", " Accept-Encoding 1 x"},
		{"of an fs.FS", fromFS, "/a.js", "gzip", "gzip Accept-Encoding 2 GZ"},
		{"not asked for", off, "/a.js", "gzip", "  6 script"},
	} {
		conn := fetch(t, tt.app, "GET "+tt.path+"\nAccept-Encoding: "+tt.accept)
		got := strings.Join([]string{conn.header("Content-Encoding"), conn.header("Vary"), conn.header("Content-Length"), conn.body()}, " ")
		if got != tt.want || conn.header("Etag") != sha512Etag(conn.body()) || !strings.Contains(conn.header("Content-Type"), "javascript") {
			t.Errorf("%s: got %s, want %s; Etag %s, Content-Type %s", tt.name, got, tt.want, conn.header("Etag"), conn.header("Content-Type"))
		}
	}
	conn := fetch(t, on, "GET /a.js\nAccept-Encoding: br\nRange: bytes=1-2")
	require.Equal(t, "R!", conn.body(), "a range of the content")
}

func TestEmbeddedFilesAreReadInPlace(t *testing.T) {
	file := staticFile{other: mapFile(t, fstest.MapFile{Data: []byte("x")})}
	require.False(t, file.blocks(0, 1))
	file.modified = time.Unix(1, 0)
	require.True(t, file.blocks(0, 1))
}

func mapFile(t *testing.T, f fstest.MapFile) interface {
	Stat() (os.FileInfo, error)
	Read([]byte) (int, error)
	Close() error
} {
	file, err := fstest.MapFS{"f": &f}.Open("f")
	require.NoError(t, err)
	return file
}
