package main

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/gotornado/tornado/web"
)

// uploads is the directory of incomplete objects. Its name is not that of a bucket.
const uploads = ".uploads"

// A Store is a directory with a directory for each bucket. Names come from clients, so all files
// are opened through an os.Root: it refuses every path that leads out of the directory, by ".."
// or by a symbolic link. Errors of its methods are an *web.HTTPError, or mean a 500.
type Store struct {
	root  *os.Root
	depth int
}

// OpenStore opens the store in a directory, which it makes if it does not exist.
func OpenStore(directory string, depth int) (*Store, error) {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(directory)
	if err != nil {
		return nil, err
	}
	if err := root.RemoveAll(uploads); err != nil { // of a process that was killed
		return nil, err
	}
	return &Store{root, depth}, root.Mkdir(uploads, 0o700)
}

// isBucketName reports whether a bucket may have that name.
func isBucketName(name string) bool {
	return name != "" && !strings.HasPrefix(name, ".") && !strings.ContainsAny(name, "/\x00")
}

// isKey reports whether an object may have that key: a relative path without "." and "..".
func isKey(key string) bool {
	return key != "." && fs.ValidPath(key) && !strings.Contains(key, "\x00")
}

// objectPath returns the path of an object. With a depth of 2 it is bucket/ab/abcd/key, where
// abcd begins the MD5 hash of the key.
func (s *Store) objectPath(bucket, key string) string {
	sum := md5.Sum([]byte(key))
	hash := hex.EncodeToString(sum[:])
	file := bucket
	for level := range s.depth {
		file = path.Join(file, hash[:min(2*(level+1), len(hash))])
	}
	return path.Join(file, key)
}

// isBucket reports whether there is such a bucket.
func (s *Store) isBucket(name string) bool {
	if !isBucketName(name) {
		return false
	}
	info, err := s.root.Stat(name)
	return err == nil && info.IsDir()
}

// Buckets returns all buckets, sorted by name.
func (s *Store) Buckets() (buckets []fs.FileInfo, err error) {
	entries, err := fs.ReadDir(s.root.FS(), ".")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.IsDir() && isBucketName(info.Name()) {
			buckets = append(buckets, info)
		}
	}
	return buckets, nil
}

// MakeBucket makes a bucket.
func (s *Store) MakeBucket(name string) error {
	if !isBucketName(name) || s.root.Mkdir(name, 0o755) != nil {
		return web.NewHTTPError(403)
	}
	return nil
}

// RemoveBucket removes an empty bucket.
func (s *Store) RemoveBucket(name string) error {
	if !s.isBucket(name) {
		return web.NewHTTPError(404)
	}
	if s.root.Remove(name) != nil {
		return web.NewHTTPError(403) // it is not empty
	}
	return nil
}

// Keys returns the keys of a bucket in order. It may take long: run it off the loop.
func (s *Store) Keys(bucket string) (keys []string, err error) {
	if !s.isBucket(bucket) {
		return nil, web.NewHTTPError(404)
	}
	err = fs.WalkDir(s.root.FS(), bucket, func(file string, entry fs.DirEntry, err error) error {
		parts := strings.SplitN(file, "/", s.depth+2) // the bucket, the directories of its depth, the key
		if err == nil && entry.Type().IsRegular() && len(parts) == s.depth+2 {
			keys = append(keys, parts[s.depth+1])
		}
		return err
	})
	slices.Sort(keys)
	return keys, err
}

// Stat returns size and time of an object.
func (s *Store) Stat(bucket, key string) (fs.FileInfo, error) {
	if !isBucketName(bucket) || !isKey(key) {
		return nil, web.NewHTTPError(404)
	}
	info, err := s.root.Stat(s.objectPath(bucket, key))
	if err != nil || !info.Mode().IsRegular() {
		return nil, web.NewHTTPError(404)
	}
	return info, nil
}

// Open opens an object for reading.
func (s *Store) Open(bucket, key string) (*os.File, fs.FileInfo, error) {
	info, err := s.Stat(bucket, key)
	if err != nil {
		return nil, nil, err
	}
	file, err := s.root.Open(s.objectPath(bucket, key))
	return file, info, err
}

// Remove removes an object, and the directories that are empty without it.
func (s *Store) Remove(bucket, key string) error {
	if _, err := s.Stat(bucket, key); err != nil {
		return err
	}
	file := s.objectPath(bucket, key)
	if err := s.root.Remove(file); err != nil {
		return err
	}
	for directory := path.Dir(file); directory != bucket; directory = path.Dir(directory) {
		if s.root.Remove(directory) != nil {
			break // another object is in it
		}
	}
	return nil
}

// An Upload is an object that arrives. It replaces the object of that key only when it is
// complete.
type Upload struct {
	store           *Store
	file            *os.File
	temporary, path string
}

// Create begins an upload. The caller ends it with Commit or Discard.
func (s *Store) Create(bucket, key string) (*Upload, error) {
	if !s.isBucket(bucket) {
		return nil, web.NewHTTPError(404)
	}
	if !isKey(key) {
		return nil, web.NewHTTPError(403)
	}
	u := &Upload{store: s, temporary: path.Join(uploads, rand.Text()), path: s.objectPath(bucket, key)}
	if info, err := s.root.Stat(u.path); err == nil && info.IsDir() {
		return nil, web.NewHTTPError(403)
	}
	var err error
	u.file, err = s.root.OpenFile(u.temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	return u, err
}

// Write writes to the disk: run it off the loop.
func (u *Upload) Write(chunk []byte) (int, error) { return u.file.Write(chunk) }

// Commit makes the upload the object of its key.
func (u *Upload) Commit() error {
	if err := u.file.Close(); err != nil {
		return err
	}
	root := u.store.root
	if root.MkdirAll(path.Dir(u.path), 0o755) != nil || root.Rename(u.temporary, u.path) != nil {
		return web.NewHTTPError(403) // a part of the path is another object, or is too long
	}
	return nil
}

// Discard removes an upload that was not committed. After Commit it does nothing.
func (u *Upload) Discard() {
	u.file.Close()
	u.store.root.Remove(u.temporary)
}
