package web

import (
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"regexp"
	"strings"
	"time"
)

// staticChunk is how much of a file is read and sent at once.
const staticChunk = 64 << 10

// StaticFileHandler serves the files of a directory. Its pattern has one group, the
// path of the file. Tornado: web.StaticFileHandler.
type StaticFileHandler struct {
	RequestHandler
	Path string // the directory
	FS   fs.FS  // is served in place of Path if it is not nil
}

// staticSpecs are the URLSpecs of the static settings.
func (s *Settings) staticSpecs() []URLSpec {
	if s.StaticPath == "" && s.StaticFS == nil {
		return nil
	}
	files := StaticFileHandler{Path: s.StaticPath, FS: s.StaticFS}
	return []URLSpec{
		URL(`/(robots\.txt)`, files),
		URL(`/(favicon\.ico)`, files),
		URL(regexp.QuoteMeta(s.StaticURLPrefix)+`(.*)`, files),
	}
}

// CheckPrototype refuses a prototype that says nothing to serve.
func (h *StaticFileHandler) CheckPrototype(Handler) error {
	if h.Path == "" && h.FS == nil {
		return errors.New("set Path to a directory, or FS")
	}
	return nil
}

// ComputeEtag returns "": a file is known by its time.
func (h *StaticFileHandler) ComputeEtag() string { return "" }

// Head answers as Get does, without the file.
func (h *StaticFileHandler) Head(args ...string) error { return h.serve(args) }

// Get sends the file.
func (h *StaticFileHandler) Get(args ...string) error { return h.serve(args) }

func (h *StaticFileHandler) serve(args []string) error {
	name := h.PathArg("path")
	if len(args) > 0 {
		name = args[0]
	}
	file, info, err := h.open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	h.setFileHeaders(name, info)
	if h.notModified(info.ModTime()) {
		h.SetStatus(http.StatusNotModified)
		return nil
	}
	h.SetHeader("Content-Length", info.Size())
	if h.Request().Method == http.MethodHead {
		return nil
	}
	return h.sendFile(file, info.Size())
}

// open opens the file called name, a path below the root.
func (h *StaticFileHandler) open(name string) (fs.File, fs.FileInfo, error) {
	clean := path.Clean(name)
	if strings.HasPrefix(clean, "/") || clean == ".." || strings.HasPrefix(clean, "../") {
		return nil, nil, HTTPErrorf(403, "%s is not in root static directory", name)
	}
	files := h.FS
	if files == nil {
		files = os.DirFS(h.Path)
	}
	info, err := fs.Stat(files, clean)
	if err != nil {
		return nil, nil, NewHTTPError(404)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, HTTPErrorf(403, "%s is not a file", name)
	}
	file, err := files.Open(clean)
	return file, info, err
}

func (h *StaticFileHandler) setFileHeaders(name string, info fs.FileInfo) {
	if modified := info.ModTime(); !modified.IsZero() {
		h.SetHeader("Last-Modified", modified)
	}
	h.SetHeader("Content-Type", contentType(name))
}

// contentType goes by a file's extension.
func contentType(name string) string {
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".gz", ".tgz":
		return "application/gzip"
	case ".z", ".bz2", ".xz", ".br":
	default:
		if t, _, err := mime.ParseMediaType(mime.TypeByExtension(ext)); err == nil {
			return t
		}
	}
	return "application/octet-stream"
}

// notModified reports whether the client has the file since its last change.
func (h *StaticFileHandler) notModified(modified time.Time) bool {
	if modified.IsZero() || h.Request().Headers.Has("If-None-Match") {
		return false
	}
	since, err := http.ParseTime(h.Request().Headers.Get("If-Modified-Since"))
	return err == nil && !modified.Truncate(time.Second).After(since)
}

// sendFile sends size bytes of file, each part when the one before has left.
func (h *StaticFileHandler) sendFile(file fs.File, size int64) error {
	for size > 0 {
		chunk := make([]byte, min(size, staticChunk))
		if _, err := io.ReadFull(file, chunk); err != nil {
			return err
		}
		size -= int64(len(chunk))
		if err := h.writeOwned(chunk); err != nil {
			return err
		}
		if size == 0 {
			break
		}
		if _, err := h.Flush().Await(); err != nil {
			return nil // the client is gone
		}
	}
	return nil
}
