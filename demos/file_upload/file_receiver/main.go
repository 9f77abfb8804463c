// Command file_receiver receives files: several in the multipart form of a POST, or one as the
// body of a PUT. It logs their names, types and sizes, and stores nothing.
package main

import (
	"log"
	"log/slog"
	"strconv"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/web"
)

var (
	port   = options.Define("port", 8888, "run on the given port")
	maxPut = options.Define("max_put_size", int64(10<<30), "largest file of a PUT in bytes")
)

// POSTHandler receives the files of a form. They are in memory, so that a request has at most
// 100 MiB, the default of httpserver.Options.MaxBodySize.
type POSTHandler struct{ web.RequestHandler }

func (h *POSTHandler) Post(args ...string) error {
	fields, err := h.Request().Files()
	if err != nil {
		return err
	}
	for _, files := range fields {
		for _, file := range files {
			slog.Info("POST", "filename", file.Filename, "type", file.ContentType, "bytes", len(file.Body))
		}
	}
	return h.WriteString("OK")
}

// PUTHandler receives one file of any size, in chunks: only one of them is in memory.
type PUTHandler struct {
	web.RequestHandler
	MaxSize int64
	read    int64
}

// StreamRequestBody makes the server pass the body to DataReceived while it arrives.
func (h *PUTHandler) StreamRequestBody() bool { return true }

// Prepare runs after the headers have arrived. It refuses a file that is too large before the
// client sends it. SetMaxBodySize limits a body without a Content-Length.
func (h *PUTHandler) Prepare() error {
	length, _ := strconv.ParseInt(h.Request().Headers.Get("Content-Length"), 10, 64) // 0 if there is none
	if length > h.MaxSize {
		return web.HTTPErrorf(413, "%d bytes are more than max_put_size", length)
	}
	h.SetMaxBodySize(h.MaxSize)
	return nil
}

// WriteError writes an error page. After a refusal the rest of the body is not read, so the
// connection closes. The header says so; otherwise clients would send the next request on it.
func (h *PUTHandler) WriteError(status int, cause error) {
	h.SetHeader("Connection", "close")
	h.RequestHandler.WriteError(status, cause)
}

// DataReceived receives the next part of the body. A handler may wait here, for example until the
// chunk is on the disk. The server reads no further meanwhile, so a fast client has to wait too.
func (h *PUTHandler) DataReceived(chunk []byte) error {
	h.read += int64(len(chunk))
	return nil
}

// Put runs after the whole body has arrived. Its argument is the path, percent-decoded. Never
// open a file by a name that a client has sent.
func (h *PUTHandler) Put(args ...string) error {
	slog.Info("PUT", "filename", args[0], "type", h.Request().Headers.Get("Content-Type"), "bytes", h.read)
	return h.WriteString("OK")
}

func newApp(maxPut int64) *web.Application {
	return web.NewApplication([]web.URLSpec{
		web.URL(`/post`, POSTHandler{}),
		web.URL(`/(.*)`, PUTHandler{MaxSize: maxPut}),
	}, web.Settings{})
}

func main() {
	options.ParseCommandLine()
	if _, err := newApp(maxPut.Value()).Listen(port.Value()); err != nil {
		log.Fatal(err)
	}
	log.Fatal(ioloop.Instance().Start())
}
