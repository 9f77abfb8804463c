package web

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// CacheMaxAge is how long clients may cache a file that they request with its version: ten
// years. Tornado: CACHE_MAX_AGE.
const CacheMaxAge = 315360000 * time.Second

// StaticFileHandler serves the files of a directory or of an [fs.FS]. Its pattern has one
// group, the path of the file. It supports ranges, versions (?v=...), Etag, conditional
// requests and HEAD. A path that leaves the directory, by its text or through a symbolic
// link, gets a 403; see AllowedSymlinkDirectories.
//
// To serve other resources, embed it and override methods of [StaticHandler]. The loop does
// not block on the disk: content that is not in memory is read on another goroutine.
// Tornado: web.StaticFileHandler.
type StaticFileHandler struct {
	RequestHandler
	// Path is the directory. If Path is empty and FS is nil, Settings.StaticPath and
	// Settings.StaticFS are used.
	Path string
	// FS is served instead of Path. Files in FS without a modification time, such as those
	// of an embed.FS, are assumed to be in memory and never to change.
	FS fs.FS
	// AllowedSymlinkDirectories are directories outside of Path to which symbolic links
	// below Path may lead. "/" allows every link. Links in FS are not checked: to confine
	// them, serve the FS of an [os.Root]. Tornado: allowed_symlink_directory.
	AllowedSymlinkDirectories []string
	// DefaultFilename is the file to serve for a directory, after a redirect to the URL
	// with a slash at its end. "" means a 403 for directories. Tornado: default_filename.
	DefaultFilename string
	// Precompressed sends name.br or name.gz instead of a file, if that file is in the same
	// directory, is not older, and the client accepts it. Responses then have Vary:
	// Accept-Encoding.
	Precompressed bool

	versions   *versionCache  // shared by all handlers of the class
	callerLoop *ioloop.IOLoop // loop that calls StaticURL without a request
	settings   *Settings      // settings of a call without a request

	name         string // requested path below the root
	absolutePath string
	linkRoot     string // the root that was passed to ValidateAbsolutePath; links must not leave it
	encoding     string // Content-Encoding of the response, or ""
	modified     time.Time
	size         int64
	file         staticFile // open if its path is not ""
}

// StaticHandler lists the methods that a handler that embeds [StaticFileHandler] may
// override, in the order in which a request calls them. An absolute path is any name of a
// resource; by default it is the path of a file. StaticURL also calls GetContent,
// GetContentVersion, GetContentSize, GetModifiedTime, GetAbsolutePath, MakeStaticURL and
// GetVersion, without a request. All methods run on the loop and may wait.
type StaticHandler interface {
	Handler

	// ParseURLPath returns the path below the root for the path of a URL.
	ParseURLPath(urlPath string) string
	// GetAbsolutePath returns the absolute path of a path below root.
	GetAbsolutePath(root, path string) string
	// ValidateAbsolutePath refuses an absolute path with an error, or returns the path to
	// serve. If it ends the request itself, its result has no effect.
	ValidateAbsolutePath(root, absolutePath string) (string, error)
	// GetModifiedTime returns the time of the last change, or the zero time if it is
	// unknown.
	GetModifiedTime() (time.Time, error)
	// GetContentSize returns the size of the whole resource in bytes.
	GetContentSize() (int64, error)
	// SetHeaders sets the headers of the response. It calls the methods below.
	SetHeaders()
	// GetContentVersion returns a text that differs for different contents. It is cached
	// with the size and time of the resource.
	GetContentVersion(absolutePath string) (string, error)
	// GetContentType returns the value of Content-Type, or "" for none.
	GetContentType() string
	// GetCacheTime returns how long clients may cache the response; 0 leaves it to the
	// client.
	GetCacheTime(path string, modified time.Time, contentType string) time.Duration
	// SetExtraHeaders adds headers to the usual ones.
	SetExtraHeaders(path string)
	// ShouldReturn304 reports whether the client has this version already.
	ShouldReturn304() bool
	// GetContent returns the bytes from start to end, without the byte at end. The result
	// is read on another goroutine while the handler waits.
	GetContent(absolutePath string, start, end int64) (io.ReadCloser, error)

	// MakeStaticURL returns the URL of a path below the root.
	MakeStaticURL(s *Settings, path string, includeVersion bool) string
	// GetVersion returns the version of a path below the root, or "".
	GetVersion(s *Settings, path string) string

	static() *StaticFileHandler
}

var _ StaticHandler = (*StaticFileHandler)(nil)

func (h *StaticFileHandler) static() *StaticFileHandler { return h }

// hooks returns self as a StaticHandler, to call overridden methods.
func (h *StaticFileHandler) hooks() StaticHandler { return h.self.(StaticHandler) }

// checkPrototype refuses a prototype that has a method of [StaticHandler] with another
// signature.
func (h *StaticFileHandler) checkPrototype(self Handler) error {
	if _, ok := self.(StaticHandler); !ok {
		return errors.New("a hook of StaticFileHandler is overridden with another signature: compare its methods with web.StaticHandler")
	}
	if h.Path != "" {
		path, err := filepath.Abs(h.Path)
		if err != nil {
			return err
		}
		h.Path = path
	}
	h.versions = &versionCache{}
	return nil
}

// AbsolutePath returns the result of ValidateAbsolutePath. Tornado: absolute_path.
func (h *StaticFileHandler) AbsolutePath() string { return h.absolutePath }

// Modified returns the result of GetModifiedTime. Tornado: modified.
func (h *StaticFileHandler) Modified() time.Time { return h.modified }

// Head responds as Get does, without the file. Tornado: head.
func (h *StaticFileHandler) Head(args ...string) error { return h.serveFile(args) }

// Get sends the file that the group of the pattern names, or the range of it that a Range
// header requests, or a 304 if the client has it already. Tornado: get.
func (h *StaticFileHandler) Get(args ...string) error { return h.serveFile(args) }

var errNoPathGroup = errors.New("web: the pattern of a StaticFileHandler has no group for the path: write it as /static/(.*) or /static/{path:.*}")

func (h *StaticFileHandler) serveFile(args []string) error {
	defer h.file.close()
	self := h.hooks()
	if found, err := h.findFile(self, args); !found || err != nil {
		return err
	}
	self.SetHeaders()
	if self.ShouldReturn304() {
		h.SetStatus(http.StatusNotModified)
		return nil
	}
	part := h.requestedRange()
	if !part.satisfiable {
		h.SetStatus(http.StatusRequestedRangeNotSatisfiable)
		h.SetHeader("Content-Type", "text/plain")
		h.SetHeader("Content-Range", "bytes */"+strconv.FormatInt(h.size, 10))
		return nil
	}
	if part.end-part.start < h.size {
		h.SetStatus(http.StatusPartialContent)
		h.SetHeader("Content-Range", httputil.ContentRange(&part.start, &part.end, h.size))
	}
	h.SetHeader("Content-Length", part.end-part.start)
	if h.Request().Method == http.MethodHead || part.start == part.end {
		return nil
	}
	return h.sendRange(self, part.start, part.end)
}

// findFile finds the requested resource. found is false if that ended the request.
func (h *StaticFileHandler) findFile(self StaticHandler, args []string) (found bool, err error) {
	urlPath, ok := h.pathKwargs["path"]
	if len(args) > 0 {
		urlPath, ok = args[0], true
	}
	if !ok {
		return false, errNoPathGroup
	}
	h.name = self.ParseURLPath(urlPath)
	root := h.root(h.Settings())
	h.absolutePath, err = self.ValidateAbsolutePath(root, self.GetAbsolutePath(root, h.name))
	if err != nil || h.finished {
		return false, err
	}
	if h.Precompressed {
		h.choosePrecompressed()
	}
	return true, h.readTimeAndSize(self)
}

// readTimeAndSize calls GetModifiedTime and GetContentSize.
func (h *StaticFileHandler) readTimeAndSize(self StaticHandler) (err error) {
	if h.modified, err = self.GetModifiedTime(); err == nil {
		h.size, err = self.GetContentSize()
	}
	return err
}

// SetHeaders sets Accept-Ranges, Etag, Last-Modified and Content-Type. It sets Expires and
// Cache-Control if GetCacheTime is above 0. Then it calls SetExtraHeaders. Tornado:
// set_headers.
func (h *StaticFileHandler) SetHeaders() {
	self := h.hooks()
	h.SetHeader("Accept-Ranges", "bytes")
	h.SetEtagHeader()
	if !h.modified.IsZero() {
		h.SetHeader("Last-Modified", h.modified)
	}
	contentType := self.GetContentType()
	if contentType != "" {
		h.SetHeader("Content-Type", contentType)
	}
	if age := self.GetCacheTime(h.name, h.modified, contentType); age > 0 {
		h.SetHeader("Expires", h.Loop().Time().Add(age))
		h.SetHeader("Cache-Control", "max-age="+strconv.FormatInt(int64(age/time.Second), 10))
	}
	if h.encoding != "" {
		h.SetHeader("Content-Encoding", h.encoding)
	}
	if h.Precompressed {
		addVary(&h.exchange.headers)
	}
	self.SetExtraHeaders(h.name)
}

// SetExtraHeaders does nothing. Override it to add headers. Tornado: set_extra_headers.
func (h *StaticFileHandler) SetExtraHeaders(path string) {}

// GetCacheTime returns how long clients may cache the response: CacheMaxAge for a request
// with an argument v, otherwise 0, which leaves it to the client. Tornado: get_cache_time,
// in seconds.
func (h *StaticFileHandler) GetCacheTime(path string, modified time.Time, contentType string) time.Duration {
	if r := h.Request(); r.Query != "" {
		if _, versioned := r.QueryArguments()["v"]; versioned {
			return CacheMaxAge
		}
	}
	return 0
}

// ShouldReturn304 reports whether the client has this version already, according to
// If-None-Match or, without that header, to If-Modified-Since. Tornado: should_return_304.
func (h *StaticFileHandler) ShouldReturn304() bool {
	headers := &h.Request().Headers
	if headers.Get("If-None-Match") != "" {
		return h.CheckEtagHeader()
	}
	since, ok := parseDate(headers.Get("If-Modified-Since"))
	return ok && !h.modified.IsZero() && !h.modified.Truncate(time.Second).After(since)
}

// A byteRange is the requested part of a resource.
type byteRange struct {
	start, end  int64 // the byte at end is not included
	satisfiable bool
}

// requestedRange returns the range of the Range header, or the whole resource.
func (h *StaticFileHandler) requestedRange() byteRange {
	headers := &h.Request().Headers
	if text := headers.Get("Range"); text != "" && h.ifRange(headers.Get("If-Range")) {
		return parseRange(text, h.size)
	}
	return byteRange{0, h.size, true}
}

// parseRange returns the range that a Range header requests of size bytes. An invalid
// header requests all bytes.
func parseRange(header string, size int64) byteRange {
	first, last, ok := httputil.ParseRequestRange(header)
	if !ok {
		return byteRange{0, size, true}
	}
	start, end := int64(0), size
	if first != nil {
		if start = *first; start < 0 {
			start = max(0, start+size)
		}
		if start >= size {
			return byteRange{}
		}
	}
	if last != nil {
		if *last == 0 || first != nil && start >= *last {
			return byteRange{}
		}
		end = min(*last, size)
	}
	return byteRange{start, end, true}
}

// ifRange reports whether If-Range allows a range (RFC 9110, section 13.1.5): it must be
// empty, the strong Etag, or exactly the time of the last change.
func (h *StaticFileHandler) ifRange(condition string) bool {
	switch {
	case condition == "":
		return true
	case condition[0] == '"':
		return condition == h.exchange.headers.Get("Etag")
	}
	t, err := http.ParseTime(condition)
	return err == nil && !h.modified.IsZero() && h.modified.Truncate(time.Second).Equal(t)
}

// root returns the directory that h serves, or "." for an fs.FS.
func (h *StaticFileHandler) root(s *Settings) string {
	if h.fsWith(s) != nil {
		return "."
	}
	return cmp.Or(h.Path, s.StaticPath)
}

// fsWith returns the fs.FS that h serves with the given settings, or nil for a directory.
func (h *StaticFileHandler) fsWith(s *Settings) fs.FS {
	if h.FS != nil || h.Path != "" {
		return h.FS
	}
	return s.StaticFS
}
