package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// An UploadedFile is a file of a [StreamedForm]. It is in memory, or in a temporary file
// that is removed at the end of the request.
type UploadedFile struct {
	Filename    string               // the name as the client sent it; it must not be used as a path
	ContentType string               // "application/unknown" if the client sent none
	Headers     httputil.HTTPHeaders // of the part
	Size        int64                // bytes

	loop   *ioloop.IOLoop
	memory []byte
	temp   *tempFile // nil while the bytes fit in memory
}

// spill adds p to the temporary file. The first call moves the bytes in memory to the file.
func (f *UploadedFile) spill(p []byte, dir string) error {
	if f.temp == nil {
		f.temp = &tempFile{}
		p, f.memory = append(f.memory, p...), nil
	}
	temp := f.temp
	_, err := ioloop.RunInExecutor(f.loop, func() (int, error) { return temp.appendBytes(p, dir) }).Await()
	if err != nil {
		return fmt.Errorf("web: upload to a temporary file: %w", err)
	}
	return nil
}

// A tempFile creates its file at the first write. An aborted request may end while the
// executor still writes; a write after remove fails and creates no file.
type tempFile struct {
	mu      sync.Mutex
	file    *os.File
	removed bool
}

func (t *tempFile) appendBytes(p []byte, dir string) (n int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.removed {
		return 0, errBodyCut
	}
	if t.file == nil {
		if t.file, err = os.CreateTemp(dir, "tornado-upload-"); err != nil {
			return 0, err
		}
	}
	return t.file.Write(p)
}

func (t *tempFile) remove() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.removed = true; t.file != nil {
		t.file.Close()
		os.Remove(t.file.Name())
	}
}

func (t *tempFile) name() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.file.Name()
}

// Path returns the name of the temporary file, which is removed at the end of the request,
// or "" if the file is in memory.
func (f *UploadedFile) Path() string {
	if f.temp == nil {
		return ""
	}
	return f.temp.name()
}

// Open returns a reader of the file, which the caller must close. Several readers may be
// open. Any goroutine may call Open and read while the request lasts.
func (f *UploadedFile) Open() (io.ReadSeekCloser, error) {
	if f.temp == nil {
		return memoryFile{bytes.NewReader(f.memory)}, nil
	}
	return os.Open(f.temp.name())
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }

// SaveAs saves the file at path and replaces an existing file; a new file has the
// permissions 0600. If possible, it links the temporary file instead of copying it. SaveAs
// waits for the disk; call it in a coroutine of the loop.
func (f *UploadedFile) SaveAs(path string) error {
	_, err := ioloop.RunInExecutor(f.loop, func() (struct{}, error) { return struct{}{}, f.save(path) }).Await()
	return err
}

func (f *UploadedFile) save(path string) error {
	if f.temp == nil {
		return os.WriteFile(path, f.memory, 0o600)
	}
	if os.Link(f.temp.name(), path) == nil {
		return nil // another function removes the temporary file at the end of the request
	}
	from, err := os.Open(f.temp.name())
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}
