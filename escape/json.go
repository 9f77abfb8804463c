package escape

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// JSONEncode returns v as JSON, in the form that Python's json.dumps gives it, and safe
// in a <script> element. A value that encoding/json refuses is an error; see
// [AppendJSON] for the rest. Tornado: json_encode.
func JSONEncode(v any) (string, error) {
	text, err := AppendJSON(nil, v)
	return string(text), err
}

// AppendJSON appends v as JSON to dst, in the form that Python's json.dumps gives it:
// ", " and ": " between items, everything but ASCII escaped (U+1F600 as a surrogate
// pair), and "</" written "<\/", so that the text may stand in a <script> element.
//
// What a value looks like is encoding/json's affair: struct tags, [json.Marshaler] and
// [encoding.TextMarshaler] hold; struct fields keep their order, map keys are sorted;
// []byte becomes base64; a value it refuses is an error, and dst is returned as it was.
// Floats have Python's digits, but as in JavaScript no ".0", and exponents only below
// 1e-6 and from 1e21: a JSON number decoded into an any is a float64, and an integer
// has to come out of that as it went in. Bytes of strings that are not UTF-8 become U+FFFD.
//
// NaN and infinities, which JSON lacks, are written NaN, Infinity and -Infinity as in
// Python when they are in maps, slices, arrays, pointers and interfaces; in a struct
// field they are an error.
func AppendJSON(dst []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err == nil {
		return appendLikePython(dst, text), nil
	}
	if isNonFinite(err) {
		text, err = appendNonFinite(dst, reflect.ValueOf(v), 0)
	}
	if err != nil {
		return dst, fmt.Errorf("escape: %w", err)
	}
	return text, nil
}

func isNonFinite(err error) bool {
	var unsupported *json.UnsupportedValueError
	return errors.As(err, &unsupported) && slices.Contains([]string{"NaN", "+Inf", "-Inf"}, unsupported.Str)
}

// appendLikePython appends text, which json.Marshal wrote, in the form of json.dumps.
func appendLikePython(dst, text []byte) []byte {
	dst = slices.Grow(dst, len(text)+len(text)/8)
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case '"':
			var size int
			dst, size = appendJSONString(dst, text[i:])
			i += size
			continue
		case ',', ':':
			dst = append(dst, c, ' ')
		default:
			dst = append(dst, c)
		}
		i++
	}
	return dst
}

// appendJSONString appends the string literal that text starts with, and returns the
// bytes of text it took. json.Marshal has written < > & as \u00XX in it, wherever
// they came from, so "<" is met only in that form.
func appendJSONString(dst, text []byte) ([]byte, int) {
	start, i := 0, 1 // text[start:i] is still to be copied
	for text[i] != '"' {
		c := text[i]
		if ' ' <= c && c <= '~' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, text[start:i]...)
		start = i
		if c != '\\' {
			r, size := utf8.DecodeRune(text[i:])
			dst = appendEscapedRune(dst, r)
			i += size
			start = i
			continue
		}
		i += 2 // the backslash and what it hides, perhaps a quote
		if plain := htmlEscaped(text[start:]); plain != 0 {
			dst = append(dst, plain)
			i = start + len(`\u003c`)
			start = i
			if plain == '<' && text[i] == '/' {
				dst = append(dst, '\\')
			}
		}
	}
	i++
	return append(dst, text[start:i]...), i
}

// htmlEscaped returns the character that json.Marshal escapes only for HTML's sake
// and that text starts with, 0 if it does not.
func htmlEscaped(text []byte) byte {
	if len(text) < len(`\u003c`) {
		return 0
	}
	switch string(text[:len(`\u003c`)]) {
	case `\u003c`:
		return '<'
	case `\u003e`:
		return '>'
	case `\u0026`:
		return '&'
	}
	return 0
}

func appendEscapedRune(dst []byte, r rune) []byte {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return appendHex(appendHex(dst, high), low)
	}
	return appendHex(dst, r)
}

func appendHex(dst []byte, unit rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[unit>>12], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
}

// JSONDecode reads JSON text: objects become map[string]any, arrays []any, numbers
// float64, null nil. To fill a struct, use [json.Unmarshal]. The text may be UTF-8,
// UTF-16 or UTF-32, with or without a byte order mark; see [JSONToUTF8]. Malformed
// text is ErrNotUTF8. Text that is not JSON is a *json.SyntaxError (by errors.As); so are
// NaN and Infinity, which json.loads takes. Tornado: json_decode.
func JSONDecode[T ~string | ~[]byte](text T) (any, error) {
	data, err := JSONToUTF8([]byte(text))
	if err != nil {
		return nil, err
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("escape: %w", err)
	}
	return v, nil
}
