package escape

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// JSONToUTF8 returns JSON text as UTF-8 without a byte order mark. The text may be UTF-8,
// UTF-16 or UTF-32, of either byte order, with or without a mark. As in Python's
// json.loads, the zeros among its first four bytes show the encoding (RFC 4627, section 3;
// RFC 8259, section 8.1). For malformed text it returns ErrNotUTF8. If text is UTF-8
// already, the result shares its memory.
func JSONToUTF8(text []byte) ([]byte, error) {
	encoding, mark := detectJSON(text)
	text = text[mark:]
	switch encoding.width {
	case 2:
		return decodeUTF16(text, encoding.order)
	case 4:
		return decodeUTF32(text, encoding.order)
	}
	if !utf8.Valid(text) {
		return nil, ErrNotUTF8
	}
	return text, nil
}

// A jsonEncoding is the encoding of a JSON text. order is nil in UTF-8.
type jsonEncoding struct {
	width int // bytes in a code unit
	order binary.ByteOrder
}

var (
	jsonUTF8    = jsonEncoding{width: 1}
	jsonUTF16BE = jsonEncoding{2, binary.BigEndian}
	jsonUTF16LE = jsonEncoding{2, binary.LittleEndian}
	jsonUTF32BE = jsonEncoding{4, binary.BigEndian}
	jsonUTF32LE = jsonEncoding{4, binary.LittleEndian}
)

// byteOrderMarks has UTF-32 first: its little-endian mark begins as that of UTF-16.
var byteOrderMarks = []struct {
	mark     []byte
	encoding jsonEncoding
}{
	{[]byte{0, 0, 0xfe, 0xff}, jsonUTF32BE},
	{[]byte{0xff, 0xfe, 0, 0}, jsonUTF32LE},
	{[]byte{0xfe, 0xff}, jsonUTF16BE},
	{[]byte{0xff, 0xfe}, jsonUTF16LE},
	{[]byte{0xef, 0xbb, 0xbf}, jsonUTF8},
}

// detectJSON returns the encoding of a JSON text and the length of its byte order mark.
func detectJSON(text []byte) (encoding jsonEncoding, mark int) {
	if len(text) < 2 || text[0] != 0 && text[1] != 0 && text[0] < 0xef {
		return jsonUTF8, 0
	}
	for _, b := range byteOrderMarks {
		if bytes.HasPrefix(text, b.mark) {
			return b.encoding, len(b.mark)
		}
	}
	switch long := len(text) >= 4; {
	case !long && len(text) != 2:
		return jsonUTF8, 0
	case text[0] == 0 && long && text[1] == 0:
		return jsonUTF32BE, 0
	case text[0] == 0:
		return jsonUTF16BE, 0
	case text[1] == 0 && long && text[2] == 0 && text[3] == 0:
		return jsonUTF32LE, 0
	case text[1] == 0:
		return jsonUTF16LE, 0
	}
	return jsonUTF8, 0
}

func decodeUTF16(text []byte, order binary.ByteOrder) ([]byte, error) {
	if len(text)%2 != 0 {
		return nil, ErrNotUTF8
	}
	decoded := make([]byte, 0, len(text)/2)
	for ; len(text) > 0; text = text[2:] {
		r := rune(order.Uint16(text))
		if utf16.IsSurrogate(r) {
			if len(text) < 4 {
				return nil, ErrNotUTF8
			}
			text = text[2:]
			if r = utf16.DecodeRune(r, rune(order.Uint16(text))); r == utf8.RuneError {
				return nil, ErrNotUTF8
			}
		}
		decoded = utf8.AppendRune(decoded, r)
	}
	return decoded, nil
}

func decodeUTF32(text []byte, order binary.ByteOrder) ([]byte, error) {
	if len(text)%4 != 0 {
		return nil, ErrNotUTF8
	}
	decoded := make([]byte, 0, len(text)/4)
	for ; len(text) > 0; text = text[4:] {
		r := rune(order.Uint32(text))
		if !utf8.ValidRune(r) {
			return nil, ErrNotUTF8
		}
		decoded = utf8.AppendRune(decoded, r)
	}
	return decoded, nil
}
