package web

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/iostream"
)

// bigFile returns a file of 3 MiB whose bytes depend on their offsets.
func bigFile(t *testing.T, root string) []byte {
	t.Helper()
	var b bytes.Buffer
	for b.Len() < 3<<20 {
		fmt.Fprintf(&b, "%9d\n", b.Len())
	}
	writeFile(t, root+"/big", b.String())
	return b.Bytes()
}

func TestStaticFilesOverSockets(t *testing.T) { // web-133, web-139, http-66
	keepLog(t)
	root := staticRoot(t)
	big := bigFile(t, root)
	app := NewApplication([]URLSpec{
		URL("/disk/(.*)", StaticFileHandler{Path: root}),
		URL("/fs/(.*)", StaticFileHandler{FS: os.DirFS(root)}),
	}, Settings{})
	secure := NewApplication([]URLSpec{URL("/disk/(.*)", StaticFileHandler{Path: root})}, Settings{})
	certificate := httptest.NewUnstartedServer(nil)
	certificate.StartTLS()
	defer certificate.Close()
	client := certificate.Client()
	urls := map[string]string{
		"plain": "http://" + listen(t, app) + "/disk/",
		"fs":    "http://" + listen(t, app) + "/fs/",
		"tls":   "https://" + listenWith(t, secure, httpserver.Options{Stream: iostream.Options{TLS: certificate.TLS}}) + "/disk/",
	}
	for how, url := range urls {
		for _, tt := range []struct {
			path, span string
			status     int
			want       []byte
		}{
			{"big", "", 200, big},
			{"big", "bytes=0-", 200, big},
			{"big", "bytes=1000000-2999999", 206, big[1_000_000:3_000_000]},
			{"big", "bytes=-40000", 206, big[len(big)-40_000:]},
			{"big", "bytes=32767-65535", 206, big[32_767:65_536]},
			{"big", "bytes=7-7", 206, big[7:8]},
			{"a.txt", "", 200, []byte("hello")},
			{"empty", "", 200, []byte{}},
			{"big", "bytes=9000000-", 416, []byte{}},
			{"none", "", 404, nil},
		} {
			t.Run(how+" "+tt.path+" "+tt.span, func(t *testing.T) {
				r, err := http.NewRequest("GET", url+tt.path, nil)
				require.NoError(t, err)
				if tt.span != "" {
					r.Header.Set("Range", tt.span)
				}
				res, err := client.Do(r)
				require.NoError(t, err)
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				require.Equal(t, tt.status, res.StatusCode)
				require.True(t, tt.want == nil || bytes.Equal(tt.want, body), "%d bytes, want %d", len(body), len(tt.want))
			})
		}
	}
}

func TestPipelinedStaticFiles(t *testing.T) {
	keepLog(t)
	root := staticRoot(t)
	big := bigFile(t, root)
	conn := dial(t, listen(t, NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: root})}, Settings{})))
	io.WriteString(conn, "GET /big HTTP/1.1\r\nHost: x\r\n\r\nHEAD /big HTTP/1.1\r\nHost: x\r\n\r\nGET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n"+
		"GET /big HTTP/1.1\r\nHost: x\r\nRange: bytes=5-100004\r\nConnection: close\r\n\r\n")
	all, err := io.ReadAll(conn)
	require.NoError(t, err)
	var heads int
	for _, want := range [][]byte{big, nil, []byte("hello"), big[5:100_005]} {
		head, rest, ok := bytes.Cut(all, []byte("\r\n\r\n"))
		require.True(t, ok, "head %d", heads)
		require.True(t, bytes.HasPrefix(head, []byte("HTTP/1.1 20")), "%s", head)
		require.True(t, bytes.HasPrefix(rest, want), "body %d", heads)
		all = rest[len(want):]
		heads++
	}
	require.Empty(t, all)
}

// A client that is slow or leaves delays no other client, and its file is closed.
func TestSlowClientsOfStaticFiles(t *testing.T) {
	book := keepLog(t)
	root := t.TempDir()
	writeFile(t, root+"/huge", "")
	require.NoError(t, os.Truncate(root+"/huge", 64<<20))
	require.NoError(t, os.Chtimes(root+"/huge", time.Time{}, time.Unix(1_000_000_000, 0)))
	writeFile(t, root+"/small", "small")
	addr := listen(t, NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: root})}, Settings{}))
	before := openFiles(t, root)
	conns := make([]net.Conn, 5)
	for i := range conns {
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		conns[i] = conn
		io.WriteString(conn, "GET /huge HTTP/1.1\r\nHost: x\r\n\r\n")
		_, err = io.ReadFull(conn, make([]byte, 100_000))
		require.NoError(t, err)
	}
	res, err := http.Get("http://" + addr + "/small")
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, before+len(conns), openFiles(t, root))
	for _, conn := range conns[1:] {
		conn.Close()
	}
	n, err := io.CopyN(io.Discard, conns[0], 60<<20)
	require.NoError(t, err, "%d bytes", n)
	conns[0].Close()
	require.Eventually(t, func() bool { return openFiles(t, root) == before }, looptest.Patience, time.Millisecond)
	require.Empty(t, book.without("access"))
}

// openFiles returns the number of this process's descriptors of files below root.
func openFiles(t *testing.T, root string) (n int) {
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("missing here: /proc, which lists open files")
	}
	for _, fd := range fds {
		if name, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(name, root) {
			n++
		}
	}
	return n
}

func TestAFileThatShrinksUnderWayEndsTheConnection(t *testing.T) {
	keepLog(t)
	root := t.TempDir()
	writeFile(t, root+"/file", "")
	require.NoError(t, os.Truncate(root+"/file", 64<<20))
	conn, err := net.Dial("tcp", listen(t, NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: root})}, Settings{})))
	require.NoError(t, err)
	defer conn.Close()
	io.WriteString(conn, "GET /file HTTP/1.1\r\nHost: x\r\n\r\n")
	_, err = io.ReadFull(conn, make([]byte, 100_000))
	require.NoError(t, err)
	require.NoError(t, os.Truncate(root+"/file", 1<<20))
	conn.SetDeadline(time.Now().Add(looptest.Patience))
	n, _ := io.Copy(io.Discard, conn)
	require.Less(t, n, int64(63<<20))
}

func TestCurlRanges(t *testing.T) { // web-133, web-137
	curl := peers.Program(t, "curl")
	keepLog(t)
	root := staticRoot(t)
	big := bigFile(t, root)
	url := "http://" + listen(t, NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: root})}, Settings{CompressResponse: true})) + "/big"
	dir := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(curl, append([]string{"-sS", "--max-time", "20"}, args...)...).CombinedOutput()
		require.NoError(t, err, "%s", out)
		return string(out)
	}
	require.Equal(t, string(big[10:20]), run("-r", "10-19", url))
	require.Equal(t, string(big[len(big)-5:]), run("-r", "-5", url))
	require.Equal(t, "416", run("-r", "9999999-", "-o", os.DevNull, "-w", "%{http_code}", url))
	require.NoError(t, os.WriteFile(dir+"/part", big[:1_234_567], 0o666))
	run("-C", "-", "-o", dir+"/part", url) // resumes
	whole, err := os.ReadFile(dir + "/part")
	require.NoError(t, err)
	require.Equal(t, sha256.Sum256(big), sha256.Sum256(whole))
	run("-o", dir+"/copy", "--etag-save", dir+"/etag", url)
	require.Equal(t, "304", run("-o", os.DevNull, "--etag-compare", dir+"/etag", "-w", "%{http_code}", url))
	require.Equal(t, "304", run("-z", dir+"/copy", "-o", os.DevNull, "-w", "%{http_code}", url))
	require.Equal(t, "3145730", run("-I", "-o", os.DevNull, "-w", "%header{content-length}", url))
}
