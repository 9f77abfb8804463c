package escape

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// JSONEncode returns v as JSON in the format of Python's json.dumps, safe inside a <script>
// element. Values that encoding/json rejects are errors. See [AppendJSON] for details.
// Tornado: json_encode.
func JSONEncode(v any) (string, error) {
	text, err := AppendJSON(nil, v)
	return string(text), err
}

// AppendJSON appends v as JSON to dst, in the format of Python's json.dumps: ", " and ": "
// between items, and everything but ASCII escaped (U+1F600 as a surrogate pair). The text
// may stand inside a <script> element: "</" is written "<\/", and the "<" of "<!--" and of
// "<script" is written "\u003c", because both change where the HTML parser ends the element.
//
// Values are encoded by the rules of encoding/json: struct tags, [json.Marshaler] and
// [encoding.TextMarshaler] apply, struct fields keep their order, map keys are sorted and
// []byte becomes base64. If encoding/json rejects the value, AppendJSON returns dst
// unchanged and an error. Bytes of strings that are not UTF-8 become U+FFFD.
//
// Floats have Python's digits, but no ".0", and exponents only below 1e-6 and from 1e21, as
// in JavaScript. The reason: decoding into an any makes a float64 of every number, and an
// integer must be the same after decoding and encoding.
//
// JSON has no NaN and infinities. In maps, slices, arrays, pointers and interfaces they are
// written NaN, Infinity and -Infinity, as in Python; in a struct field they are an error.
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

// appendLikePython appends text, the output of json.Marshal, in the format of json.dumps.
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

// appendJSONString appends the string literal at the start of text, and returns the number
// of bytes that it used. In the output of json.Marshal the characters < > & are always
// \u00XX escapes, so only that form of "<" needs handling.
func appendJSONString(dst, text []byte) ([]byte, int) {
	start, i := 0, 1 // text[start:i] is not copied yet
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
		i += 2 // skips the backslash and the character after it, which may be a quote
		if plain := htmlEscaped(text[start:]); plain != 0 {
			i = start + len(`\u003c`)
			if plain == '<' && changesScript(text[i:]) {
				continue
			}
			dst = append(dst, plain)
			start = i
			if plain == '<' && text[i] == '/' {
				dst = append(dst, '\\')
			}
		}
	}
	i++
	return append(dst, text[start:i]...), i
}

// changesScript reports whether text after a "<" takes the HTML parser to a state in
// which "</script" does not end a script (HTML, section 13.2.5.15).
func changesScript(text []byte) bool {
	const comment, script = "!--", "script"
	return len(text) >= len(comment) && string(text[:len(comment)]) == comment ||
		len(text) >= len(script) && bytes.EqualFold(text[:len(script)], []byte(script))
}

// htmlEscaped returns the character at the start of text that json.Marshal escapes only to
// be safe in HTML, or 0 if there is none.
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

// JSONDecode decodes JSON text: objects become map[string]any, arrays []any, numbers
// float64, null nil. To fill a struct, use [json.Unmarshal]. The text may be UTF-8,
// UTF-16 or UTF-32, with or without a byte order mark; see [JSONToUTF8]. Text in an invalid
// encoding returns ErrNotUTF8. Other invalid text returns an error that wraps a
// *json.SyntaxError; NaN and Infinity are invalid too, although json.loads accepts them.
// Tornado: json_decode.
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
