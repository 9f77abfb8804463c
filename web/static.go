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

// CacheMaxAge is how long clients may keep a file that they asked for by its version,
// ten years. Tornado: CACHE_MAX_AGE.
const CacheMaxAge = 315360000 * time.Second

// StaticFileHandler serves the files of a directory or of an [fs.FS]. Its pattern has
// one group, the path of the file. Ranges, versions (?v=...), Etag, conditional
// requests and HEAD are understood. A path that leaves the directory, by its text or
// by a symbolic link, is answered with 403; see AllowedSymlinkDirectories.
//
// To serve something else, embed it and override what [StaticHandler] lists. No
// request waits for the disk to read a file: what is not in memory is read on another
// goroutine. Tornado: web.StaticFileHandler.
type StaticFileHandler struct {
	RequestHandler
	// Path is the directory. If it is empty and FS is nil, the settings StaticPath and
	// StaticFS say what to serve.
	Path string
	// FS is served in place of Path. Files of it that have no time of change, as those
	// of an embed.FS, are taken to be in memory and never to change.
	FS fs.FS
	// AllowedSymlinkDirectories are directories beside Path to which symbolic links below
	// Path may lead. "/" allows every link. Files of FS are not checked: to confine them,
	// serve the FS of an [os.Root]. Tornado: allowed_symlink_directory.
	AllowedSymlinkDirectories []string
	// DefaultFilename is served for a directory, whose URL is redirected to end with a
	// slash first; "" refuses directories with 403. Tornado: default_filename.
	DefaultFilename string
	// Precompressed sends name.br or name.gz in place of a file, if it lies beside it, is
	// not older, and the client accepts it. Answers then say Vary: Accept-Encoding.
	Precompressed bool

	versions   *versionCache  // of the class
	callerLoop *ioloop.IOLoop // of a class method that is called without a request
	settings   *Settings      // the same

	name         string // what the request asks for, below the root
	absolutePath string
	linkRoot     string // the root that ValidateAbsolutePath has checked links against
	encoding     string // Content-Encoding of what is sent
	modified     time.Time
	size         int64
	file         staticFile // open if its path is not ""
}

// StaticHandler lists what a handler that embeds [StaticFileHandler] may override, in
// the order in which a request calls it. An absolute path is whatever names a resource: a
// file's path by default. GetContent, GetContentVersion, GetContentSize, GetModifiedTime,
// GetAbsolutePath, MakeStaticURL and GetVersion are also called when a handler asks for
// StaticURL: then there is no request. All run on the loop and may wait.
type StaticHandler interface {
	Handler

	// ParseURLPath turns the path of a URL into a path below the root.
	ParseURLPath(urlPath string) string
	// GetAbsolutePath returns the absolute path of a path below root.
	GetAbsolutePath(root, path string) string
	// ValidateAbsolutePath refuses an absolute path with an error, or returns the one to
	// serve. If it ends the request itself, what it returns is of no account.
	ValidateAbsolutePath(root, absolutePath string) (string, error)
	// GetModifiedTime returns the time of the last change; zero if there is none.
	GetModifiedTime() (time.Time, error)
	// GetContentSize returns the size of the whole resource in bytes.
	GetContentSize() (int64, error)
	// SetHeaders sets the headers of the answer, by the hooks that follow.
	SetHeaders()
	// GetContentVersion returns what tells this content from others; it is kept with the
	// resource's size and time.
	GetContentVersion(absolutePath string) (string, error)
	// GetContentType returns the value of Content-Type, or "" for none.
	GetContentType() string
	// GetCacheTime returns how long clients may keep the answer; 0 leaves it to them.
	GetCacheTime(path string, modified time.Time, contentType string) time.Duration
	// SetExtraHeaders adds headers to the usual ones.
	SetExtraHeaders(path string)
	// ShouldReturn304 says whether the client has this version already.
	ShouldReturn304() bool
	// GetContent returns bytes start up to, but without, end. Reads of it run on another
	// goroutine while the handler waits.
	GetContent(absolutePath string, start, end int64) (io.ReadCloser, error)

	// MakeStaticURL returns the URL of a path below the root.
	MakeStaticURL(s *Settings, path string, includeVersion bool) string
	// GetVersion returns the version of a path below the root, or "".
	GetVersion(s *Settings, path string) string

	static() *StaticFileHandler
}

var _ StaticHandler = (*StaticFileHandler)(nil)

func (h *StaticFileHandler) static() *StaticFileHandler { return h }

// hooks is self, for what it may override.
func (h *StaticFileHandler) hooks() StaticHandler { return h.self.(StaticHandler) }

// checkPrototype refuses a prototype with a hook of another signature than that in
// [StaticHandler]. It belongs to the framework.
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

// AbsolutePath is what ValidateAbsolutePath returned. Tornado: absolute_path.
func (h *StaticFileHandler) AbsolutePath() string { return h.absolutePath }

// Modified is what GetModifiedTime returned. Tornado: modified.
func (h *StaticFileHandler) Modified() time.Time { return h.modified }

// Head answers as Get does, without the file. Tornado: head.
func (h *StaticFileHandler) Head(args ...string) error { return h.serveFile(args) }

// Get sends the file that the group of the pattern names, or the part of it that a Range
// header asks for, or 304 if the client has it. Tornado: get.
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

// find finds out what is asked for. It is false if that ended the request.
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

// measure asks for time and size.
func (h *StaticFileHandler) readTimeAndSize(self StaticHandler) (err error) {
	if h.modified, err = self.GetModifiedTime(); err == nil {
		h.size, err = self.GetContentSize()
	}
	return err
}

// SetHeaders sets Accept-Ranges, Etag, Last-Modified, Content-Type and, if the answer
// may be kept, Expires and Cache-Control, then calls SetExtraHeaders. Tornado: set_headers.
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

// SetExtraHeaders does nothing; override it to add headers. Tornado: set_extra_headers.
func (h *StaticFileHandler) SetExtraHeaders(path string) {}

// GetCacheTime is how long clients may keep the answer: CacheMaxAge for a request with
// an argument v, else 0, which leaves it to them. Tornado: get_cache_time, in seconds.
func (h *StaticFileHandler) GetCacheTime(path string, modified time.Time, contentType string) time.Duration {
	if r := h.Request(); r.Query != "" {
		if _, versioned := r.QueryArguments()["v"]; versioned {
			return CacheMaxAge
		}
	}
	return 0
}

// ShouldReturn304 reports whether the client has this version already: by If-None-Match
// if there is one, else by If-Modified-Since. Tornado: should_return_304.
func (h *StaticFileHandler) ShouldReturn304() bool {
	headers := &h.Request().Headers
	if headers.Get("If-None-Match") != "" {
		return h.CheckEtagHeader()
	}
	since, ok := parseDate(headers.Get("If-Modified-Since"))
	return ok && !h.modified.IsZero() && !h.modified.Truncate(time.Second).After(since)
}

// A filePart is what a request wants of a resource.
type byteRange struct {
	start, end  int64 // without end
	satisfiable bool
}

// part reads the Range header.
func (h *StaticFileHandler) requestedRange() byteRange {
	headers := &h.Request().Headers
	if text := headers.Get("Range"); text != "" && h.ifRange(headers.Get("If-Range")) {
		return parseRange(text, h.size)
	}
	return byteRange{0, h.size, true}
}

// requestedPart is the part of size bytes that a Range header asks for; a header that
// cannot be understood asks for all.
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

// ifRange reports whether If-Range lets Range count (RFC 9110, section 13.1.5): it
// names the strong Etag, or exactly the time of the last change.
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

// root is what h serves: the directory, or "." for the root of an fs.FS.
func (h *StaticFileHandler) root(s *Settings) string {
	if h.fsWith(s) != nil {
		return "."
	}
	return cmp.Or(h.Path, s.StaticPath)
}

func (h *StaticFileHandler) fsWith(s *Settings) fs.FS {
	if h.FS != nil || h.Path != "" {
		return h.FS
	}
	return s.StaticFS
}
