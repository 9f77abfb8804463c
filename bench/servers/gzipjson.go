package servers

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/valyala/fasthttp"

	"github.com/gotornado/tornado/web"
)

// gzipLevel is the level that all servers use.
const gzipLevel = 6

// gzipBody is 16 KiB of JSON, like the response of an API.
var gzipBody = makeJSON(16 << 10)

func makeJSON(size int) []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for i := 0; b.Len() < size-100; i++ {
		fmt.Fprintf(&b, `{"id":%d,"name":"user %d","score":%d,"active":%t},`, i, i*7919%1000, i*104729%100000, i%3 == 0)
	}
	return append(bytes.TrimSuffix(b.Bytes(), []byte(",")), ']')
}

type tornadoJSON struct{ web.RequestHandler }

func (h *tornadoJSON) Get(args ...string) error {
	h.SetHeader("Content-Type", "application/json")
	_, err := h.Write(gzipBody)
	return err
}

func (h *tornadoJSON) ComputeEtag() string { return "" } // as for the other servers

func gzipTornado(port int, ready func()) error {
	return tornadoApplication(port, ready, web.NewApplication([]web.URLSpec{
		web.URL(`/json`, tornadoJSON{}),
	}, web.Settings{CompressResponse: true}))
}

// gzipNetHTTP does what the best middleware for net/http does: it reuses writers and buffers,
// and sets the Content-Length.
func gzipNetHTTP(port int, ready func()) error {
	listener, err := listen(port, ready)
	if err != nil {
		return err
	}
	type state struct {
		writer *gzip.Writer
		buffer bytes.Buffer
	}
	states := sync.Pool{New: func() any {
		s := &state{}
		s.writer, _ = gzip.NewWriterLevel(&s.buffer, gzipLevel)
		return s
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("/json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Vary", "Accept-Encoding")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Write(gzipBody)
			return
		}
		s := states.Get().(*state)
		defer states.Put(s)
		s.buffer.Reset()
		s.writer.Reset(&s.buffer)
		s.writer.Write(gzipBody)
		s.writer.Close()
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Length", strconv.Itoa(s.buffer.Len()))
		w.Write(s.buffer.Bytes())
	})
	return http.Serve(listener, mux)
}

// gzipFasthttp compresses with klauspost's package, as fasthttp always does.
func gzipFasthttp(port int, ready func()) error {
	listener, err := listen(port, ready)
	if err != nil {
		return err
	}
	return fasthttp.Serve(listener, fasthttp.CompressHandlerLevel(func(ctx *fasthttp.RequestCtx) {
		ctx.SetContentType("application/json")
		ctx.Write(gzipBody)
	}, gzipLevel))
}
