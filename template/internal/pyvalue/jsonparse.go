package pyvalue

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

func jsonLoads(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	for i, name := range []string{"cls", "object_hook", "parse_float", "parse_int", "parse_constant", "object_pairs_hook"} {
		if args[i+1] != starlark.None {
			return nil, notSupported("the argument " + name + " of json.loads()")
		}
	}
	if more := keywords(args[7]); len(more) > 0 {
		return nil, raise("TypeError", "JSONDecoder.__init__() got an unexpected keyword argument '%s'", text(more[0][0]))
	}
	switch v := args[0].(type) {
	case starlark.String:
		if strings.HasPrefix(string(v), "\ufeff") {
			return nil, (&jsonParser{source: string(v)}).fail("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0)
		}
		return parseJSON(string(v))
	case starlark.Bytes:
		s := strings.TrimPrefix(string(v), "\xef\xbb\xbf")
		if at := InvalidUTF8(s); at >= 0 {
			return nil, decodeError(s, at)
		}
		return parseJSON(s)
	}
	return nil, raise("TypeError", "the JSON object must be str, bytes or bytearray, not %s", classOf(args[0]).name)
}

// parseJSON implements json.loads. Its errors have Python's words and positions.
func parseJSON(source string) (starlark.Value, error) {
	p := &jsonParser{source: source}
	p.blanks()
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.blanks(); p.at < len(source) {
		return nil, p.fail("Extra data", p.at)
	}
	return v, nil
}

type jsonParser struct {
	source string
	at     int
}

// fail returns an error at a byte of the source. The position in its text counts characters.
func (p *jsonParser) fail(message string, at int) error {
	before := p.source[:min(at, len(p.source))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return raise("JSONDecodeError", "%s: line %d column %d (char %d)", message, line, column, utf8.RuneCountInString(before))
}

func (p *jsonParser) blanks() {
	for p.at < len(p.source) && strings.IndexByte(" \t\n\r", p.source[p.at]) >= 0 {
		p.at++
	}
}

// peek returns the next byte, 0 at the end.
func (p *jsonParser) peek() byte {
	if p.at < len(p.source) {
		return p.source[p.at]
	}
	return 0
}

var jsonConstants = []struct {
	name  string
	value starlark.Value
}{
	{"null", starlark.None}, {"true", starlark.True}, {"false", starlark.False}, {"NaN", starlark.Float(math.NaN())}, {"Infinity", starlark.Float(math.Inf(1))}, {"-Infinity", starlark.Float(math.Inf(-1))},
}

func (p *jsonParser) value(depth int) (starlark.Value, error) {
	if depth > maxReprDepth {
		return nil, raise("RecursionError", "maximum recursion depth exceeded while decoding a JSON document")
	}
	switch c := p.peek(); {
	case c == '"':
		s, err := p.text()
		return starlark.String(s), err
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	}
	for _, constant := range jsonConstants {
		if strings.HasPrefix(p.source[p.at:], constant.name) {
			p.at += len(constant.name)
			return constant.value, nil
		}
	}
	return p.number()
}

func (p *jsonParser) digits() (n int) {
	for isDigitByte(p.peek()) {
		p.at++
		n++
	}
	return n
}

func (p *jsonParser) number() (starlark.Value, error) {
	start := p.at
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++
	} else if p.digits() == 0 {
		p.at = start
		return nil, p.fail("Expecting value", start)
	}
	isFloat := p.fraction()
	if p.exponent() {
		isFloat = true
	}
	literal := p.source[start:p.at]
	if isFloat {
		f, _ := strconv.ParseFloat(literal, 64) // ParseFloat returns infinity for a number that is out of range, as Python does
		return starlark.Float(f), nil
	}
	if len(literal) > 4*maxBits {
		return nil, errNumberTooLong
	}
	n, _ := new(big.Int).SetString(literal, 10)
	if n.BitLen() > maxBits {
		return nil, errNumberTooLong
	}
	return starlark.MakeBigInt(n), nil
}

func (p *jsonParser) fraction() bool {
	start := p.at
	if p.peek() != '.' {
		return false
	}
	p.at++
	if p.digits() == 0 {
		p.at = start
		return false
	}
	return true
}

func (p *jsonParser) exponent() bool {
	start := p.at
	if c := p.peek(); c != 'e' && c != 'E' {
		return false
	}
	p.at++
	if c := p.peek(); c == '+' || c == '-' {
		p.at++
	}
	if p.digits() == 0 {
		p.at = start
		return false
	}
	return true
}

func (p *jsonParser) text() (string, error) {
	start := p.at
	p.at++
	var b strings.Builder
	for {
		i := strings.IndexAny(p.source[p.at:], "\"\\\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f")
		if i < 0 {
			return "", p.fail("Unterminated string starting at", start)
		}
		b.WriteString(p.source[p.at : p.at+i])
		p.at += i
		switch p.peek() {
		case '"':
			p.at++
			return b.String(), nil
		case '\\':
			if err := p.escape(&b, start); err != nil {
				return "", err
			}
		default:
			return "", p.fail("Invalid control character at", p.at)
		}
	}
}

func (p *jsonParser) escape(b *strings.Builder, start int) error {
	p.at++
	c := p.peek()
	if p.at >= len(p.source) {
		return p.fail("Unterminated string starting at", start)
	}
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		b.WriteByte("\"\\/\b\f\n\r\t"[i])
		p.at++
		return nil
	}
	if c != 'u' {
		return p.fail("Invalid \\escape", p.at-1)
	}
	r, err := p.unit()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(r) && strings.HasPrefix(p.source[p.at:], `\u`) {
		p.at++
		low, err := p.unit()
		if err != nil {
			return err
		}
		r = utf16.DecodeRune(r, low)
	}
	b.WriteRune(r)
	return nil
}

// unit reads "uXXXX".
func (p *jsonParser) unit() (rune, error) {
	start := p.at
	if p.at+5 <= len(p.source) {
		if n, err := strconv.ParseUint(p.source[p.at+1:p.at+5], 16, 32); err == nil {
			p.at += 5
			return rune(n), nil
		}
	}
	return 0, p.fail("Invalid \\uXXXX escape", start)
}

func (p *jsonParser) array(depth int) (starlark.Value, error) {
	p.at++
	list := []starlark.Value{}
	if p.blanks(); p.peek() == ']' {
		p.at++
		return starlark.NewList(list), nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		p.blanks()
		switch p.peek() {
		case ']':
			p.at++
			return starlark.NewList(list), nil
		case ',':
			p.at++
			p.blanks()
		default:
			return nil, p.fail("Expecting ',' delimiter", p.at)
		}
	}
}

func (p *jsonParser) object(depth int) (starlark.Value, error) {
	p.at++
	dict := new(starlark.Dict)
	p.blanks()
	if p.peek() == '}' {
		p.at++
		return dict, nil
	}
	for {
		if p.peek() != '"' {
			return nil, p.fail("Expecting property name enclosed in double quotes", p.at)
		}
		key, err := p.text()
		if err != nil {
			return nil, err
		}
		if p.blanks(); p.peek() != ':' {
			return nil, p.fail("Expecting ':' delimiter", p.at)
		}
		p.at++
		p.blanks()
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		_ = dict.SetKey(starlark.String(key), v) // a new dict can be changed
		p.blanks()
		switch p.peek() {
		case '}':
			p.at++
			return dict, nil
		case ',':
			p.at++
			p.blanks()
		default:
			return nil, p.fail("Expecting ',' delimiter", p.at)
		}
	}
}
