package template

import (
	"fmt"
	"strings"

	"github.com/gotornado/tornado/template/internal/pyvalue"
)

// A node is a piece of a parsed template. All kinds of nodes have the same struct, so that a tree
// is small and the emitter is one switch.
type node struct {
	kind nodeKind
	line int
	text string // literal text, expression, statement, block or file name
	body []*node
	// the file from which a block was read, which names its escape function
	file *file
}

type nodeKind uint8

const (
	textNode nodeKind = iota
	exprNode
	rawNode
	moduleNode
	statementNode // set, import, from
	branchNode    // break, continue
	controlNode   // an if, for, while or try block; text is the whole tag
	middleNode    // else, elif, except, finally
	applyNode
	blockNode
	includeNode
	extendsNode
)

// A file is one parsed template source.
type file struct {
	name       string
	autoescape string // name of a function; "" for none
	body       []*node
}

// maxNesting is the largest depth of nested blocks. Python's limit is 100 levels.
const maxNesting = 100

// A parser reads the source of a template. Tornado: _TemplateReader and _parse.
type parser struct {
	file       *file
	text       string
	pos        int
	line       int
	whitespace string
	depth      int
}

// parseFile parses text, the source of the template f.name. whitespace is the mode at the
// beginning. An autoescape directive replaces f.autoescape.
func parseFile(f *file, text, whitespace string) error {
	p := &parser{file: f, text: text, line: 1, whitespace: whitespace}
	body, err := p.parse("", false)
	f.body = body
	return err
}

func (p *parser) errorf(format string, args ...any) error {
	return &ParseError{Message: fmt.Sprintf(format, args...), Filename: p.file.name, Line: p.line}
}

func (p *parser) rest() string { return p.text[p.pos:] }

// consume takes n bytes and counts their lines.
func (p *parser) consume(n int) string {
	s := p.text[p.pos : p.pos+n]
	p.line += strings.Count(s, "\n")
	p.pos += n
	return s
}

// nextTag returns the position of the next directive relative to pos, or -1 for none.
func (p *parser) nextTag() int {
	rest := p.rest()
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
			// Of more than two braces in a row, the last two begin the expression, as in LaTeX.
			if i+2 < len(rest) && rest[i+2] == '{' {
				continue
			}
			return i
		}
	}
}

// parse reads up to the end tag of the block inBlock. If inBlock is "", it reads the whole file.
func (p *parser) parse(inBlock string, inLoop bool) ([]*node, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, p.errorf("too many levels of blocks, the limit is %d", maxNesting)
	}
	defer func() { p.depth-- }()
	var body []*node
	for {
		at := p.nextTag()
		if at < 0 {
			if inBlock != "" {
				return nil, p.errorf("Missing {%% end %%} block for %s", inBlock)
			}
			return p.addText(body, p.consume(len(p.rest()))), nil
		}
		if at > 0 {
			body = p.addText(body, p.consume(at))
		}
		brace := p.consume(2)
		line := p.line
		if strings.HasPrefix(p.rest(), "!") {
			p.consume(1)
			body = p.addText(body, brace)
			continue
		}
		n, ended, err := p.tag(brace, line, inBlock, inLoop)
		if err != nil || ended {
			return body, err
		}
		if n != nil {
			body = append(body, n)
		}
	}
}

// addText appends a node for literal text, whose white space is filtered. Text that contains
// <pre> is not filtered. text is the text between two tags of any kind.
func (p *parser) addText(body []*node, text string) []*node {
	if !strings.Contains(text, "<pre>") {
		text, _ = FilterWhitespace(p.whitespace, text) // the mode was checked before
	}
	if text == "" {
		return body
	}
	return append(body, &node{kind: textNode, line: p.line, text: text})
}

// until takes the text before close, and close itself.
func (p *parser) until(close, missing string) (string, error) {
	end := strings.Index(p.rest(), close)
	if end < 0 {
		return "", p.errorf("%s", missing)
	}
	contents := strings.TrimFunc(p.consume(end), pyvalue.IsSpace)
	p.consume(2)
	return contents, nil
}

// tag reads the rest of the directive that brace has begun. ended reports whether the directive
// is the end tag of the block inBlock. A nil node has no output.
func (p *parser) tag(brace string, line int, inBlock string, inLoop bool) (n *node, ended bool, err error) {
	switch brace {
	case "{#":
		_, err = p.until("#}", "Missing end comment #}")
		return nil, false, err
	case "{{":
		contents, err := p.until("}}", "Missing end expression }}")
		if err == nil && contents == "" {
			err = p.errorf("Empty expression")
		}
		return &node{kind: exprNode, line: line, text: contents}, false, err
	}
	contents, err := p.until("%}", "Missing end block %}")
	if err != nil {
		return nil, false, err
	}
	if contents == "" {
		return nil, false, p.errorf("Empty block tag ({%% %%})")
	}
	operator, suffix, _ := strings.Cut(contents, " ")
	t := tag{operator: operator, suffix: strings.TrimFunc(suffix, pyvalue.IsSpace), contents: contents, line: line}
	switch operator {
	case "else", "elif", "except", "finally":
		n, err = p.middle(t, inBlock)
	case "end":
		if inBlock == "" {
			err = p.errorf("Extra {%% end %%} block")
		}
		return nil, true, err
	case "apply", "block", "try", "if", "for", "while":
		n, err = p.block(t, inLoop)
	case "break", "continue":
		if !inLoop {
			err = p.errorf("%s outside {'for', 'while'} block", operator)
		}
		n = &node{kind: branchNode, line: line, text: contents}
	default:
		n, err = p.directive(t)
	}
	return n, false, err
}

// A tag is a block directive: its text up to the first space, the rest, and the whole text.
type tag struct {
	operator, suffix, contents string
	line                       int
}

// parents returns the blocks in which an intermediate directive may stand, in the order in which
// Python prints the set.
func parents(operator string) (list []string) {
	switch operator {
	case "else":
		return []string{"for", "if", "try", "while"}
	case "elif":
		return []string{"if"}
	}
	return []string{"try"}
}

func (p *parser) middle(t tag, inBlock string) (*node, error) {
	allowed := parents(t.operator)
	if inBlock == "" {
		return nil, p.errorf("%s outside {'%s'} block", t.operator, strings.Join(allowed, "', '"))
	}
	for _, parent := range allowed {
		if parent == inBlock {
			return &node{kind: middleNode, line: t.line, text: t.contents}, nil
		}
	}
	return nil, p.errorf("%s block cannot be attached to %s block", t.operator, inBlock)
}

// block reads a directive with a body.
func (p *parser) block(t tag, inLoop bool) (*node, error) {
	switch t.operator {
	case "for", "while":
		inLoop = true
	case "apply":
		inLoop = false // the body becomes a function of its own, so break cannot leave a loop around it
	}
	body, err := p.parse(t.operator, inLoop)
	if err != nil {
		return nil, err
	}
	n := &node{kind: controlNode, line: t.line, text: t.contents, body: body, file: p.file}
	switch t.operator {
	case "apply":
		n.kind, n.text = applyNode, t.suffix
		if t.suffix == "" {
			return nil, p.errorf("apply missing method name")
		}
	case "block":
		n.kind, n.text = blockNode, t.suffix
		if t.suffix == "" {
			return nil, p.errorf("block missing name")
		}
	}
	return n, nil
}

// directive reads a directive without a body.
func (p *parser) directive(t tag) (*node, error) {
	n := &node{line: t.line, text: t.suffix, file: p.file}
	switch t.operator {
	case "comment":
		return nil, nil
	case "extends", "include":
		n.kind, n.text = extendsNode, strings.Trim(strings.Trim(t.suffix, `"`), `'`)
		if t.operator == "include" {
			n.kind = includeNode
		}
		if n.text == "" {
			return nil, p.errorf("%s missing file path", t.operator)
		}
	case "import", "from":
		n.kind, n.text = statementNode, t.contents
		if t.suffix == "" {
			return nil, p.errorf("import missing statement")
		}
	case "set":
		n.kind = statementNode
		if t.suffix == "" {
			return nil, p.errorf("set missing statement")
		}
	case "autoescape":
		p.file.autoescape = t.suffix
		if t.suffix == "None" {
			p.file.autoescape = ""
		}
		return nil, nil
	case "whitespace":
		if _, err := FilterWhitespace(t.suffix, ""); err != nil {
			return nil, p.errorf("invalid whitespace mode %s", t.suffix)
		}
		p.whitespace = t.suffix
		return nil, nil
	case "raw":
		n.kind = rawNode
	case "module":
		n.kind = moduleNode
	default:
		return nil, p.errorf("unknown operator: %s", pyvalue.Quote(t.operator))
	}
	return n, nil
}
