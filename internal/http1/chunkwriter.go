package http1

import "strconv"

// AppendChunk appends data as one chunk. Without data it appends nothing, because an empty
// chunk would end the body.
func AppendChunk(dst, data []byte) []byte {
	if len(data) == 0 {
		return dst
	}
	dst = append(AppendChunkSize(dst, len(data)), data...)
	return append(dst, "\r\n"...)
}

// AppendChunkSize appends the line before a chunk of size bytes. The data and a CRLF must
// follow.
func AppendChunkSize(dst []byte, size int) []byte {
	return append(strconv.AppendInt(dst, int64(size), 16), "\r\n"...)
}

// AppendLastChunk appends the end of a chunked body.
func AppendLastChunk(dst []byte) []byte { return append(dst, "0\r\n\r\n"...) }
