package template

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gotornado/tornado/template/internal/pyvalue"
)

// maxNesting limits how deep blocks nest, as Python does.
const maxNesting = 100

// A templateReader reads template source. Tornado: _TemplateReader, _parse.
type templateReader struct {
	file       *file
	text       string
	pos        int
	line       int    // of pos, from 1
	whitespace string // the current mode
	depth      int    // of open blocks
}

// parseFile reads text, the source of f, into f.body. whitespace is the mode at the start.
// An autoescape directive changes f.autoescape.
func parseFile(f *file, text, whitespace string) error {
	r := &templateReader{file: f, text: text, line: 1, whitespace: whitespace}
	body, err := r.parse("", false)
	f.body = body
	return err
}

// errorf returns a ParseError at the current line.
func (r *templateReader) errorf(format string, args ...any) error {
	return &ParseError{Message: fmt.Sprintf(format, args...), Filename: r.file.name, Line: r.line}
}

// rest returns the source from pos on.
func (r *templateReader) rest() string { return r.text[r.pos:] }

// consume passes n bytes, counts their lines and returns them.
func (r *templateReader) consume(n int) string {
	s := r.text[r.pos : r.pos+n]
	r.line += strings.Count(s, "\n")
	r.pos += n
	return s
}

// nextTag returns the position of the next directive, relative to pos; -1 for none.
func (r *templateReader) nextTag() int {
	rest := r.rest()
	for i := 0; ; i++ {
		next := strings.IndexByte(rest[i:], '{')
		if next < 0 || i+next+1 == len(rest) {
			return -1
		}
		i += next
		switch rest[i+1] {
		case '%', '#':
			return i
		case '{':
			// Of more than two braces, the last two open the expression, as for LaTeX.
			if i+2 < len(rest) && rest[i+2] == '{' {
				continue
			}
			return i
		}
	}
}

// parse reads up to the end tag of the block inBlock, or the whole file if inBlock is "".
// inLoop reports whether break and continue are allowed.
func (r *templateReader) parse(inBlock string, inLoop bool) ([]*node, error) {
	if r.depth++; r.depth > maxNesting {
		return nil, r.errorf("too many levels of blocks, the limit is %d", maxNesting)
	}
	defer func() { r.depth-- }()
	var body []*node
	for {
		at := r.nextTag()
		if at < 0 {
			if inBlock != "" {
				return nil, r.errorf("Missing {%% end %%} block for %s", inBlock)
			}
			return r.addText(body, r.consume(len(r.rest()))), nil
		}
		if at > 0 {
			body = r.addText(body, r.consume(at))
		}
		brace := r.consume(2)
		line := r.line
		if strings.HasPrefix(r.rest(), "!") {
			r.consume(1)
			body = r.addText(body, brace)
			continue
		}
		n, ended, err := r.tag(brace, line, inBlock, inLoop)
		if err != nil || ended {
			return body, err
		}
		if n != nil {
			body = append(body, n)
		}
	}
}

// addText appends text, the literal text between two tags, with its white space filtered.
// Text with <pre> in it stays as it is.
func (r *templateReader) addText(body []*node, text string) []*node {
	if !strings.Contains(text, "<pre>") {
		text, _ = FilterWhitespace(r.whitespace, text) // the mode was checked before
	}
	if text == "" {
		return body
	}
	return append(body, &node{kind: textNode, line: r.line, text: text})
}

// until passes the contents of a tag and its end, close, and returns the contents. missing
// is the error of a tag without an end.
func (r *templateReader) until(close, missing string) (string, error) {
	end := strings.Index(r.rest(), close)
	if end < 0 {
		return "", r.errorf("%s", missing)
	}
	contents := strings.TrimFunc(r.consume(end), pyvalue.IsSpace)
	r.consume(2)
	return contents, nil
}

// tag reads the rest of the directive that brace opened. ended reports the end tag of
// inBlock. n is nil for a directive that needs no node.
func (r *templateReader) tag(brace string, line int, inBlock string, inLoop bool) (n *node, ended bool, err error) {
	switch brace {
	case "{#":
		_, err = r.until("#}", "Missing end comment #}")
		return nil, false, err
	case "{{":
		contents, err := r.until("}}", "Missing end expression }}")
		if err == nil && contents == "" {
			err = r.errorf("Empty expression")
		}
		return &node{kind: exprNode, line: line, text: contents}, false, err
	}
	contents, err := r.until("%}", "Missing end block %}")
	if err != nil {
		return nil, false, err
	}
	if contents == "" {
		return nil, false, r.errorf("Empty block tag ({%% %%})")
	}
	operator, suffix, _ := strings.Cut(contents, " ")
	t := tag{operator: operator, suffix: strings.TrimFunc(suffix, pyvalue.IsSpace), contents: contents, line: line}
	switch operator {
	case "else", "elif", "except", "finally":
		n, err = r.middle(t, inBlock)
	case "end":
		if inBlock == "" {
			err = r.errorf("Extra {%% end %%} block")
		}
		return nil, true, err
	case "apply", "block", "try", "if", "for", "while":
		n, err = r.block(t, inLoop)
	case "break", "continue":
		if !inLoop {
			err = r.errorf("%s outside {'for', 'while'} block", operator)
		}
		n = &node{kind: branchNode, line: line, text: contents}
	default:
		n, err = r.directive(t)
	}
	return n, false, err
}

// A tag is the text of a {% %} directive: operator is its first word, suffix the rest.
type tag struct {
	operator, suffix, contents string
	line                       int
}

// parents returns the blocks that an intermediate directive such as else may stand in, in
// alphabetical order.
func parents(operator string) []string {
	switch operator {
	case "else":
		return []string{"for", "if", "try", "while"}
	case "elif":
		return []string{"if"}
	}
	return []string{"try"}
}

// middle reads else, elif, except or finally.
func (r *templateReader) middle(t tag, inBlock string) (*node, error) {
	allowed := parents(t.operator)
	if inBlock == "" {
		return nil, r.errorf("%s outside {'%s'} block", t.operator, strings.Join(allowed, "', '"))
	}
	if !slices.Contains(allowed, inBlock) {
		return nil, r.errorf("%s block cannot be attached to %s block", t.operator, inBlock)
	}
	return &node{kind: middleNode, line: t.line, text: t.contents}, nil
}

// block reads a directive with a body.
func (r *templateReader) block(t tag, inLoop bool) (*node, error) {
	switch t.operator {
	case "for", "while":
		inLoop = true
	case "apply":
		inLoop = false // the body is a function of its own
	}
	body, err := r.parse(t.operator, inLoop)
	if err != nil {
		return nil, err
	}
	n := &node{kind: controlNode, line: t.line, text: t.contents, body: body, file: r.file}
	switch t.operator {
	case "apply":
		n.kind, n.text = applyNode, t.suffix
		if t.suffix == "" {
			return nil, r.errorf("apply missing method name")
		}
	case "block":
		n.kind, n.text = blockNode, t.suffix
		if t.suffix == "" {
			return nil, r.errorf("block missing name")
		}
	}
	return n, nil
}

// directive reads a directive without a body. The node is nil for one that only changes
// how the rest of the file is read.
func (r *templateReader) directive(t tag) (*node, error) {
	n := &node{line: t.line, text: t.suffix, file: r.file}
	switch t.operator {
	case "comment":
		return nil, nil
	case "extends", "include":
		n.kind, n.text = extendsNode, strings.Trim(strings.Trim(t.suffix, `"`), `'`)
		if t.operator == "include" {
			n.kind = includeNode
		}
		if n.text == "" {
			return nil, r.errorf("%s missing file path", t.operator)
		}
	case "import", "from":
		n.kind, n.text = statementNode, t.contents
		if t.suffix == "" {
			return nil, r.errorf("import missing statement")
		}
	case "set":
		n.kind = statementNode
		if t.suffix == "" {
			return nil, r.errorf("set missing statement")
		}
	case "autoescape":
		r.file.autoescape = t.suffix
		if t.suffix == "None" {
			r.file.autoescape = ""
		}
		return nil, nil
	case "whitespace":
		if _, err := FilterWhitespace(t.suffix, ""); err != nil {
			return nil, r.errorf("invalid whitespace mode %s", t.suffix)
		}
		r.whitespace = t.suffix
		return nil, nil
	case "raw":
		n.kind = rawNode
	case "module":
		n.kind = moduleNode
	default:
		return nil, r.errorf("unknown operator: %s", pyvalue.Quote(t.operator))
	}
	return n, nil
}
