package web

import (
	"html"
	"strconv"
	"strings"
	"time"

	"github.com/gotornado/tornado/autoreload"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// startAutoreload starts package autoreload for an application that is being developed.
func (s *Settings) startAutoreload() {
	if s.Autoreload {
		autoreload.Start(s.Loop, autoreload.Options{})
	}
}

// showsBuildFailure reports whether a request gets the messages of the compiler in place of
// its page, because the last build has failed.
func (s *Settings) showsBuildFailure(r *httputil.HTTPServerRequest) bool {
	return s.Debug && autoreload.BuildFailure() != "" && r.Method == "GET" &&
		strings.Contains(r.Headers.Get("Accept"), "text/html")
}

// A buildFailureHandler shows the messages of the compiler.
type buildFailureHandler struct{ RequestHandler }

func (h *buildFailureHandler) Get(...string) error {
	h.SetStatus(500)
	return h.WriteString("<!DOCTYPE html><html><head><title>The build failed</title></head><body><h1>The build failed</h1>\n" +
		"<p>The last version that could be built still runs. This page goes away with the next build that succeeds.</p>\n<pre>" +
		html.EscapeString(autoreload.BuildFailure()) + "</pre></body></html>\n")
}

// processStart is a text that differs between one version of the program and the next.
var processStart = strconv.FormatInt(time.Now().UnixNano(), 36)

// autoreloadScript reloads the page when the server has another version.
const autoreloadScript = `(() => {
  const url = document.currentScript.src.split("?")[0];
  let version;
  new EventSource(url).onmessage = event => {
    if (version && version !== event.data) location.reload();
    version = event.data;
  };
})();
`

// An AutoreloadHandler reloads pages in the browser after the program was restarted by
// package autoreload. Serve it during development, for example at /_autoreload, and put
// <script src="/_autoreload?script"></script> into the pages. Tornado has no such handler.
type AutoreloadHandler struct {
	RequestHandler
	ended *ioloop.Future[struct{}]
}

// Get sends the script, or the version of the program as an event stream.
func (h *AutoreloadHandler) Get(...string) error {
	h.SetHeader("Cache-Control", "no-cache")
	if _, ok := h.Request().QueryArguments()["script"]; ok {
		h.SetHeader("Content-Type", "text/javascript; charset=UTF-8")
		return h.WriteString(autoreloadScript)
	}
	h.SetHeader("Content-Type", "text/event-stream")
	h.ended = ioloop.NewFuture[struct{}](h.Loop())
	if err := h.WriteString("retry: 250\ndata: " + processStart + "\n\n"); err != nil {
		return err
	}
	h.Flush()
	h.ended.Await()
	return nil
}

// OnShutdown ends the event stream. The browser then asks the next version.
func (h *AutoreloadHandler) OnShutdown() { h.endStream() }

// OnConnectionClose ends the wait for the next version.
func (h *AutoreloadHandler) OnConnectionClose() { h.endStream() }

func (h *AutoreloadHandler) endStream() {
	if h.ended != nil {
		h.ended.SetResult(struct{}{})
	}
}
