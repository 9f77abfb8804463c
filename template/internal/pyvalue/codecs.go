package pyvalue

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// A codec is one of the encodings that templates know.
type codec struct {
	name  string // as in messages
	limit rune   // the first character that the encoding does not have; 0 for UTF-8, which has all characters
}

// codecOf finds an encoding by one of Python's names for it.
func codecOf(name string) (codec, error) {
	switch strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(name), "_", "-"), " ", "-") {
	case "utf-8", "utf8", "u8", "utf":
		return codec{name: "utf-8"}, nil
	case "ascii", "us-ascii", "646":
		return codec{"ascii", 0x80}, nil
	case "latin-1", "latin1", "iso-8859-1", "iso8859-1", "8859", "l1":
		return codec{"latin-1", 0x100}, nil
	case "utf-16", "utf-32", "utf-7", "utf-8-sig", "cp1252", "windows-1252", "cp437", "iso-8859-15", "idna", "punycode", "unicode-escape":
		return codec{}, notSupported("the encoding " + name)
	}
	return codec{}, raise("LookupError", "unknown encoding: %s", name)
}

// codecArguments returns the codec and the error handler that the arguments encoding and errors
// name.
func codecArguments(function string, encoding, errors starlark.Value) (codec, string, error) {
	name, ok := encoding.(starlark.String)
	if !ok {
		return codec{}, "", raise("TypeError", "%s() argument 'encoding' must be str, not %s", function, pyType(encoding))
	}
	handler, ok := errors.(starlark.String)
	if !ok {
		return codec{}, "", raise("TypeError", "%s() argument 'errors' must be str, not %s", function, pyType(errors))
	}
	c, err := codecOf(string(name))
	return c, string(handler), err
}

func strEncode(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	c, handler, err := codecArguments("encode", args[1], args[2])
	if err != nil {
		return nil, err
	}
	b, err := c.encode(text(args[0]), handler)
	return starlark.Bytes(b), err
}

func (c codec) encode(s, handler string) (string, error) {
	if c.limit == 0 || isASCII(s) {
		return s, nil
	}
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		if r < c.limit {
			b.WriteByte(byte(r))
			continue
		}
		switch handler {
		case "strict":
			return "", c.encodeError(runes, i)
		case "ignore":
		case "replace":
			b.WriteByte('?')
		case "xmlcharrefreplace":
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
		case "backslashreplace":
			b.WriteString(escapedRune(r))
		default:
			return "", unknownHandler(handler)
		}
	}
	return b.String(), nil
}

func unknownHandler(name string) error {
	switch name {
	case "namereplace", "surrogateescape", "surrogatepass":
		return notSupported("the error handler " + name)
	}
	return raise("LookupError", "unknown error handler name '%s'", name)
}

// escapedRune returns the escape for a character beyond ASCII in a string literal.
func escapedRune(r rune) string {
	switch {
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

func (c codec) encodeError(runes []rune, at int) error {
	end := at + 1
	for end < len(runes) && runes[end] >= c.limit {
		end++
	}
	if end-at > 1 {
		return raise("UnicodeEncodeError", "'%s' codec can't encode characters in position %d-%d: ordinal not in range(%d)", c.name, at, end-1, c.limit)
	}
	return raise("UnicodeEncodeError", "'%s' codec can't encode character '%s' in position %d: ordinal not in range(%d)", c.name, escapedRune(runes[at]), at, c.limit)
}

func bytesDecode(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	c, handler, err := codecArguments("decode", args[1], args[2])
	if err != nil {
		return nil, err
	}
	s, err := c.decode(text(args[0]), handler)
	return starlark.String(s), err
}

func (c codec) decode(s, handler string) (string, error) {
	if isASCII(s) || c.limit == 0 && utf8.ValidString(s) {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		valid := r < c.limit
		if c.limit == 0 {
			r, size = utf8.DecodeRuneInString(s[i:])
			valid = r != utf8.RuneError || size > 1
		}
		if valid {
			b.WriteRune(r)
			i += size
			continue
		}
		switch handler {
		case "strict":
			if c.limit == 0 {
				return "", decodeError(s, i)
			}
			return "", raise("UnicodeDecodeError", "'%s' codec can't decode byte 0x%02x in position %d: ordinal not in range(%d)", c.name, s[i], i, c.limit)
		case "ignore":
		case "replace":
			b.WriteRune(utf8.RuneError)
		case "backslashreplace":
			fmt.Fprintf(&b, `\x%02x`, s[i])
		default:
			return "", unknownHandler(handler)
		}
		i++
	}
	return b.String(), nil
}
