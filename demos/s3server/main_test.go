package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

// A server is a running store, and the directory of its files.
type server struct {
	*demotest.Program
	*demotest.Client
	t         *testing.T
	directory string
}

func start(t *testing.T, args ...string) server {
	t.Helper()
	directory := filepath.Join(t.TempDir(), "s3")
	program := demotest.Start(t, append([]string{"--root_directory=" + directory}, args...)...)
	return server{program, demotest.NewClient(t, program.URL("")), t, directory}
}

// send sends a request, and returns the status and the body of the response.
func (s server) send(method, path, body string) (int, string) {
	s.t.Helper()
	response := s.Do(s.Request(method, path, body))
	return response.Status, response.Body
}

func (s server) require(status int, method, path string, body ...string) string {
	s.t.Helper()
	got, text := s.send(method, path, strings.Join(body, ""))
	require.Equal(s.t, status, got, "%s %s: %s", method, path, text)
	return text
}

// list returns the keys of a list of objects, and the list.
func (s server) list(path string) (keys string, list objectList) {
	s.t.Helper()
	document := s.require(200, "GET", path)
	require.NoError(s.t, xml.Unmarshal([]byte(document), &list), document)
	for _, object := range list.Contents {
		keys += object.Key + " "
	}
	return keys, list
}

func TestBuckets(t *testing.T) {
	s := start(t)
	document := s.require(200, "GET", "/")
	require.Equal(t, xml.Header+`<ListAllMyBucketsResult xmlns="http://doc.s3.amazonaws.com/2006-03-01"><Buckets></Buckets></ListAllMyBucketsResult>`, document)
	s.require(200, "PUT", "/photos/")
	s.require(403, "PUT", "/photos/")
	s.require(200, "PUT", "/mail/")
	document = s.require(200, "GET", "/")
	require.Regexp(t, `<Bucket><Name>mail</Name><CreationDate>[-0-9]{10}T[:0-9]{8}\.[0-9]{3}Z</CreationDate></Bucket><Bucket><Name>photos</Name>`, document)

	s.require(200, "PUT", "/mail/a", "x")
	s.require(403, "DELETE", "/mail/")
	s.require(204, "DELETE", "/photos/")
	s.require(404, "DELETE", "/photos/")
	s.require(404, "GET", "/photos/")
	s.require(405, "POST", "/mail/")
	s.require(405, "HEAD", "/mail/a")
}

func TestObjects(t *testing.T) {
	s := start(t)
	response, err := http.DefaultClient.Do(s.Request("PUT", "/b/key", "x"))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, 404, response.StatusCode)
	require.True(t, response.Close, "the response says that the connection closes, because the body is not read")
	s.require(200, "PUT", "/b/")
	for _, key := range []string{"key", "folder/with/key", "caf%C3%A9 %3F%25.txt", "a%2Fb", "..."} {
		s.require(404, "GET", "/b/"+key)
		s.require(200, "PUT", "/b/"+key, "first version")
		s.require(200, "PUT", "/b/"+key, "second")
		response := s.Do(s.Request("GET", "/b/"+key, ""))
		require.Equal(t, "second", response.Body)
		require.Equal(t, "application/unknown", response.Header.Get("Content-Type"))
		modified, err := http.ParseTime(response.Header.Get("Last-Modified"))
		require.NoError(t, err)
		require.False(t, modified.After(time.Now()))
		require.Equal(t, "6", response.Header.Get("Content-Length"))
	}
	s.require(200, "PUT", "/b/empty", "")
	require.Empty(t, s.require(200, "GET", "/b/empty"))
	s.require(403, "PUT", "/b/folder", "a directory has this name")
	s.require(403, "PUT", "/b/key/below", "key is an object")
	s.require(404, "GET", "/b/folder")
	s.require(204, "DELETE", "/b/folder/with/key")
	s.require(404, "DELETE", "/b/folder/with/key")
	s.require(404, "GET", "/b/folder/with/key")
	s.require(200, "PUT", "/b/folder", "the directory is gone")
}

func TestListing(t *testing.T) {
	s := start(t)
	s.require(200, "PUT", "/b/")
	for _, key := range []string{"b/2", "a", "b/1", "b/10", "c<&>", "b-"} {
		s.require(200, "PUT", "/b/"+strings.ReplaceAll(key, "<&>", "%3C%26%3E"), strings.Repeat("x", len(key)))
	}
	for path, want := range map[string]string{
		"/b/":                                    "a b- b/1 b/10 b/2 c<&> ",
		"/b/?prefix=b/":                          "b/1 b/10 b/2 ",
		"/b/?prefix=b/1":                         "b/1 b/10 ",
		"/b/?prefix=none":                        "",
		"/b/?marker=b/1":                         "b/10 b/2 c<&> ",
		"/b/?marker=b/05":                        "b/1 b/10 b/2 c<&> ",
		"/b/?marker=b/1&prefix=b/":               "b/10 b/2 ",
		"/b/?marker=z":                           "",
		"/b/?max-keys=2":                         "a b- +",
		"/b/?max-keys=6":                         "a b- b/1 b/10 b/2 c<&> ",
		"/b/?max-keys=0":                         "+",
		"/b/?max-keys=1&prefix=b/":               "b/1 +",
		"/b/?marker=b/10&prefix=b/&max-keys=100": "b/2 ",
	} {
		keys, list := s.list(path)
		if list.IsTruncated {
			keys += "+"
		}
		require.Equal(t, want, keys, path)
	}
	_, list := s.list("/b/?max-keys=3")
	require.Equal(t, "b b/1 3 3", fmt.Sprint(list.Name, " ", list.Marker, " ", list.MaxKeys, " ", *list.Contents[2].Size))
	require.NotEmpty(t, list.Contents[0].LastModified)
	require.NotContains(t, s.require(200, "GET", "/b/?terse=1"), "Size")
	s.require(400, "GET", "/b/?max-keys=many")
	s.require(400, "GET", "/b/?terse=yes")
}

// No name leads to a file outside of the bucket: neither by "..", encoded or not, nor by a
// directory whose name begins with that of the store, nor by a symbolic link.
func TestPathsDoNotEscape(t *testing.T) {
	s := start(t)
	outside := filepath.Dir(s.directory)
	secret, evil := filepath.Join(outside, "secret"), filepath.Join(outside, "s3evil")
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o600))
	require.NoError(t, os.Mkdir(evil, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(evil, "secret"), []byte("secret"), 0o600))
	s.require(200, "PUT", "/b/")
	s.require(200, "PUT", "/other/")
	s.require(200, "PUT", "/other/secret", "of another bucket")
	require.NoError(t, os.Symlink(outside, filepath.Join(s.directory, "b", "link")))
	require.NoError(t, os.Symlink(evil, filepath.Join(s.directory, "linked")))
	for _, path := range []string{
		"/b/../../secret", "/b/%2e%2e/%2e%2e/secret", "/b/..%2F..%2Fsecret", "/b//../../secret", "/b/x/../../../secret",
		"/b/" + secret, "/b/%2F" + secret, "/b/../other/secret", "/b/..%2Fother%2Fsecret", "/b/%2E%2E/other/secret", "/b/./../other/secret",
		"/../secret", "/%2e%2e/secret", "/..%2Fs3evil/secret", "/..%2f..%2f/secret", "/%2E/other/secret", "/./other/secret", "/other%2F./secret",
		"/../s3evil/secret", "/b/../../s3evil/secret", "/b/link/secret", "/linked/secret", "/b/link/s3evil/secret",
		"/b/secret%00", "/b%00/secret", "/.uploads/secret", "/%2Euploads/secret", "/b/" + strings.Repeat("n", 300),
	} {
		s.require(404, "GET", path)
		s.require(404, "DELETE", path)
		status, _ := s.send("PUT", path, "overwritten")
		require.Contains(t, []int{403, 404}, status, path)
	}
	for _, bucket := range []string{"/%2e%2e/", "/../", "/%2E/", "/..%2Fs3evil/", "/b%2F../", "/.uploads/", "/linked/", "/%00/"} {
		s.require(404, "GET", bucket)
		s.require(404, "DELETE", bucket)
		s.require(403, "PUT", bucket)
	}
	for file, want := range map[string]string{secret: "secret", filepath.Join(evil, "secret"): "secret", filepath.Join(s.directory, "other", "secret"): "of another bucket"} {
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	keys, _ := s.list("/b/")
	require.Empty(t, keys)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestALargeObjectNeedsLittleMemory(t *testing.T) {
	s := start(t)
	s.require(200, "PUT", "/b/")
	const size = 256 << 20
	request, err := http.NewRequest("PUT", s.URL("/b/large"), io.LimitReader(zeros{}, size))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request) // has no time limit
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, 200, response.StatusCode)
	response, err = http.Get(s.URL("/b/large"))
	require.NoError(t, err)
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	require.Equal(t, int64(size), n)
	require.Less(t, s.PeakMemory(), int64(size))
}

// putByHand sends a PUT with a Content-Length and a part of its body.
func (s server) putByHand(path string, length int, body string) *net.TCPConn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	require.NoError(s.t, err)
	s.t.Cleanup(func() { conn.Close() })
	require.NoError(s.t, conn.SetDeadline(time.Now().Add(demotest.Timeout)))
	_, err = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", path, length, body)
	require.NoError(s.t, err)
	return conn.(*net.TCPConn)
}

// incomplete returns the number of files of uploads that have not ended.
func (s server) incomplete() int {
	s.t.Helper()
	files, err := os.ReadDir(filepath.Join(s.directory, uploads))
	require.NoError(s.t, err)
	return len(files)
}

func TestAnUploadThatStopsChangesNothing(t *testing.T) {
	s := start(t)
	s.require(200, "PUT", "/b/")
	s.require(200, "PUT", "/b/key", "complete")
	conn := s.putByHand("/b/key", 1000, "only the beg")
	require.Eventually(t, func() bool { return s.incomplete() == 1 }, demotest.Timeout, time.Millisecond)
	require.Equal(t, "complete", s.require(200, "GET", "/b/key"))
	require.NoError(t, conn.Close())
	require.Eventually(t, func() bool { return s.incomplete() == 0 }, demotest.Timeout, time.Millisecond)
	require.Equal(t, "complete", s.require(200, "GET", "/b/key"))
	keys, _ := s.list("/b/")
	require.Equal(t, "key ", keys)
}

// A client may close its sending side after the request.
func TestAnUploadWithAHalfClose(t *testing.T) {
	s := start(t)
	s.require(200, "PUT", "/b/")
	body := strings.Repeat("x", 1<<20)
	for range 20 {
		conn := s.putByHand("/b/key", len(body), body)
		require.NoError(t, conn.CloseWrite())
		response, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Contains(t, string(response), "200 OK")
	}
	require.Zero(t, s.incomplete())
	require.Equal(t, body, s.require(200, "GET", "/b/key"))
}

func TestTheDepthOfABucket(t *testing.T) {
	s := start(t, "--bucket_depth=2")
	s.require(200, "PUT", "/b/")
	s.require(200, "PUT", "/b/folder/key", "x")
	require.FileExists(t, filepath.Join(s.directory, "b", "7e", "7e4a", "folder", "key")) // MD5("folder/key")
	require.Equal(t, "x", s.require(200, "GET", "/b/folder/key"))
	keys, _ := s.list("/b/?prefix=folder/")
	require.Equal(t, "folder/key ", keys)
	s.require(204, "DELETE", "/b/folder/key")
	s.require(204, "DELETE", "/b/")
}

// The files of the store outlast the process, and incomplete uploads do not.
func TestASecondProcess(t *testing.T) {
	s := start(t)
	s.require(200, "PUT", "/b/")
	s.require(200, "PUT", "/b/key", "kept")
	s.putByHand("/b/lost", 1000, "x")
	require.Eventually(t, func() bool { return s.incomplete() == 1 }, demotest.Timeout, time.Millisecond)
	s.Stop()
	second := demotest.Start(t, "--root_directory="+s.directory)
	require.Equal(t, "kept", demotest.NewClient(t, second.URL("")).Get("/b/key").Body)
	require.Zero(t, s.incomplete())
}

// exchange sends the same requests to one of the two stores, and returns what it sends.
func exchange(t *testing.T, program *demotest.Program) (log string) {
	client := demotest.NewClient(t, program.URL(""))
	dates := regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ`)
	for _, line := range []string{
		"GET /", "PUT /b/", "PUT /b/", "GET /", "GET /b/", "PUT /b/a one", "PUT /b/b/1 two", "PUT /b/b/2 three", "PUT /b/caf%C3%A9%20%26 four", "PUT /b/a again",
		"GET /b/a", "GET /b/b/1", "GET /b/caf%C3%A9%20%26", "GET /b/missing", "GET /b/b", "GET /none/a", "PUT /none/a x", "PUT /b/b x",
		"GET /b/", "GET /b/?prefix=b", "GET /b/?prefix=b/&marker=b/1", "GET /b/?max-keys=2", "GET /b/?terse=1", "GET /b/?terse=1&marker=b", "GET /none/",
		"DELETE /b/", "DELETE /b/b/1", "DELETE /b/b/1", "DELETE /none/", "DELETE /b/caf%C3%A9%20%26", "POST /b/", "HEAD /b/a", "PATCH /b/a x", "GET /b",
		"GET /b/../../etc/passwd", "GET /b/%2e%2e/%2e%2e/etc/passwd", "PUT /empty/", "DELETE /empty/", "DELETE /b/a", "GET /b/a",
	} {
		parts := append(strings.SplitN(line, " ", 3), "")
		response := client.Do(client.Request(parts[0], parts[1], parts[2]))
		body := dates.ReplaceAllString(response.Body, "DATE")
		body = strings.NewReplacer("<IsTruncated>True<", "<IsTruncated>true<", "<IsTruncated>False<", "<IsTruncated>false<").Replace(body)
		log += fmt.Sprintln(line, response.Status, response.Header.Get("Content-Type"), response.Header.Get("Last-Modified") != "", body)
	}
	return log
}

func TestBothStoresSendTheSame(t *testing.T) {
	original := demotest.FindOriginal(t, "s3server/s3server.py",
		`open(path, "w")`, `open(path, "wb")`, `urllib.unquote(`, `urllib.parse.unquote(`) // without these, it needs Python 2
	want := exchange(t, original.Start("--root_directory="+filepath.Join(t.TempDir(), "s3")))
	require.Equal(t, want, exchange(t, start(t).Program))
}
