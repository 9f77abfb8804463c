package template

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/syntax"
)

// An emitter turns the tree of a template into the body of one Starlark function. The parameters
// of the function are the writer, and every name that the template uses and does not assign. So
// another run needs no new module. Several writes in a row become one expression with operators
// of the writer, such as "w << text >> escaped << text", because operators cost less than calls.
// Blocks and includes are inlined where they stand, as in Tornado.
type emitter struct {
	include   includer // nil without a loader
	hasModule func(name string) bool
	blocks    map[string]*node

	file  *file   // the file being emitted; its autoescape counts
	via   []Place // the extends and include directives that lead to file
	depth int     // nesting of blocks
	count int     // nodes so far

	start  syntax.Position // of the program
	places []placement

	stmts    []syntax.Stmt
	writes   syntax.Expr // the expression with the last writes, to which more can be added; nil for none
	written  int         // operators in writes
	text     strings.Builder
	textPos  syntax.Position
	argument syntax.Expr // the value of argumentName

	used   map[string]bool // names that are read
	scopes []*funcScope    // the open functions, the template first
	all    []*funcScope    // every function, in the order of opening
	past   []*funcScope    // the functions that the first pass has found; nil during that pass
	exits  []*jumpTarget   // the loops and try bodies around the current node, in the innermost function
	serial int             // temporaries so far
}

// maxNodes limits the number of nodes of a program. Includes that are nested can multiply nodes.
const maxNodes = 1 << 20

// maxWrites limits the writes in one expression, because Starlark's compiler is recursive.
const maxWrites = 100

// argumentName is the name of the argument in the source of a call that the emitter writes.
const argumentName = "_tt_arg"

// emitProgram emits the body of the program. base is the first file of the inheritance chain.
func (e *emitter) emitProgram(base *file) ([]syntax.Stmt, error) {
	e.used, e.file = map[string]bool{}, base
	e.start = e.at(1)
	return e.function(e.start, func() error { return e.nodes(base.body) })
}

// suite returns the statements that emit emits. If emit emits none, the result is a pass
// statement.
func (e *emitter) suite(pos syntax.Position, emit func() error) ([]syntax.Stmt, error) {
	e.flushWrites()
	outer := e.stmts
	e.stmts = nil
	err := emit()
	e.flushWrites()
	stmts := e.stmts
	e.stmts = outer
	if len(stmts) == 0 {
		stmts = []syntax.Stmt{&syntax.BranchStmt{Token: syntax.PASS, TokenPos: pos}}
	}
	return stmts, err
}

// add emits statements after the writes that were added before.
func (e *emitter) add(stmts ...syntax.Stmt) {
	e.flushWrites()
	e.stmts = append(e.stmts, stmts...)
}

// at returns the position for a line of the current file. Starlark allows one file name for a
// function, and all code of a program is one function. So the line of a position is an index into
// places.
func (e *emitter) at(line int) syntax.Position {
	p := Place{e.file.name, line}
	if n := len(e.places); n == 0 || e.places[n-1].Place != p || len(e.places[n-1].via) != len(e.via) {
		e.places = append(e.places, placement{p, e.via})
	}
	return syntax.MakePosition(&e.file.name, int32(len(e.places)), 1)
}

// errorf returns a ParseError at a line of the current file.
func (e *emitter) errorf(line int, format string, args ...any) error {
	return &ParseError{Message: fmt.Sprintf(format, args...), Filename: e.file.name, Line: line}
}

// syntaxError returns err as a ParseError. A ParseError keeps its own place.
func (e *emitter) syntaxError(line int, err error) error {
	var parse *ParseError
	if err == nil || errors.As(err, &parse) {
		return err
	}
	return e.errorf(line, "%v", err)
}

// flushWrites ends the run of writes.
func (e *emitter) flushWrites() {
	e.flushText()
	if e.writes != nil {
		e.stmts = append(e.stmts, &syntax.ExprStmt{X: e.writes})
	}
	e.writes, e.written = nil, 0
}

// flushText adds a write of the gathered text.
func (e *emitter) flushText() {
	if e.text.Len() > 0 {
		text := &syntax.Literal{Token: syntax.STRING, TokenPos: e.textPos, Value: e.text.String()}
		e.text.Reset()
		e.appendWrite(syntax.LTLT, text, e.textPos)
	}
}

// writeValue adds a write of a value. op is << for the text of str(), >> for that text escaped,
// and | for a value that must be text.
func (e *emitter) writeValue(op syntax.Token, value syntax.Expr, pos syntax.Position) {
	e.flushText()
	e.appendWrite(op, value, pos)
}

func (e *emitter) appendWrite(op syntax.Token, value syntax.Expr, pos syntax.Position) {
	if e.written == maxWrites {
		e.stmts = append(e.stmts, &syntax.ExprStmt{X: e.writes})
		e.writes, e.written = nil, 0
	}
	if e.writes == nil {
		e.writes = pysyntax.Ident(pos, pysyntax.Writer)
	}
	e.writes = &syntax.BinaryExpr{X: e.writes, OpPos: pos, Op: op, Y: value}
	e.written++
}

// nodes emits the nodes of a block or file.
func (e *emitter) nodes(list []*node) error {
	if e.depth++; e.depth > maxNesting {
		return e.errorf(0, "too many levels of blocks, the limit is %d", maxNesting)
	}
	defer func() { e.depth-- }()
	for _, n := range list {
		if e.count++; e.count > maxNodes {
			return e.errorf(n.line, "a template of more than %d parts", maxNodes)
		}
		if err := e.syntaxError(n.line, e.node(n)); err != nil {
			return err
		}
	}
	return nil
}

// node emits one node.
func (e *emitter) node(n *node) error {
	pos := e.at(n.line)
	switch n.kind {
	case textNode:
		if e.text.Len() == 0 {
			e.textPos = pos
		}
		e.text.WriteString(n.text)
		return nil
	case exprNode:
		return e.expression(n.text, pos)
	case rawNode:
		return e.raw(n.text, pos)
	case moduleNode:
		return e.raw("_tt_modules."+n.text, pos)
	case statementNode:
		stmts, err := pysyntax.ParseStatements(n.text, pos, e)
		e.add(stmts...)
		return err
	case branchNode:
		return e.branch(n.text, pos)
	case controlNode:
		return e.control(n, pos)
	case applyNode:
		return e.apply(n, pos)
	case blockNode:
		block := e.blocks[n.text]
		return e.inline(block.file, n.line, block.body)
	case includeNode:
		included, err := includedFile(n, e.include, e.depth)
		if err != nil {
			return err
		}
		return e.inline(included, n.line, included.body)
	case extendsNode:
		return errors.New("{% extends %} must stand at the top of a file that is not included")
	}
	return pysyntax.ErrSyntax // a clause such as else in a block that does not allow it
}

// inline emits list, which are nodes of f, at a line of the current file.
func (e *emitter) inline(f *file, line int, list []*node) error {
	e.flushText()
	outer, via := e.file, e.via
	e.via = append([]Place{{outer.name, line}}, via...)
	e.file = f
	err := e.nodes(list)
	e.file, e.via = outer, via
	return err
}

// raw writes {% raw source %}.
func (e *emitter) raw(source string, pos syntax.Position) error {
	value, err := pysyntax.ParseExpr(source, pos, e)
	e.writeValue(syntax.LTLT, value, pos)
	return err
}

// expression emits {{ source }}. The value is escaped with the function that the file names.
func (e *emitter) expression(source string, pos syntax.Position) error {
	value, err := pysyntax.ParseExpr(source, pos, e)
	if err != nil {
		return err
	}
	switch e.file.autoescape {
	case "":
		e.writeValue(syntax.LTLT, value, pos)
		return nil
	case DefaultAutoescape:
		if !e.isLocal(DefaultAutoescape) {
			e.writeValue(syntax.GTGT, value, pos) // the writer checks whether the namespace has an xhtml_escape of its own
			return nil
		}
	}
	escaped, err := e.applied(e.file.autoescape, pysyntax.Call(pos, "_tt_utf8", value), pos)
	e.writeValue(syntax.PIPE, escaped, pos)
	return err
}

// applied returns the call of a function with argument. fn is the source of an expression for the
// function.
func (e *emitter) applied(fn string, argument syntax.Expr, pos syntax.Position) (syntax.Expr, error) {
	e.argument = argument
	defer func() { e.argument = nil }()
	return pysyntax.ParseExpr(fn+"("+argumentName+")", pos, e)
}

// apply emits an apply block. Its body becomes a function. The function that the block names gets
// the output of the body.
func (e *emitter) apply(n *node, pos syntax.Position) error {
	name := e.Temporary()
	body, err := e.function(pos, func() error { return e.nodes(n.body) })
	if err != nil {
		return err
	}
	e.add(define(name, pos, body))
	output := pysyntax.Call(pos, "_tt_apply", pysyntax.Ident(pos, pysyntax.Writer), pysyntax.Ident(pos, name))
	value, err := e.applied(n.text, output, pos)
	e.writeValue(syntax.PIPE, value, pos)
	return err
}

// define returns the definition of a function without parameters.
func define(name string, pos syntax.Position, body []syntax.Stmt) syntax.Stmt {
	return &syntax.DefStmt{Def: pos, Name: pysyntax.Ident(pos, name), Lparen: pos, Rparen: pos, Body: body}
}
