package iostream

import (
	"fmt"
	"io"
	"slices"
)

// MaxCopiedFile is the size in bytes up to which SendFile copies a part of a file into the
// output buffer, where it is sent in one write with the bytes before it. For larger parts
// copying costs more than a separate system call.
const MaxCopiedFile = 32 << 10

// A fileOutput is a part of a file in the output.
type fileOutput struct {
	at     uint64 // its position in the output: the total number of bytes that were queued before it
	file   *File
	offset int64
	size   int
}

// SendFile queues n bytes of file from offset on. Up to MaxCopiedFile bytes are copied at
// once. A larger part is sent when the socket has room: by the kernel on a plain socket on
// Linux, through the loop's buffer otherwise. The file must then stay open until Flushed
// calls back.
//
// If the file is shorter, SendFile returns an error for a part that it copies, and the
// stream closes with an error for a larger one. On a closed stream SendFile does nothing.
func (s *IOStream) SendFile(file *File, offset int64, n int) error {
	s.loop.CheckOwner("IOStream.SendFile")
	switch {
	case !s.takesOutput() || n <= 0:
		return nil
	case n <= MaxCopiedFile:
		return s.copyFile(file, offset, n)
	}
	s.ensureOutput().appendFile(fileOutput{file: file, offset: offset, size: n})
	s.planFlush()
	return nil
}

// copyFile queues a copy of a part of a file.
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

// fileError returns the error of a failed read of a file.
func fileError(err error) error {
	if err == io.EOF {
		return errFileShrank
	}
	return fmt.Errorf("iostream: reading a file to send: %w", err)
}

// appendFile queues a part of a file.
func (w *writeBuffer) appendFile(p fileOutput) {
	p.at = w.queued
	w.files = append(w.files, p)
	w.size += p.size
	w.queued += uint64(p.size)
}

// beforeFile returns the number of unsent bytes before the next part of a file, or all
// unsent bytes if there is none.
func (w *writeBuffer) beforeFile() int {
	if len(w.files) == 0 {
		return w.size
	}
	return int(w.files[0].at - w.sent)
}

// fileIsNext reports whether the next unsent byte is in a part of a file.
func (w *writeBuffer) fileIsNext() bool { return len(w.files) > 0 && w.files[0].at == w.sent }

// sendFile sends once from the part of a file that is next in w, on a plain stream.
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

// readPart reads at most n bytes of p into the loop's buffer for parts of files.
func (s *IOStream) readPart(p *fileOutput, n int) ([]byte, error) {
	chunk := s.pool.fileChunk()
	chunk = chunk[:min(n, p.size, len(chunk))]
	m, err := p.file.ReadAt(chunk, p.offset)
	if m == 0 && err != nil {
		return nil, fileError(err)
	}
	return chunk[:m], nil
}

// dropSentFile drops the first n bytes, which were sent, of the part of a file that is
// next.
func (w *writeBuffer) dropSentFile(n int) {
	p := &w.files[0]
	p.offset += int64(n)
	p.at += uint64(n)
	if p.size -= n; p.size == 0 {
		w.files[0] = fileOutput{}
		if w.files = w.files[1:]; len(w.files) == 0 {
			w.files = nil
		}
	}
}
