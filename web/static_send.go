package web

import (
	"io"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

const (
	// readChunk is the number of bytes of a content that are read and sent at once.
	readChunk = 64 << 10
	// fileChunk is the number of bytes of a file that the kernel sends at once.
	fileChunk = 512 << 10
)

// A fileSender is a connection that can send parts of files.
type fileSender = httputil.FileSender[*iostream.File]

// sendRange sends the bytes of the resource from start to end, without the byte at end, in
// chunks. Each chunk is sent when the kernel has the one before. If the client leaves,
// sendRange returns nil.
func (h *StaticFileHandler) sendRange(self StaticHandler, start, end int64) error {
	content, err := self.GetContent(h.contentPath(), start, end)
	if err != nil {
		return err
	}
	defer content.Close()
	file, _ := content.(*staticContent)
	if file == nil || file.file.disk == nil {
		return h.sendContent(content, end-start)
	}
	sender, ok := h.exchange.conn.(fileSender)
	if !ok {
		return h.sendContent(content, end-start)
	}
	if err := h.flushOutput(); err != nil { // sends the head; x.transforms is set afterwards
		return outputError(err)
	}
	if len(h.exchange.transforms) > 0 {
		return h.sendContent(content, end-start)
	}
	return h.sendFile(sender, file.file.disk, start, end)
}

// sendFile makes the connection send a range of a file.
func (h *StaticFileHandler) sendFile(sender fileSender, file *iostream.File, start, end int64) error {
	for start < end {
		n := min(end-start, fileChunk)
		if err := h.loadFile(file, start, n); err != nil {
			return err
		}
		if err := sender.SendFile(file, start, n); err != nil {
			return err
		}
		h.exchange.sent += n
		if start += n; start == end && n <= iostream.MaxCopiedFile {
			return nil // the connection has copied the bytes
		}
		if _, err := h.Flush().Await(); err != nil {
			return outputError(err)
		}
	}
	return nil
}

// loadFile reads a part of a file into memory, on another goroutine, unless it is in memory
// already.
func (h *StaticFileHandler) loadFile(file *iostream.File, start, n int64) error {
	if file.Cached(start, n) {
		return nil
	}
	return h.runInExecutor(func() error { return file.Load(start, n) })
}

// sendContent reads n bytes of content and sends them.
func (h *StaticFileHandler) sendContent(content io.Reader, n int64) error {
	for n > 0 {
		chunk := make([]byte, min(n, readChunk))
		if err := h.readFull(content, chunk); err != nil {
			return err
		}
		n -= int64(len(chunk))
		if err := h.writeOwned(chunk); err != nil {
			return err
		}
		if n == 0 {
			return outputError(h.flushOutput())
		}
		if _, err := h.Flush().Await(); err != nil {
			return outputError(err)
		}
	}
	return nil
}

// readFull fills p, on another goroutine if reading may block.
func (h *StaticFileHandler) readFull(content io.Reader, p []byte) error {
	read := func() error {
		_, err := io.ReadFull(content, p)
		return err
	}
	if c, ok := content.(*staticContent); ok && !c.file.blocks(c.offset, int64(len(p))) {
		return read()
	}
	return h.runInExecutor(read)
}

// runInExecutor runs fn on another goroutine and waits for it.
func (h *StaticFileHandler) runInExecutor(fn func() error) error {
	_, err := ioloop.RunInExecutor(h.currentLoop(), func() (struct{}, error) { return struct{}{}, fn() }).Await()
	return err
}

// currentLoop returns the loop that h runs on, or nil for a call that does not run on a
// loop.
func (h *StaticFileHandler) currentLoop() *ioloop.IOLoop {
	if h.application == nil {
		return h.callerLoop
	}
	return h.Loop()
}
