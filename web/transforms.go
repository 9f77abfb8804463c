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

// An OutputTransform changes one response after the handler has written it and before its
// head is sent. Its methods run on the loop. Tornado: web.OutputTransform.
type OutputTransform interface {
	// TransformFirstChunk gets the head of the response and the first part of its body, or
	// the whole body if finishing. It may change headers, and returns the status and the
	// bytes to send. It must not change chunk in place, because chunk may be the handler's
	// own memory. Unless it is returned, chunk is only valid during the call. The result
	// must not change afterwards.
	TransformFirstChunk(status int, headers *httputil.HTTPHeaders, chunk []byte, finishing bool) (newStatus int, newChunk []byte)
	// TransformChunk gets each further part of the body, with the same rules, and returns
	// the bytes to send. finishing is true for the last part, which may be empty.
	TransformChunk(chunk []byte, finishing bool) []byte
}

// A TransformClass returns the transform for the response to r. It is called once for each
// response, on the loop. Tornado: a class of transforms.
type TransformClass func(r *httputil.HTTPServerRequest) OutputTransform

// AddTransform makes class transform every response, after the other transforms. Call it
// before the application serves. Tornado: add_transform.
func (a *Application) AddTransform(class TransformClass) {
	a.transforms = append(a.transforms, class)
}

// settingsTransforms returns the transforms for the settings.
func (s *Settings) settingsTransforms() []TransformClass {
	switch {
	case s.Transforms != nil:
		return slices.Clone(s.Transforms)
	case s.CompressResponse:
		return []TransformClass{GZipContentEncoding(GZipOptions{})}
	}
	return nil
}

// transformChunk passes a part of the response through its transforms.
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

// releaseTransforms is called when the connection has the result of transformChunk. After
// the last part it makes the transforms' memory available to other responses.
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

// GZipOptions configure GZipContentEncoding. The zero value does what Tornado does.
type GZipOptions struct {
	Level     int // level of compression, from 1 (fastest) to 9 (smallest); 0 means 6
	MinLength int // smallest size in bytes of a response that is compressed, if it is sent in one part; 0 means 1024
	// ContentTypes are compressed, in addition to all types that begin with text/. nil
	// means JavaScript, JSON, the usual types of XML, and SVG.
	ContentTypes []string
}

// withDefaults returns the options with the defaults filled in. Defaults are written
// nowhere else.
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

// GZipContentEncoding returns a transform that compresses responses for clients that accept
// gzip. It does not compress a response that has a Content-Encoding, a range (206), a type
// that is not in the options, or a short response that is not flushed. Clients can
// decompress each flushed part when it arrives. Etags stay the same. A level that gzip does
// not have panics. Settings.CompressResponse adds this transform. Tornado:
// web.GZipContentEncoding.
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

// A gzipState compresses one response. It is large, so it is reused.
type gzipState struct {
	writer *gzip.Writer
	out    []byte
}

// Write appends compressed bytes to out.
func (s *gzipState) Write(p []byte) (int, error) {
	s.out = append(s.out, p...)
	return len(p), nil
}

func (c *gzipClass) transform(r *httputil.HTTPServerRequest) OutputTransform {
	return &gzipTransform{class: c, accepted: acceptsEncoding(r.Headers.Get("Accept-Encoding"), "gzip")}
}

type gzipTransform struct {
	class    *gzipClass
	state    *gzipState // nil if the response is not compressed
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
		s.out = nil // the connection may keep it
	}
	return out
}
