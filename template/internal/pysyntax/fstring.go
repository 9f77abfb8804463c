package pysyntax

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/syntax"
)

// strings reads the string literals after the literal t, and joins all of them. Python joins
// adjacent literals, too.
func (p *Parser) strings(t token) (syntax.Expr, error) {
	literals := []token{t}
	for k := p.peek().kind; k == stringToken || k == bytesToken || k == fstringToken; k = p.peek().kind {
		literals = append(literals, p.next())
	}
	var text strings.Builder
	var parts []syntax.Expr
	formatted := false
	for _, lit := range literals {
		if (lit.kind == bytesToken) != (t.kind == bytesToken) {
			return nil, fmt.Errorf("%w: cannot mix bytes and nonbytes literals", ErrSyntax)
		}
		if lit.kind != fstringToken {
			text.WriteString(lit.text)
			continue
		}
		formatted = true
		more, err := p.fstring(lit)
		if err != nil {
			return nil, err
		}
		if text.Len() > 0 {
			parts = append(parts, p.str(text.String()))
			text.Reset()
		}
		parts = append(parts, more...)
	}
	if !formatted && t.kind == bytesToken {
		return &syntax.Literal{Token: syntax.BYTES, TokenPos: p.pos, Value: text.String()}, nil
	}
	if !formatted {
		return p.str(text.String()), nil
	}
	if text.Len() > 0 {
		parts = append(parts, p.str(text.String()))
	}
	return p.call("_tt_concat", p.list(parts)), nil
}

// fstring returns the parts of a formatted string literal: texts and formatted fields.
func (p *Parser) fstring(t token) ([]syntax.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	var parts []syntax.Expr
	var text strings.Builder
	flush := func() error {
		literal, err := text.String(), error(nil)
		if text.Reset(); !t.raw {
			literal, err = Unescape(literal, false)
		}
		if literal != "" {
			parts = append(parts, p.str(literal))
		}
		return err
	}
	for rest := t.text; ; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			text.WriteString(rest)
			return parts, flush()
		}
		brace := rest[i : i+1]
		text.WriteString(rest[:i])
		if rest = rest[i+1:]; strings.HasPrefix(rest, brace) { // {{ and }}
			text.WriteString(brace)
			rest = rest[1:]
			continue
		}
		if brace == "}" {
			return nil, errors.New("f-string: single '}' is not allowed")
		}
		if err := flush(); err != nil {
			return nil, err
		}
		field, after, err := p.field(rest)
		if err != nil {
			return nil, err
		}
		if parts, rest = append(parts, field), after; len(parts) > MaxChain {
			return nil, ErrTooLong
		}
	}
}

// field reads a replacement field after its "{": expression, !conversion, :format. rest is the
// source that follows its "}".
func (p *Parser) field(source string) (field syntax.Expr, rest string, err error) {
	end := fieldEnd(source, "!:=}")
	if end < 0 {
		return nil, "", errors.New("f-string: expecting '}'")
	}
	inner, err := NewParser(source[:end], p.pos, p.scope)
	if err != nil {
		return nil, "", err
	}
	inner.depth, inner.locals = p.depth, p.locals
	value, err := inner.exprList()
	if err == nil {
		err = inner.End()
	}
	if err != nil {
		return nil, "", fmt.Errorf("f-string: %w", err)
	}
	rest = source[end:]
	if rest[0] == '=' {
		return nil, "", errors.New("f-string: {name=} is not supported")
	}
	conversion := ""
	if rest[0] == '!' {
		if len(rest) < 3 || !strings.Contains("sra", rest[1:2]) {
			return nil, "", errors.New("f-string: invalid conversion character: expected 's', 'r', or 'a'")
		}
		conversion, rest = rest[1:2], rest[2:]
	}
	spec := p.str("")
	if strings.HasPrefix(rest, ":") {
		end := specEnd(rest[1:])
		if end < 0 {
			return nil, "", errors.New("f-string: expecting '}'")
		}
		nested, err := p.fstring(token{text: rest[1 : end+1], raw: true})
		if err != nil {
			return nil, "", err
		}
		spec, rest = p.call("_tt_concat", p.list(nested)), rest[end+1:]
	}
	if !strings.HasPrefix(rest, "}") {
		return nil, "", errors.New("f-string: expecting '}'")
	}
	return p.call("_tt_format", value, p.str(conversion), spec), rest[1:], nil
}

// fieldEnd returns the position in source of the first byte of stop that is not in brackets or
// strings, or -1 if there is none. The characters of "!=", "==", ">=" and "<=" do not count.
func fieldEnd(source, stop string) int {
	depth := 0
	var quote byte
	for i := 0; i < len(source); i++ {
		c := source[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
			continue
		case c == '\'' || c == '"':
			quote = c
			continue
		case depth == 0 && strings.IndexByte(stop, c) >= 0:
			if i+1 < len(source) && source[i+1] == '=' && c != '}' && c != ':' {
				i++ // a comparison
				continue
			}
			if c == '=' && i > 0 && strings.IndexByte("<>", source[i-1]) >= 0 {
				continue
			}
			return i
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		}
	}
	return -1
}

// specEnd returns the position in source of the "}" that ends a format specification, or -1 if
// there is none. Quotes have no meaning in a specification, but it may contain fields.
func specEnd(source string) int {
	depth := 0
	for i := range len(source) {
		switch source[i] {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}
