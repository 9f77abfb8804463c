package iostream

import (
	"fmt"
	"io"
	"slices"
)

// MaxCopiedFile is the size in bytes up to which SendFile reads a part of a file at
// once, to leave in one write with what is before it. That is cheaper than a system
// call of its own, until the copying is dearer.
const MaxCopiedFile = 32 << 10

// A filePart is a part of a file among the output.
type filePart struct {
	at     uint64 // its place, in bytes that were queued in all
	file   *File
	offset int64
	size   int
}

// SendFile queues n bytes of file from offset on. Up to MaxCopiedFile bytes are read at
// once, more when the socket has room: by the kernel alone on a plain socket of Linux,
// through the loop's buffer elsewhere. For that the file must stay open until Flushed
// calls back. If the file has shrunk, the error says so here for a small part, and otherwise
// closes the stream. On a closed stream it does nothing.
func (s *IOStream) SendFile(file *File, offset int64, n int) error {
	s.loop.CheckOwner("IOStream.SendFile")
	switch {
	case !s.takesOutput() || n <= 0:
		return nil
	case n <= MaxCopiedFile:
		return s.copyFile(file, offset, n)
	}
	s.output().file(filePart{file: file, offset: offset, size: n})
	s.planFlush()
	return nil
}

func (s *IOStream) copyFile(file *File, offset int64, n int) error {
	b := s.BeginWrite()
	b = slices.Grow(b, n)
	if _, err := file.ReadAt(b[len(b):len(b)+n], offset); err != nil {
		s.EndWrite(b)
		return fileError(err)
	}
	s.EndWrite(b[:len(b)+n])
	return nil
}

// fileError tells of an end that came too early.
func fileError(err error) error {
	if err == io.EOF {
		return errFileShrank
	}
	return fmt.Errorf("iostream: reading a file to send: %w", err)
}

// file queues a part of a file.
func (w *writeBuffer) file(p filePart) {
	p.at = w.queued
	w.files = append(w.files, p)
	w.size += p.size
	w.queued += uint64(p.size)
}

// beforeFile is how many bytes leave before the next part of a file, at most size.
func (w *writeBuffer) beforeFile() int {
	if len(w.files) == 0 {
		return w.size
	}
	return int(w.files[0].at - w.sent)
}

// fileIsNext reports whether what leaves next is a part of a file.
func (w *writeBuffer) fileIsNext() bool { return len(w.files) > 0 && w.files[0].at == w.sent }

// sendFile sends, on a plain stream, of the part of a file that is next in w.
func (s *IOStream) sendFile(w *writeBuffer) (int, error) {
	p := &w.files[0]
	n, err := sendfileFD(int(s.fd), p.file.fd, p.offset, p.size)
	if err == errNoSendfile {
		var chunk []byte
		if chunk, err = s.readPart(p, p.size); err == nil {
			return writeTo(int(s.fd), chunk)
		}
	}
	if err == nil && n == 0 {
		err = errFileShrank
	}
	return n, err
}

// readPart reads of p, at most n bytes, into the loop's buffer for that.
func (s *IOStream) readPart(p *filePart, n int) ([]byte, error) {
	chunk := s.shared.fileChunk()
	chunk = chunk[:min(n, p.size, len(chunk))]
	m, err := p.file.ReadAt(chunk, p.offset)
	if m == 0 && err != nil {
		return nil, fileError(err)
	}
	return chunk[:m], nil
}

// advanceFile drops the first n bytes of the part that is next.
func (w *writeBuffer) advanceFile(n int) {
	p := &w.files[0]
	p.offset += int64(n)
	p.at += uint64(n)
	if p.size -= n; p.size == 0 {
		w.files[0] = filePart{}
		if w.files = w.files[1:]; len(w.files) == 0 {
			w.files = nil
		}
	}
}
