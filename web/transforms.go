package web

import (
	"cmp"
	"compress/gzip"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gotornado/tornado/httputil"
)

// An OutputTransform changes one answer on its way out, after the handler wrote it and
// before its head is framed. Its methods run on the loop. Tornado: web.OutputTransform.
type OutputTransform interface {
	// TransformFirstChunk gets the head of the answer and the first part of its body, all
	// of it if finishing. It may change headers, and returns the status and the bytes
	// to send. chunk may be the handler's own bytes, so it must not be changed in place; it
	// is valid during the call only, unless it is returned. What is returned must not
	// change afterwards.
	TransformFirstChunk(status int, headers *httputil.HTTPHeaders, chunk []byte, finishing bool) (newStatus int, newChunk []byte)
	// TransformChunk gets each further part of the body, under the same rules, and returns
	// the bytes to send; the last one is finishing and may be empty.
	TransformChunk(chunk []byte, finishing bool) []byte
}

// A TransformClass makes the transform of the answer to r, once for each answer, on the
// loop. Tornado: a class of transforms.
type TransformClass func(r *httputil.HTTPServerRequest) OutputTransform

// AddTransform has class transform every answer, after the transforms there are. It is for the
// time before the application serves. Tornado: add_transform.
func (a *Application) AddTransform(class TransformClass) {
	a.transforms = append(a.transforms, class)
}

// settingsTransforms are those that the settings ask for.
func (s *Settings) settingsTransforms() []TransformClass {
	switch {
	case s.Transforms != nil:
		return slices.Clone(s.Transforms)
	case s.CompressResponse:
		return []TransformClass{GZipContentEncoding(GZipOptions{})}
	}
	return nil
}

// transform passes a part of the answer through its transforms.
func (h *RequestHandler) transformChunk(chunk []byte, finishing bool) []byte {
	x := h.exchange
	if h.headersWritten {
		for _, t := range x.transforms {
			chunk = t.TransformChunk(chunk, finishing)
		}
		return chunk
	}
	x.transforms = x.transforms[:0]
	for _, class := range h.application.transforms {
		t := class(h.peekRequest())
		h.status, chunk = t.TransformFirstChunk(h.status, &x.headers, chunk, finishing)
		if g, ok := t.(*gzipTransform); !ok || g.state != nil {
			x.transforms = append(x.transforms, t)
		}
	}
	return chunk
}

// transformed is called when the connection has taken what transform returned.
func (h *RequestHandler) releaseTransforms(finishing bool) {
	if !finishing || h.exchange == nil {
		return
	}
	for _, t := range h.exchange.transforms {
		if g, ok := t.(*gzipTransform); ok {
			g.class.states.Put(g.state)
		}
	}
	clear(h.exchange.transforms)
	h.exchange.transforms = h.exchange.transforms[:0]
}

// GZipOptions tune GZipContentEncoding. The zero value does what Tornado does.
type GZipOptions struct {
	Level     int // 1, fastest, to 9, smallest; 0 means 6
	MinLength int // bytes that an answer of one part must have to be compressed; 0 means 1024
	// ContentTypes are compressed beside all that begin with text/; nil means JavaScript,
	// JSON, XML in its usual types, and SVG.
	ContentTypes []string
}

// withDefaults is the only place a default is written.
func (o GZipOptions) withDefaults() GZipOptions {
	o.Level, o.MinLength = cmp.Or(o.Level, 6), cmp.Or(o.MinLength, 1024)
	if o.ContentTypes == nil {
		o.ContentTypes = []string{
			"application/javascript", "application/x-javascript", "application/xml", "application/atom+xml",
			"application/json", "application/xhtml+xml", "image/svg+xml",
		}
	}
	return o
}

// GZipContentEncoding is the transform that compresses answers for clients that accept
// gzip. It leaves alone what has a Content-Encoding, parts of a resource (206), types
// that are not in the options, and short answers, unless they are flushed. A flushed
// part can be decompressed when it arrives. Etags stay what they were.
// A level that gzip does not have panics. The setting CompressResponse adds it.
// Tornado: web.GZipContentEncoding.
func GZipContentEncoding(o GZipOptions) TransformClass {
	o = o.withDefaults()
	if o.Level < gzip.BestSpeed || o.Level > gzip.BestCompression {
		panic(fmt.Sprintf("web: GZipContentEncoding: level %d: use 1 to 9", o.Level))
	}
	class := &gzipClass{options: o}
	class.states.New = func() any {
		s := &gzipState{}
		s.writer, _ = gzip.NewWriterLevel(s, o.Level)
		return s
	}
	return class.transform
}

type gzipClass struct {
	options GZipOptions
	states  sync.Pool
}

// A gzipState compresses one answer; it is used again, as it is large.
type gzipState struct {
	writer *gzip.Writer
	out    []byte
}

// Write takes what was compressed.
func (s *gzipState) Write(p []byte) (int, error) {
	s.out = append(s.out, p...)
	return len(p), nil
}

func (c *gzipClass) transform(r *httputil.HTTPServerRequest) OutputTransform {
	return &gzipTransform{class: c, accepted: acceptsEncoding(r.Headers.Get("Accept-Encoding"), "gzip")}
}

type gzipTransform struct {
	class    *gzipClass
	state    *gzipState // nil if nothing is to be compressed
	accepted bool
}

func (t *gzipTransform) TransformFirstChunk(status int, headers *httputil.HTTPHeaders, chunk []byte, finishing bool) (int, []byte) {
	addVary(headers)
	if !t.accepted || status == 206 || finishing && len(chunk) < t.class.options.MinLength ||
		headers.Has("Content-Encoding") || !t.class.compressible(headers.Get("Content-Type")) {
		return status, chunk
	}
	t.state = t.class.states.Get().(*gzipState)
	t.state.writer.Reset(t.state)
	headers.Set("Content-Encoding", "gzip")
	chunk = t.TransformChunk(chunk, finishing)
	if headers.Has("Content-Length") {
		if finishing {
			headers.Set("Content-Length", strconv.Itoa(len(chunk)))
		} else {
			headers.Del("Content-Length") // the connection uses chunks
		}
	}
	return status, chunk
}

func (c *gzipClass) compressible(contentType string) bool {
	contentType, _, _ = strings.Cut(contentType, ";")
	return strings.HasPrefix(contentType, "text/") || slices.Contains(c.options.ContentTypes, contentType)
}

func (t *gzipTransform) TransformChunk(chunk []byte, finishing bool) []byte {
	s := t.state
	if len(chunk) == 0 && !finishing {
		return chunk
	}
	s.out = s.out[:0]
	s.writer.Write(chunk)
	if finishing {
		s.writer.Close()
	} else {
		s.writer.Flush()
	}
	out := s.out
	if len(out) > maxKeptBody {
		s.out = nil // the connection may hold it
	}
	return out
}
