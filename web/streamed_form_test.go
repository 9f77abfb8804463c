package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// A receiver responds with the fields and files of a form.
type receiver struct {
	RequestHandler
	options FormOptions
	save    string
	form    *StreamedForm
}

func (h *receiver) StreamRequestBody() bool { return true }

func (h *receiver) Prepare() (err error) {
	h.form, err = h.ReceiveForm(h.options)
	return err
}

func (h *receiver) Post(args ...string) error {
	fmt.Fprint(h, h.form.Values)
	for name, files := range h.form.Files {
		for _, file := range files {
			r, err := file.Open()
			if err != nil {
				return err
			}
			data, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			where := "memory"
			if file.Path() != "" {
				where = "disk"
			}
			fmt.Fprintf(h, " %s %s %s %d in %s", name, file.Filename, file.ContentType, file.Size, where)
			if int64(len(data)) != file.Size || bytes.Count(data, []byte("x")) != len(data) {
				fmt.Fprintf(h, ", spoiled")
			}
			r.Close()
			if h.save != "" {
				return file.SaveAs(h.save)
			}
		}
	}
	return nil
}

// form returns a body with a field a and a file f of size bytes.
func form(t *testing.T, field string, size int) (body, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	require.NoError(t, w.WriteField("a", field))
	f, err := w.CreateFormFile("f", "f.bin")
	require.NoError(t, err)
	f.Write(bytes.Repeat([]byte("x"), size))
	require.NoError(t, w.Close())
	return b.String(), w.FormDataContentType()
}

// postForm posts a form and returns status and body of the response.
func postForm(t *testing.T, addr, body, contentType string) string {
	client := &http.Client{Timeout: looptest.Patience, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Post("http://"+addr+"/", contentType, strings.NewReader(body))
	require.NoError(t, err)
	defer res.Body.Close()
	response, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	if res.StatusCode != 200 {
		return res.Status
	}
	return res.Status + " " + string(response)
}

func TestReceiveForm(t *testing.T) {
	dir := t.TempDir()
	part := func(w io.Writer, err error) func(httputil.MultipartPart) (io.Writer, error) {
		return func(p httputil.MultipartPart) (io.Writer, error) {
			if p.Filename == "" {
				return nil, nil
			}
			return w, err
		}
	}
	var own closing
	for _, tt := range []struct {
		name, field string
		size        int
		options     FormOptions
		want        string
	}{
		{"small", "1", 1000, FormOptions{}, "200 OK map[a:[1]] f f.bin application/octet-stream 1000 in memory"},
		{"empty file", "", 0, FormOptions{}, "200 OK map[a:[]] f f.bin application/octet-stream 0 in memory"},
		{"large", "1", 3 << 20, FormOptions{}, "200 OK map[a:[1]] f f.bin application/octet-stream 3145728 in disk"},
		{"nothing in memory", "1", 1, FormOptions{MaxMemory: -1}, "200 OK map[a:[1]] f f.bin application/octet-stream 1 in disk"},
		{"file at its limit", "1", 1000, FormOptions{MaxFileSize: 1000}, "200 OK map[a:[1]] f f.bin application/octet-stream 1000 in memory"},
		{"file too large", "1", 1001, FormOptions{MaxFileSize: 1000}, "413 Request Entity Too Large"},
		{"files too large", "1", 1001, FormOptions{MaxTotal: 1000}, "413 Request Entity Too Large"},
		{"fields too large", "12345", 1, FormOptions{MaxFieldBytes: 4}, "413 Request Entity Too Large"},
		{"too many parts", "1", 1, FormOptions{MaxParts: 2}, "400 Bad Request"},
		{"no such directory", "1", 1, FormOptions{MaxMemory: -1, Dir: dir + "/none"}, "500 Internal Server Error"},
		{"a writer of its own", "1", 300_000, FormOptions{OnPart: part(&own, nil)}, "200 OK map[a:[1]]"},
		{"a refused part", "1", 1, FormOptions{OnPart: part(nil, NewHTTPError(415))}, "415 Unsupported Media Type"},
		{"a writer that fails", "1", 1, FormOptions{OnPart: part(failing{}, nil)}, "500 Internal Server Error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logNothing(t)
			if tt.options.Dir == "" {
				tt.options.Dir = dir
			}
			addr := listen(t, NewApplication([]URLSpec{URL("/", receiver{options: tt.options})}, Settings{}))
			body, contentType := form(t, tt.field, tt.size)
			require.Equal(t, tt.want, postForm(t, addr, body, contentType))
			require.Eventually(t, func() bool { return empty(t, dir) }, looptest.Patience, time.Millisecond, "a temporary file is left")
		})
	}
	require.Equal(t, closing{300_000, 1}, own)
}

// When an upload is cut off, the current chunk may contain the beginnings of other parts. These
// parts must be ignored.
func TestNoPartBeginsOnceAnUploadIsCutOff(t *testing.T) { // web-155
	for _, second := range []string{"; filename=y", ""} {
		book, dir, parts := keepLog(t), t.TempDir(), 0
		conn := &fakeConn{}
		h := uploader{notes: make(chan string, 100), prepare: func(h *uploader) error {
			f, err := h.ReceiveForm(FormOptions{Dir: dir, MaxMemory: -1, OnPart: func(httputil.MultipartPart) (io.Writer, error) {
				parts++
				return nil, nil
			}})
			h.data = func(h *uploader, chunk []byte) error { return f.receiveChunk(chunk) }
			return err
		}}
		looptest.RunNew(t, func(loop *ioloop.IOLoop) {
			conn.loop = loop
			d := request(t, serving(h), conn, "POST /\nContent-Type: multipart/form-data; boundary=B")
			loop.SetDefaultExecutor(ioloop.ExecutorFunc(func(write func()) {
				if parts == 1 {
					d.OnConnectionClose() // the handler ends before the writer reports its write
				}
				write()
			}))
			d.(httputil.HTTPMessagePreparer).Prepare()
			part := "--B\r\nContent-Disposition: form-data; name=f%s\r\n\r\nabc\r\n"
			require.NoError(t, d.DataReceived(fmt.Appendf(nil, part+part+"--B--", "; filename=x", second)))
		})
		require.Equal(t, 1, parts)
		require.Eventually(t, func() bool { return empty(t, dir) }, looptest.Patience, time.Millisecond, "a temporary file is left")
		uploading{t: t, notes: h.notes}.expect("prepare", "data --B\r\nCont", "closed")
		require.Empty(t, h.notes)
		require.Empty(t, book.records)
	}
}

// A panicky handler finishes its response in a callback, and panics in OnFinish.
type panicky struct{ receiver }

func (h *panicky) Post(args ...string) error {
	h.Asynchronous()
	h.Loop().AddCallback(h.AsyncCallback(func() error { return h.Finish("late") }))
	return nil
}

func (h *panicky) OnFinish() { panic("oops") }

func TestTemporaryFilesAreRemovedIfOnFinishPanics(t *testing.T) {
	logNothing(t)
	dir := t.TempDir()
	addr := listen(t, NewApplication([]URLSpec{URL("/", panicky{receiver{options: FormOptions{MaxMemory: -1, Dir: dir}}})}, Settings{}))
	body, contentType := form(t, "1", 1)
	require.Equal(t, "200 OK late", postForm(t, addr, body, contentType))
	require.Eventually(t, func() bool { return empty(t, dir) }, looptest.Patience, time.Millisecond, "a temporary file is left")
}

func empty(t *testing.T, dir string) bool {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	return len(entries) == 0
}

// A closing writer counts its bytes and its calls of Close.
type closing struct{ bytes, closed int }

func (c *closing) Write(p []byte) (int, error) { c.bytes += len(p); return len(p), nil }
func (c *closing) Close() error                { c.closed++; return nil }

type failing struct{}

func (failing) Write(p []byte) (int, error) { return 0, errors.New("full") }

func TestReceiveFormOfAnotherBody(t *testing.T) { // http-92
	logNothing(t)
	addr := listen(t, NewApplication([]URLSpec{URL("/", receiver{})}, Settings{}))
	for _, tt := range []struct{ body, contentType string }{
		{"a=1", "application/x-www-form-urlencoded"},
		{"a=1", "multipart/form-data"},
		{"a=1", "multipart/form-data; boundary=B"},
		{"", "multipart/form-data; boundary=B"},
		{"--B\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--B\r\n", "multipart/form-data; boundary=B"},
	} {
		require.Equal(t, "400 Bad Request", postForm(t, addr, tt.body, tt.contentType), tt.body)
	}
}

func TestReceiveFormWithoutAStream(t *testing.T) {
	book := keepLog(t)
	conn := fetch(t, getting(func(h *probe) error { _, err := h.ReceiveForm(FormOptions{}); return err }), "POST /")
	require.Equal(t, "500 Internal Server Error", conn.status)
	require.Contains(t, book.without("access"), "override StreamRequestBody")
}

func TestAnUploadedFileIsKeptBySaveAs(t *testing.T) {
	logNothing(t)
	for _, size := range []int{10, 3 << 20} {
		temps, saved := t.TempDir(), filepath.Join(t.TempDir(), "saved")
		addr := listen(t, NewApplication([]URLSpec{URL("/", receiver{options: FormOptions{Dir: temps}, save: saved})}, Settings{}))
		body, contentType := form(t, "1", size)
		require.Contains(t, postForm(t, addr, body, contentType), "200 OK")
		require.Eventually(t, func() bool { return empty(t, temps) }, looptest.Patience, time.Millisecond)
		data, err := os.ReadFile(saved)
		require.NoError(t, err)
		require.Equal(t, strings.Repeat("x", size), string(data))
	}
}

func TestTemporaryFilesOfAnUploadThatIsCutOff(t *testing.T) {
	keepLog(t)
	dir := t.TempDir()
	u := startUpload(t, uploader{prepare: func(h *uploader) error {
		f, err := h.ReceiveForm(FormOptions{Dir: dir, MaxMemory: -1})
		h.data = func(h *uploader, chunk []byte) error {
			defer func() { h.notes <- "taken" }()
			return f.receiveChunk(chunk)
		}
		return err
	}}, "Content-Type: multipart/form-data; boundary=B\nContent-Length: 1000")
	u.send("--B\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\nabc")
	u.expect("prepare", "data --B\r\nCont", "taken")
	require.False(t, empty(t, dir))
	u.conn.Close()
	u.expect("closed")
	require.Eventually(t, func() bool { return empty(t, dir) }, looptest.Patience, time.Millisecond)
}

// If an upload is cut off while the executor writes, no temporary file stays.
func TestATemporaryFileThatIsWrittenToWhenTheUploadIsCutOff(t *testing.T) {
	keepLog(t)
	for _, chunks := range []int{1, 2} { // the last of which comes too late
		dir, waiting, released, left := t.TempDir(), make(chan bool), make(chan bool), chunks
		u := startUpload(t, uploader{prepare: func(h *uploader) error {
			h.Loop().SetDefaultExecutor(ioloop.ExecutorFunc(func(fn func()) {
				if left--; left > 0 {
					go fn()
					return
				}
				go func() { close(waiting); <-released; fn(); released <- true }()
			}))
			f, err := h.ReceiveForm(FormOptions{Dir: dir, MaxMemory: -1})
			h.data = func(h *uploader, chunk []byte) error { return f.receiveChunk(chunk) }
			return err
		}}, "Content-Type: multipart/form-data; boundary=B\nContent-Length: 1000")
		u.send("--B\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\nabc")
		u.expect("prepare", "data --B\r\nCont")
		for range chunks - 1 {
			u.send("more")
			u.expect("data more")
		}
		<-waiting
		u.conn.Close()
		u.expect("closed")
		released <- true
		<-released
		require.Eventually(t, func() bool { return empty(t, dir) }, looptest.Patience, time.Millisecond)
	}
}
