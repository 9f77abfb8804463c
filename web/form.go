package web

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// FormOptions tune ReceiveForm. The zero value has the defaults.
type FormOptions struct {
	MaxParts          int   // parts, the empty one before the first boundary included; 0 means 100
	MaxPartHeaderSize int   // bytes of a part's header; 0 means 10240
	MaxFieldBytes     int   // bytes of the values of all plain fields together; 0 means 1 MiB
	MaxFileSize       int64 // bytes of one file; 0 means what the body may have
	MaxTotal          int64 // bytes of all files together; 0 means what the body may have
	// MaxMemory is how many bytes of files are held in memory; what is more goes to
	// temporary files. 0 means 1 MiB; with a negative number, all go there.
	MaxMemory int
	// Dir is where temporary files are made; "" is the system's directory for them.
	Dir string
	// OnPart is asked for each part where its bytes go, before they come. If it is nil, or
	// returns a nil writer, they become a field or a file of the form. The writer runs in a
	// coroutine of the loop and may wait; if it is an [io.Closer], it is closed at the end
	// of the part or request. An error, of either, ends the request.
	OnPart func(p httputil.MultipartPart) (io.Writer, error)
}

// withDefaults is the only place a default is written.
func (o FormOptions) withDefaults() FormOptions {
	o.MaxFieldBytes = cmp.Or(o.MaxFieldBytes, 1<<20)
	o.MaxMemory = cmp.Or(o.MaxMemory, 1<<20)
	return o
}

// A StreamedForm is a multipart form that is taken apart while it arrives; see
// [RequestHandler.ReceiveForm]. When the verb runs, it is complete. It belongs to the
// handler's loop.
type StreamedForm struct {
	Values httputil.Arguments         // of plain fields
	Files  map[string][]*UploadedFile // by the name of their field

	handler *RequestHandler
	options FormOptions
	reader  *httputil.MultipartReader
	held    []byte // bytes that the reader could not take yet

	sink   io.Writer // of the part being read; nil for a field
	file   *UploadedFile
	value  []byte
	fields int   // bytes of all values
	total  int64 // bytes of all files
	memory int   // bytes of files in memory
	over   bool  // clean was called: nothing may begin any more
}

// ReceiveForm makes a handler take the body for a multipart form, in Prepare of one
// that says StreamRequestBody. Parts are read as they come: fields and small files stay
// in memory, larger files go to temporary files, which are removed when the request
// ends. The error is an [*HTTPError] 400 for a body that is no such form. Later on, a form
// that is malformed, or has too many parts or too large a header, is answered with 400;
// fields or files that are too large are answered with 413. Tornado has none.
//
//	func (h *Upload) StreamRequestBody() bool { return true }
//
//	func (h *Upload) Prepare() (err error) {
//		h.SetMaxBodySize(1 << 30)
//		h.form, err = h.ReceiveForm(web.FormOptions{MaxFileSize: 1 << 29})
//		return err
//	}
//
//	func (h *Upload) Post(args ...string) error {
//		for _, file := range h.form.Files["file"] { ... }
//	}
func (h *RequestHandler) ReceiveForm(o FormOptions) (*StreamedForm, error) {
	x := h.exchange
	switch {
	case x == nil:
		return nil, h.misused(errors.New("web: cannot ReceiveForm after Finish: call it in Prepare"))
	case !h.streams():
		return nil, errors.New("web: ReceiveForm is for a body that is streamed: override StreamRequestBody to return true")
	}
	reader, err := httputil.NewMultipartReader(h.held().Headers.Get("Content-Type"), httputil.ParseMultipartConfig{
		MaxParts: o.MaxParts, MaxPartHeaderSize: o.MaxPartHeaderSize})
	switch {
	case err != nil:
		return nil, invalidBody(err)
	case h.held().Headers.Has("Content-Encoding"):
		return nil, HTTPErrorf(400, "Invalid body: unsupported Content-Encoding: %s", h.held().Headers.Get("Content-Encoding"))
	case x.upload == nil:
		return nil, HTTPErrorf(400, "Invalid body: an empty form")
	}
	f := &StreamedForm{
		Values: httputil.Arguments{}, Files: map[string][]*UploadedFile{},
		handler: h, options: o.withDefaults(), reader: reader,
	}
	x.upload.form = f
	x.upload.cleanups = append(x.upload.cleanups, f.clean)
	return f, nil
}

func invalidBody(err error) error { return HTTPErrorf(400, "Invalid body: %w", err) }

// receive takes the next bytes of the body.
func (f *StreamedForm) receive(chunk []byte) error {
	if len(f.held) > 0 {
		chunk = append(f.held, chunk...)
	}
	for {
		if f.over { // while a part was written
			return errBodyCut
		}
		event, data, n, err := f.reader.Next(chunk)
		if err != nil {
			return invalidBody(err)
		}
		chunk = chunk[n:]
		switch event {
		case httputil.MultipartMore, httputil.MultipartEnd:
			f.held = bytes.Clone(chunk)
			return nil
		case httputil.MultipartBegin:
			err = f.begin(f.reader.Part())
		case httputil.MultipartData:
			err = f.data(data)
		case httputil.MultipartPartEnd:
			err = f.end()
		}
		if err != nil {
			return err
		}
	}
}

// complete is called behind the end of the body.
func (f *StreamedForm) complete() error {
	if !f.reader.Ended() {
		return HTTPErrorf(400, "Invalid body: the form has no final boundary")
	}
	return nil
}

func (f *StreamedForm) begin(p httputil.MultipartPart) (err error) {
	f.sink, f.file, f.value = nil, nil, nil
	if f.options.OnPart != nil {
		f.sink, err = f.options.OnPart(p)
		if f.over {
			f.closeSink()
			return errBodyCut
		}
		if err != nil || f.sink != nil {
			return err
		}
	}
	if p.Filename != "" {
		f.file = &UploadedFile{Filename: p.Filename, ContentType: p.ContentType, Headers: p.Headers, loop: f.handler.Loop()}
		f.Files[p.Name] = append(f.Files[p.Name], f.file)
	}
	return nil
}

func (f *StreamedForm) data(p []byte) error {
	switch {
	case f.sink != nil:
		_, err := f.sink.Write(p)
		return err
	case f.file != nil:
		return f.fileData(p)
	}
	if f.fields += len(p); f.fields > f.options.MaxFieldBytes {
		return HTTPErrorf(413, "the fields of the form are larger than %d bytes", f.options.MaxFieldBytes)
	}
	f.value = append(f.value, p...)
	return nil
}

func (f *StreamedForm) fileData(p []byte) error {
	file, n := f.file, int64(len(p))
	file.Size += n
	f.total += n
	switch {
	case f.options.MaxFileSize > 0 && file.Size > f.options.MaxFileSize:
		return HTTPErrorf(413, "a file of the form is larger than %d bytes", f.options.MaxFileSize)
	case f.options.MaxTotal > 0 && f.total > f.options.MaxTotal:
		return HTTPErrorf(413, "the files of the form are larger than %d bytes", f.options.MaxTotal)
	case file.temp == nil && f.memory+len(p) <= f.options.MaxMemory:
		f.memory += len(p)
		file.memory = append(file.memory, p...)
		return nil
	}
	f.memory -= len(file.memory)
	return file.spill(p, f.options.Dir)
}

func (f *StreamedForm) end() error {
	if f.sink == nil && f.file == nil {
		name := f.reader.Part().Name
		f.Values[name] = append(f.Values[name], string(f.value))
	}
	return f.closeSink()
}

// closeSink closes the writer that OnPart gave, if it can be.
func (f *StreamedForm) closeSink() error {
	c, ok := f.sink.(io.Closer)
	f.sink = nil
	if !ok {
		return nil
	}
	return c.Close()
}

// clean closes what a part that was cut off is written to, and removes the temporary
// files, which nobody waits for.
func (f *StreamedForm) clean() {
	f.over = true
	f.closeSink()
	var temps []*tempFile
	for _, files := range f.Files {
		for _, file := range files {
			if file.temp != nil {
				temps = append(temps, file.temp)
			}
		}
	}
	if len(temps) == 0 {
		return
	}
	go func() {
		for _, temp := range temps {
			temp.remove()
		}
	}()
}

// An UploadedFile is a file of a [StreamedForm], in memory or in a temporary file that
// is removed at the end of the request.
type UploadedFile struct {
	Filename    string               // as the client sent it: never use it for a path
	ContentType string               // "application/unknown" if the client named none
	Headers     httputil.HTTPHeaders // of the part
	Size        int64                // bytes

	loop   *ioloop.IOLoop
	memory []byte
	temp   *tempFile // nil while the bytes fit in memory
}

// spill adds p to the temporary file, which gets what was in memory first.
func (f *UploadedFile) spill(p []byte, dir string) error {
	if f.temp == nil {
		f.temp = &tempFile{}
		p, f.memory = append(f.memory, p...), nil
	}
	temp := f.temp
	_, err := ioloop.RunInExecutor(f.loop, func() (int, error) { return temp.write(p, dir) }).Await()
	if err != nil {
		return fmt.Errorf("web: upload to a temporary file: %w", err)
	}
	return nil
}

// A tempFile is made at its first write. A request that is cut off may end while the
// executor still writes: then nothing of the file is to stay.
type tempFile struct {
	mu      sync.Mutex
	file    *os.File
	removed bool
}

func (t *tempFile) write(p []byte, dir string) (n int, err error) {
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

// Path is the name of the temporary file, which is gone when the request has ended; ""
// if the file is in memory.
func (f *UploadedFile) Path() string {
	if f.temp == nil {
		return ""
	}
	return f.temp.name()
}

// Open returns a reader of the file, to be closed; several may be open. Any goroutine
// may call it and read, while the request lasts.
func (f *UploadedFile) Open() (io.ReadSeekCloser, error) {
	if f.temp == nil {
		return memoryFile{bytes.NewReader(f.memory)}, nil
	}
	return os.Open(f.temp.name())
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }

// SaveAs keeps the file under a path of its own, replacing what is there; a new file
// has the permissions 0600. A temporary file that can be linked there is not copied. It
// waits for the disk, in a coroutine of the loop.
func (f *UploadedFile) SaveAs(path string) error {
	_, err := ioloop.RunInExecutor(f.loop, func() (struct{}, error) { return struct{}{}, f.save(path) }).Await()
	return err
}

func (f *UploadedFile) save(path string) error {
	if f.temp == nil {
		return os.WriteFile(path, f.memory, 0o600)
	}
	if os.Link(f.temp.name(), path) == nil {
		return nil // the other name goes at the end of the request
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
