package httputil

import (
	"bytes"
	"strings"
)

// ParseHeaders parses header lines. Each ends with CRLF or LF, which the last one may lack;
// empty lines are skipped. Every error is an *HTTPInputError. Tornado: HTTPHeaders.parse.
func ParseHeaders(block string) (HTTPHeaders, error) { return ParseHeaderBlock([]byte(block)) }

// ParseHeaderBlock is ParseHeaders without a copy: it owns block from then on and changes it,
// and the returned names and values are views into block. Every error is an *HTTPInputError.
func ParseHeaderBlock(block []byte) (HTTPHeaders, error) {
	p := blockParser{block: block}
	fields := make([]Field, 0, bytes.Count(block, newline))
	for p.pos < len(block) {
		if p.skipEmptyLine() {
			continue
		}
		field, err := p.parseField()
		if err != nil {
			return HTTPHeaders{}, err
		}
		fields = append(fields, field)
	}
	return HTTPHeaders{fields}, nil
}

// ParseLine adds the field of one header line, with or without its line end. A line that
// begins with white space continues the last field (RFC 9112, section 5.2); an empty line does
// nothing. Every error is an *HTTPInputError. Tornado: HTTPHeaders.parse_line.
func (h *HTTPHeaders) ParseLine(line string) error {
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	if line == "" {
		return nil
	}
	block, kept := line, len(h.fields)
	if isBlank(line[0]) && kept > 0 {
		kept--
		block = h.fields[kept].Name + ": " + h.fields[kept].Value + "\n" + line
	}
	if strings.Contains(line, "\n") {
		return inputError("more than one header line")
	}
	parsed, err := ParseHeaders(block)
	if err != nil {
		return err
	}
	h.fields = append(h.fields[:kept], parsed.fields...)
	return nil
}

var newline = []byte{'\n'} // read-only

// A blockParser reads the fields of a header block one after another.
type blockParser struct {
	block []byte
	pos   int // start of the next line
}

func (p *blockParser) skipEmptyLine() bool {
	rest := p.block[p.pos:]
	switch {
	case rest[0] == '\n':
		p.pos++
	case rest[0] == '\r' && len(rest) > 1 && rest[1] == '\n':
		p.pos += 2
	default:
		return false
	}
	return true
}

// parseField parses one field line and the lines that continue it (RFC 9112, section 5).
func (p *blockParser) parseField() (Field, error) {
	start := p.pos
	if isBlank(p.block[start]) {
		return Field{}, inputError("first header line cannot start with white space")
	}
	nameEnd := start + normalizePrefix(p.block[start:])
	if nameEnd == len(p.block) || p.block[nameEnd] != ':' {
		return Field{}, nameError(p.block[start:])
	}
	if nameEnd == start {
		return Field{}, inputError("empty header name")
	}
	p.pos = nameEnd + 1
	from, to, ok := p.parseLineContent()
	if !ok {
		return Field{}, inputError("invalid header value")
	}
	name := viewString(p.block[start:nameEnd])
	if p.pos < len(p.block) && isBlank(p.block[p.pos]) {
		var err error
		if to, err = p.unfold(name, from, to); err != nil {
			return Field{}, err
		}
	}
	return Field{name, viewString(p.block[from:to])}, nil
}

// parseLineContent reads to the end of a line and returns its content without white space at the ends.
// ok is false if the content has a control character other than tab; that includes a CR that
// is not followed by LF.
func (p *blockParser) parseLineContent() (from, to int, ok bool) {
	b, i := p.block, p.pos
	for i < len(b) && isBlank(b[i]) {
		i++
	}
	from = i
	for {
		i += controlIndex(b[i:])
		if i == len(b) || b[i] != '\t' {
			break
		}
		i++
	}
	to = i
	switch {
	case i == len(b):
	case b[i] == '\n':
		i++
	case b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n':
		i += 2
	default:
		return 0, 0, false
	}
	p.pos = i
	for to > from && isBlank(b[to-1]) {
		to--
	}
	return from, to, true
}

// unfold appends continuation lines to the value in p.block[from:to], separated by one space,
// and returns the new end. The removed line ends are longer than the added spaces, so the
// text moves towards the start of the block.
//
// Fields that frame or route the message must not be folded, because software that parses
// such a line differently would see another message. RFC 9112, section 5.2 allows rejecting
// it.
func (p *blockParser) unfold(name string, from, to int) (int, error) {
	switch name {
	case "Content-Length", "Transfer-Encoding", "Host":
		return 0, inputError("folded " + name + " header")
	}
	for p.pos < len(p.block) && isBlank(p.block[p.pos]) {
		partFrom, partTo, ok := p.parseLineContent()
		if !ok {
			return 0, inputError("invalid header value")
		}
		if partFrom == partTo {
			continue
		}
		if to > from {
			p.block[to] = ' '
			to++
		}
		to += copy(p.block[to:], p.block[partFrom:partTo])
	}
	return to, nil
}

// nameError returns the error for a line that does not start with a name and a colon.
func nameError(rest []byte) error {
	line, _, _ := bytes.Cut(rest, newline)
	if !bytes.Contains(line, []byte{':'}) {
		return inputError("no colon in header line")
	}
	return inputError("invalid header name")
}
