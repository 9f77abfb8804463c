package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/stretchr/testify/require"
)

// zeros is a reader of the given number of zero bytes.
func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// send uploads files by name, and reads them as they are sent.
func (v *visitor) send(token string, files map[string]io.Reader) (*http.Response, string) {
	v.t.Helper()
	body, form := io.Pipe()
	parts := multipart.NewWriter(form)
	go func() {
		for name, content := range files {
			part, err := parts.CreateFormFile("file", name)
			if err == nil {
				_, err = io.Copy(part, content)
			}
			if err != nil {
				return // the server has rejected the upload
			}
		}
		parts.Close()
		form.Close()
	}()
	r, err := http.NewRequest("POST", v.s.url("/upload"), body)
	require.NoError(v.t, err)
	r.Header.Set("Content-Type", parts.FormDataContentType())
	r.Header.Set("X-XSRFToken", token)
	return v.read(v.client.Do(r))
}

func digestOf(t *testing.T, r io.Reader) string {
	t.Helper()
	sum := sha256.New()
	_, err := io.Copy(sum, r)
	require.NoError(t, err)
	return hex.EncodeToString(sum.Sum(nil))
}

func TestUpload(t *testing.T) {
	v := visit(t, serve(t, 1))
	token := v.token("/upload")
	answer, body := v.send(token, map[string]io.Reader{`a "file".txt`: strings.NewReader("Hello")})
	require.Equal(t, 200, answer.StatusCode)
	require.JSONEq(t, fmt.Sprintf(`{"files": [{"name": "a \"file\".txt", "type": "application/octet-stream", "size": 5, "sha256": %q}]}`,
		digestOf(t, strings.NewReader("Hello"))), body)
	answer, _ = v.send("", map[string]io.Reader{"a": strings.NewReader("Hello")})
	require.Equal(t, 403, answer.StatusCode)

	many := map[string]io.Reader{}
	for i := range maxUploads + 1 {
		many[fmt.Sprint(i)] = strings.NewReader("x")
	}
	answer, _ = v.send(token, many)
	require.Equal(t, 400, answer.StatusCode)
}

func TestUploadThatIsTooLargeIsRefused(t *testing.T) {
	v := visit(t, serveWith(t, demoConfig{address: "127.0.0.1", loops: 1, upload: 1 << 20}))
	token := v.token("/upload")
	for _, tt := range []struct {
		size int64
		ok   bool
	}{{1 << 19, true}, {2 << 20, false}} {
		head, tail := "--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n", "\r\n--x--\r\n"
		r, err := http.NewRequest("POST", v.s.url("/upload"), io.MultiReader(strings.NewReader(head), zeros(tt.size), strings.NewReader(tail)))
		require.NoError(t, err)
		r.ContentLength = int64(len(head)+len(tail)) + tt.size
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		r.Header.Set("X-XSRFToken", token)
		answer, err := v.client.Do(r) // an error means that the connection was closed first
		if err == nil {
			answer.Body.Close()
		}
		if ok := err == nil && answer.StatusCode == 200; ok != tt.ok {
			t.Errorf("%d bytes: got %v, %v; want %t", tt.size, answer, err, tt.ok)
		}
	}
}

// liveHeap returns the bytes that the last garbage collection found in use. Later garbage is
// not counted, because it depends on the collector's timing.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// While a large file arrives, only a small part of it is in memory; after the request, nothing
// is left on the disk.
func TestUploadInConstantMemory(t *testing.T) {
	const size = 200 << 20
	v := visit(t, serve(t, 1)) // with its own directory for temporary files
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	v.client.Timeout = 3 * time.Minute
	token := v.token("/upload")
	runtime.GC()
	before := liveHeap()
	var most uint64
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for {
			most = max(most, liveHeap())
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	_, body := v.send(token, map[string]io.Reader{"zeros": zeros(size)})
	close(done)
	<-watched
	var got struct{ Files []uploaded }
	require.NoError(t, json.Unmarshal([]byte(body), &got), body)
	require.Len(t, got.Files, 1)
	require.EqualValues(t, size, got.Files[0].Size)
	require.Equal(t, digestOf(t, zeros(size)), got.Files[0].SHA256)
	if most > before+20<<20 {
		t.Errorf("%d bytes in memory for a file of %d, and %d before", most, size, before)
	}
	t.Logf("at most %d bytes in memory for a file of %d, and %d before", most, size, before)
	eventually(t, "the temporary file is gone", func() bool {
		left, err := os.ReadDir(temporary)
		return err == nil && len(left) == 0
	})
}

func TestBrowserUpload(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, 1)
	large := filepath.Join(t.TempDir(), "large <b>.bin")
	small := filepath.Join(t.TempDir(), "small.txt")
	require.NoError(t, os.WriteFile(large, make([]byte, 20<<20), 0o600))
	require.NoError(t, os.WriteFile(small, []byte("Hello"), 0o600))
	b.SetSize(1280, 844)
	b.Open(s.url("/upload"))
	b.Call("POST", b.Element("#files")+"/value", map[string]string{"text": large + "\n" + small}, nil)
	b.Click("#send")
	b.WaitFor(`document.querySelector("#status").textContent === "Sent" && document.querySelector("#progress").value === 1`)
	b.WaitFor(`document.querySelectorAll("#table tr").length === 2`)
	b.WaitFor(`[...document.querySelectorAll("#table tr")].every((row) => row.lastElementChild.textContent === "yes")`)
	b.WaitFor(`document.querySelector("#table").textContent.includes("large <b>.bin")`)
	b.WaitFor(`document.querySelector("#detail").textContent.startsWith("20.0 MiB of 20.0 MiB")`)
	b.Screenshot("upload-sent")
	b.Run(`document.querySelector("#form").dataset.most = 1000`, nil)
	b.Click("#send")
	b.WaitFor(`document.querySelector("#error").textContent.startsWith("That is 20.0 MiB; the server takes 1000")`)
	b.RequireNoErrors()
}
