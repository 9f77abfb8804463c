package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

// form is a form with the given parts, each of which has the form "name;file name;type;content".
func form(parts ...string) (body string) {
	for _, part := range parts {
		fields := strings.SplitN(part, ";", 4)
		body += fmt.Sprintf("--bound\r\nContent-Disposition: form-data; name=%q; filename=%q\r\n", fields[0], fields[1])
		if fields[2] != "" {
			body += "Content-Type: " + fields[2] + "\r\n"
		}
		body += "\r\n" + fields[3] + "\r\n"
	}
	return body + "--bound--\r\n"
}

func post(t *testing.T, receiver *demotest.Program, contentType, body string) demotest.Response {
	t.Helper()
	client := demotest.NewClient(t, receiver.URL(""))
	request := client.Request("POST", "/post", body)
	request.Header.Set("Content-Type", contentType)
	return client.Do(request)
}

func put(t *testing.T, receiver *demotest.Program, path string, body io.Reader) demotest.Response {
	t.Helper()
	client := demotest.NewClient(t, receiver.URL(""))
	request, err := http.NewRequest("PUT", receiver.URL(path), body)
	require.NoError(t, err)
	request.Header.Set("Content-Type", "text/plain")
	return client.Do(request)
}

func TestSeveralFilesInOnePost(t *testing.T) {
	receiver := demotest.Start(t)
	got := post(t, receiver, "multipart/form-data; boundary=bound",
		form("a;one.txt;text/plain;12345", "a;two.png;image/png;1234567", "b;three;;"))
	require.Equal(t, "200 OK", fmt.Sprint(got.Status, " ", got.Body))
	for _, line := range []string{`filename=one.txt type=text/plain bytes=5`, `filename=two.png type=image/png bytes=7`, `filename=three type=application/unknown bytes=0`} {
		receiver.WaitForOutput(line)
	}
}

func TestNamesWithSpacesAndUTF8(t *testing.T) {
	receiver := demotest.Start(t)
	post(t, receiver, "multipart/form-data; boundary=bound", form("f;my café.txt;text/plain;x"))
	receiver.WaitForOutput(`POST filename="my café.txt" type=text/plain bytes=1`)
	got := put(t, receiver, "/my%20caf%C3%A9%2F.txt", strings.NewReader("hello"))
	require.Equal(t, "200 OK", fmt.Sprint(got.Status, " ", got.Body))
	receiver.WaitForOutput(`PUT filename="my café/.txt" type=text/plain bytes=5`)
	put(t, receiver, "/empty", http.NoBody)
	receiver.WaitForOutput(`PUT filename=empty type=text/plain bytes=0`)
}

func TestABodyThatIsTooLargeIsRefusedEarly(t *testing.T) {
	receiver := demotest.Start(t, "--max_put_size=1000")
	require.Equal(t, 200, put(t, receiver, "/a", strings.NewReader(strings.Repeat("x", 1000))).Status)

	for head, want := range map[string]int{
		"Content-Length: 1001\r\n\r\n":                   413, // before a single byte of the body
		"Transfer-Encoding: chunked\r\n\r\n3e9\r\nxxxxx": 400, // when a chunk exceeds the limit
	} {
		conn, err := net.Dial("tcp", receiver.Addr())
		require.NoError(t, err)
		require.NoError(t, conn.SetDeadline(time.Now().Add(demotest.Timeout)))
		fmt.Fprintf(conn, "PUT /b HTTP/1.1\r\nHost: x\r\n%s", head)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		require.Equal(t, want, response.StatusCode, head)
		require.True(t, response.Close, "the response says that the connection closes")
		conn.Close()
	}
}

func TestALargePutNeedsLittleMemory(t *testing.T) {
	receiver := demotest.Start(t)
	const size = 512 << 20
	request, err := http.NewRequest("PUT", receiver.URL("/large"), io.LimitReader(zeros{}, size))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request) // has no time limit
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, 200, response.StatusCode)
	receiver.WaitForOutput(fmt.Sprintf("bytes=%d", size))
	require.Less(t, receiver.PeakMemory(), int64(size))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// facts returns name, type and size of all files in a log of either receiver, sorted.
func facts(log string) (found []string) {
	here := regexp.MustCompile(`(POST|PUT) filename="?(.*?)"? type="?(.*?)"? bytes=(\d+)`)
	original := regexp.MustCompile(`(POST|PUT) "(.*)" "(.*)" (\d+) bytes`)
	for _, match := range append(here.FindAllStringSubmatch(log, -1), original.FindAllStringSubmatch(log, -1)...) {
		found = append(found, strings.Join(match[1:], "|"))
	}
	slices.Sort(found)
	return found
}

func TestBothReceiversFindTheSame(t *testing.T) {
	receivers := []*demotest.Program{demotest.StartOriginal(t, "file_upload/file_receiver.py"), demotest.Start(t)}
	var responses, logs [2]string
	for i, receiver := range receivers {
		note := func(r demotest.Response) {
			responses[i] += fmt.Sprintln(r.Status, r.Header.Get("Content-Type"), r.Body)
		}
		note(post(t, receiver, "multipart/form-data; boundary=bound", form("a;one.txt;text/plain;12345", "b;my café.txt;;", "a;sub/two;x/y;\r\n--b")))
		note(post(t, receiver, "multipart/form-data; boundary=other", form("a;lost;text/plain;x")))
		note(post(t, receiver, "text/plain", "no form"))
		note(put(t, receiver, "/a%20b%C3%A9%2Fc", strings.NewReader("hello")))
		note(put(t, receiver, "/", http.NoBody))
		note(put(t, receiver, "/%FF", strings.NewReader("a name that is not UTF-8")))
		note(put(t, receiver, "/chunked", io.LimitReader(zeros{}, 100_000)))
		note(demotest.NewClient(t, receiver.URL("")).Get("/post"))
		receiver.WaitForOutput("405 GET /post")
		logs[i] = strings.Join(facts(receiver.Output()), "\n")
	}
	require.Equal(t, responses[0], responses[1])
	require.Equal(t, logs[0], logs[1])
}

func TestTheOriginalUploads(t *testing.T) {
	receiver := demotest.Start(t)
	uploader := demotest.FindOriginal(t, "file_upload/file_uploader.py", "http://localhost:8888", receiver.URL(""),
		"asyncio.run(method(filenames))", `__import__("tornado.ioloop").ioloop.IOLoop.current().run_sync(lambda: method(filenames))`) // for Tornado 6.2
	file := filepath.Join(t.TempDir(), "my café.png")
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("x", 100_000)), 0o600))
	for _, args := range [][]string{{file}, {"--put", file}} {
		output, status := uploader.Run(args...)
		require.Equal(t, 0, status, output)
	}
	receiver.WaitForOutput(`my café.png" type=image/png bytes=100000`)
	receiver.WaitForOutput(`PUT filename="my café.png" type=image/png bytes=100000`)
}
