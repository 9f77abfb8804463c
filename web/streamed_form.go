package web

import (
	"bytes"
	"cmp"
	"errors"
	"io"

	"github.com/gotornado/tornado/httputil"
)

// FormOptions configure ReceiveForm. The zero value has the defaults.
type FormOptions struct {
	MaxParts          int   // largest number of parts, including the empty one before the first boundary; 0 means 100
	MaxPartHeaderSize int   // largest size of a part's header in bytes; 0 means 10240
	MaxFieldBytes     int   // largest size of the values of all plain fields together, in bytes; 0 means 1 MiB
	MaxFileSize       int64 // largest size of one file in bytes; 0 means the limit of the body
	MaxTotal          int64 // largest size of all files together, in bytes; 0 means the limit of the body
	// MaxMemory is the limit for files in memory, in bytes; larger files go to temporary
	// files. 0 means 1 MiB. A negative value puts all files into temporary files.
	MaxMemory int
	// Dir is the directory of the temporary files; "" means the system's.
	Dir string
	// OnPart is called for each part before its bytes arrive, and returns the writer that
	// receives them. If OnPart is nil or returns a nil writer, the part becomes a field or
	// a file of the form. The writer runs in a coroutine of the loop and may wait. If it is
	// an [io.Closer], it is closed at the end of the part or request. An error of OnPart or
	// the writer ends the request.
	OnPart func(p httputil.MultipartPart) (io.Writer, error)
}

// withDefaults returns the options with the defaults filled in. Defaults are written
// nowhere else.
func (o FormOptions) withDefaults() FormOptions {
	o.MaxFieldBytes = cmp.Or(o.MaxFieldBytes, 1<<20)
	o.MaxMemory = cmp.Or(o.MaxMemory, 1<<20)
	return o
}

// A StreamedForm is a multipart form that is parsed while it arrives; see
// [RequestHandler.ReceiveForm]. When the verb runs, it is complete. Use it only on the
// handler's loop.
type StreamedForm struct {
	Values httputil.Arguments         // of plain fields
	Files  map[string][]*UploadedFile // by the name of their field

	handler  *RequestHandler
	options  FormOptions
	reader   *httputil.MultipartReader
	unparsed []byte // bytes at the end of a chunk that the reader needs again

	sink   io.Writer // writer of the part that is being read; nil for a field
	file   *UploadedFile
	value  []byte
	fields int   // bytes of all values
	total  int64 // bytes of all files
	memory int   // bytes of files in memory
	over   bool  // cleanUp was called: no part may begin
}

// ReceiveForm makes the handler parse the body as a multipart form. Call it in Prepare of a
// handler whose StreamRequestBody returns true. Parts are read while they arrive. Fields
// and small files stay in memory. Larger files go to temporary files, which are removed
// when the request ends. The error is an [*HTTPError] 400 if the body is not such a form.
// Later, a malformed form, too many parts or too large a header end the request with 400.
// Fields or files that are too large end it with 413. Tornado has no such method.
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
		return nil, h.recordMisuse(errors.New("web: cannot ReceiveForm after Finish: call it in Prepare"))
	case !h.streams():
		return nil, errors.New("web: ReceiveForm is for a body that is streamed: override StreamRequestBody to return true")
	}
	reader, err := httputil.NewMultipartReader(h.peekRequest().Headers.Get("Content-Type"), httputil.ParseMultipartConfig{
		MaxParts: o.MaxParts, MaxPartHeaderSize: o.MaxPartHeaderSize})
	switch {
	case err != nil:
		return nil, invalidBody(err)
	case h.peekRequest().Headers.Has("Content-Encoding"):
		return nil, HTTPErrorf(400, "Invalid body: unsupported Content-Encoding: %s", h.peekRequest().Headers.Get("Content-Encoding"))
	case x.streamed == nil:
		return nil, HTTPErrorf(400, "Invalid body: an empty form")
	}
	f := &StreamedForm{
		Values: httputil.Arguments{}, Files: map[string][]*UploadedFile{},
		handler: h, options: o.withDefaults(), reader: reader,
	}
	x.streamed.form = f
	x.streamed.cleanups = append(x.streamed.cleanups, f.cleanUp)
	return f, nil
}

func invalidBody(err error) error { return HTTPErrorf(400, "Invalid body: %w", err) }

// receiveChunk parses the next bytes of the body.
func (f *StreamedForm) receiveChunk(chunk []byte) error {
	if len(f.unparsed) > 0 {
		chunk = append(f.unparsed, chunk...)
	}
	for {
		if f.over { // cleanUp ran while a part was written
			return errBodyCut
		}
		event, data, n, err := f.reader.Next(chunk)
		if err != nil {
			return invalidBody(err)
		}
		chunk = chunk[n:]
		switch event {
		case httputil.MultipartMore, httputil.MultipartEnd:
			f.unparsed = bytes.Clone(chunk)
			return nil
		case httputil.MultipartBegin:
			err = f.beginPart(f.reader.Part())
		case httputil.MultipartData:
			err = f.addPartData(data)
		case httputil.MultipartPartEnd:
			err = f.endPart()
		}
		if err != nil {
			return err
		}
	}
}

// checkComplete returns an error if the form has no final boundary. It is called after the
// whole body has arrived.
func (f *StreamedForm) checkComplete() error {
	if !f.reader.Ended() {
		return HTTPErrorf(400, "Invalid body: the form has no final boundary")
	}
	return nil
}

func (f *StreamedForm) beginPart(p httputil.MultipartPart) (err error) {
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

func (f *StreamedForm) addPartData(p []byte) error {
	switch {
	case f.sink != nil:
		_, err := f.sink.Write(p)
		return err
	case f.file != nil:
		return f.addFileData(p)
	}
	if f.fields += len(p); f.fields > f.options.MaxFieldBytes {
		return HTTPErrorf(413, "the fields of the form are larger than %d bytes", f.options.MaxFieldBytes)
	}
	f.value = append(f.value, p...)
	return nil
}

func (f *StreamedForm) addFileData(p []byte) error {
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

func (f *StreamedForm) endPart() error {
	if f.sink == nil && f.file == nil {
		name := f.reader.Part().Name
		f.Values[name] = append(f.Values[name], string(f.value))
	}
	return f.closeSink()
}

// closeSink closes the writer that OnPart returned, if it is an [io.Closer].
func (f *StreamedForm) closeSink() error {
	c, ok := f.sink.(io.Closer)
	f.sink = nil
	if !ok {
		return nil
	}
	return c.Close()
}

// cleanUp closes the writer of an incomplete part, and removes the temporary files in the
// background.
func (f *StreamedForm) cleanUp() {
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
