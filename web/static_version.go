package web

import (
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

const (
	// maxVersions is the limit of cached versions of a class.
	maxVersions = 4096
	// minVersionAge is the time after a change of a file before its version is cached:
	// another change could have the same time.
	minVersionAge = 2 * time.Second
	// maxInlineHash is the size in bytes above which content is hashed off the loop.
	maxInlineHash = 64 << 10
	// maxEtagHash is the size in bytes above which an Etag consists of size and time:
	// hashing would delay the first request too long.
	maxEtagHash = 64 << 20
)

// A versionKey is the state of a file for which a version is valid.
type versionKey struct {
	size     int64
	modified time.Time
}

// A rememberedVersion is the Etag of a path: the version in quotes.
type rememberedVersion struct {
	versionKey
	etag string
}

// A versionCache stores the versions of a class's resources by their absolute paths. All
// loops share it.
type versionCache struct {
	mu       sync.Mutex
	versions map[string]rememberedVersion
	pending  map[pendingVersion]*ioloop.Future[string]
}

// A pendingVersion identifies a version that a coroutine of a loop computes at the moment.
type pendingVersion struct {
	loop *ioloop.IOLoop
	path string
	versionKey
}

func (c *versionCache) lookUp(path string, key versionKey) (etag string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v := c.versions[path]; v.size == key.size && v.modified.Equal(key.modified) {
		return v.etag
	}
	return ""
}

func (c *versionCache) remember(path string, key versionKey, etag string) {
	if age := time.Since(key.modified).Abs(); !key.modified.IsZero() && age < minVersionAge {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.versions == nil {
		c.versions = map[string]rememberedVersion{}
	}
	if _, known := c.versions[path]; !known && len(c.versions) >= maxVersions {
		for other := range c.versions {
			delete(c.versions, other) // any entry
			break
		}
	}
	c.versions[path] = rememberedVersion{key, etag}
}

// joinPending returns the future of a version that another coroutine of the loop computes.
// If there is none, it returns a function to which the caller passes its own result.
func (c *versionCache) joinPending(p pendingVersion) (f *ioloop.Future[string], done func(string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.pending[p]; f != nil {
		return f, nil
	}
	if c.pending == nil {
		c.pending = map[pendingVersion]*ioloop.Future[string]{}
	}
	mine := ioloop.NewFuture[string](p.loop)
	c.pending[p] = mine
	return nil, func(etag string) {
		c.mu.Lock()
		delete(c.pending, p)
		c.mu.Unlock()
		mine.SetResult(etag)
	}
}

func (c *versionCache) forgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.versions = nil
}

// Reset removes the cached versions of all files of h's class. It is not needed for files
// that change: the cache checks their time and size. Tornado: reset.
func (h *StaticFileHandler) Reset() { h.versions.forgetAll() }

// ComputeEtag returns the version of the whole file in quotes, even for a range. The Etag
// of a file above 64 MiB consists of its size and time, so that the file need not be read.
// Tornado: compute_etag.
func (h *StaticFileHandler) ComputeEtag() string {
	if h.size > maxEtagHash && !h.modified.IsZero() {
		return `"` + strconv.FormatInt(h.modified.UnixNano(), 16) + "-" + strconv.FormatInt(h.size, 16) + `"`
	}
	return h.etag(h.contentPath(), h.Settings())
}

// etag returns the version of a path in quotes, or "" if there is none.
func (h *StaticFileHandler) etag(path string, s *Settings) string {
	key := versionKey{h.size, h.modified}
	if s.NoStaticHashCache || h.versions == nil {
		return h.newEtag(path)
	}
	if etag := h.versions.lookUp(path, key); etag != "" {
		return etag
	}
	etag := h.sharedEtag(path, key)
	if etag != "" {
		h.versions.remember(path, key, etag)
	}
	return etag
}

// sharedEtag is newEtag, computed once for all coroutines of a loop that need it at the
// same time.
func (h *StaticFileHandler) sharedEtag(path string, key versionKey) (etag string) {
	loop := h.currentLoop()
	if loop == nil {
		return h.newEtag(path)
	}
	others, done := h.versions.joinPending(pendingVersion{loop, path, key})
	if others != nil {
		etag, _ = others.Await()
		return etag
	}
	defer func() { done(etag) }()
	return h.newEtag(path)
}

func (h *StaticFileHandler) newEtag(path string) string {
	version, err := h.hooks().GetContentVersion(path)
	switch {
	case err != nil:
		log.Error(log.Gen(), fmt.Sprintf("Could not open static file %q", path), err)
		return ""
	case version == "":
		return ""
	}
	return `"` + version + `"`
}

// GetContentVersion returns the SHA-512 of the content in hexadecimal. Tornado:
// get_content_version.
func (h *StaticFileHandler) GetContentVersion(absolutePath string) (version string, err error) {
	content, err := h.hooks().GetContent(absolutePath, 0, h.size)
	if err != nil {
		return "", err
	}
	defer content.Close()
	hash := func() error {
		sum := sha512.New()
		_, err := io.Copy(sum, content)
		version = hex.EncodeToString(sum.Sum(nil))
		return err
	}
	file, ours := content.(*staticContent)
	if h.currentLoop() == nil || ours && h.size <= maxInlineHash && !file.file.blocks(0, h.size) {
		err = hash()
	} else {
		err = h.runInExecutor(hash)
	}
	return version, err
}

// GetVersion returns the version of the file at path below the root. If the file cannot be
// read, it logs the error and returns "". Tornado: get_version.
func (h *StaticFileHandler) GetVersion(s *Settings, path string) string {
	defer h.file.close()
	self := h.hooks()
	h.settings = s
	h.absolutePath = self.GetAbsolutePath(h.root(s), path)
	if err := h.readTimeAndSize(self); err != nil {
		log.Error(log.Gen(), fmt.Sprintf("Could not open static file %q", h.absolutePath), err)
		return ""
	}
	etag := h.etag(h.absolutePath, s)
	return etag[min(1, len(etag)):max(0, len(etag)-1)]
}

// MakeStaticURL returns the URL of a path below the root: Settings.StaticURLPrefix, path,
// and with includeVersion ?v= and the version, if there is one. Tornado: make_static_url.
func (h *StaticFileHandler) MakeStaticURL(s *Settings, path string, includeVersion bool) string {
	url := s.StaticURLPrefix + path
	if !includeVersion {
		return url
	}
	if version := h.hooks().GetVersion(s, path); version != "" {
		url += "?v=" + version
	}
	return url
}
