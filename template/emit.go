package template

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"github.com/gotornado/tornado/template/internal/pyvalue"
	"go.starlark.net/resolve"
	"go.starlark.net/syntax"
)

// An emitter turns the tree of a template into one Starlark function, _tt_execute. Its
// parameters are the writer and every name that the template uses and does not set, so
// that running it again needs no new module. Runs of text and expressions become one
// expression, "w << text >> escaped << text": operators of the writer, which cost no
// call. Blocks and includes are inlined where they stand, as in Tornado.
type emitter struct {
	load      includer // nil without a loader
	hasModule func(name string) bool
	blocks    map[string]*node

	file  *file // whose autoescape holds
	via   []Place
	depth int
	count int

	start  syntax.Position // of the program
	places []placement

	stmts    []syntax.Stmt
	chain    syntax.Expr
	chained  int
	text     strings.Builder
	textPos  syntax.Position
	argument syntax.Expr // what _tt_arg stands for

	used   map[string]bool
	scopes []*funcScope // open functions of Python's kind: the template, then apply blocks
	all    []*funcScope // every scope in the order of opening
	past   []*funcScope // all of the run before; nil in the first run
	flow   []*flow
	serial int
}

// A placement is a line of a template, and through what it came into the program.
type placement struct {
	Place
	via []Place
}

// A funcScope is a function as Python sees it. Starlark has no exceptions, so the bodies
// of try blocks become functions of their own; the variables they assign then live in
// an object that both share.
type funcScope struct {
	object   string // name of the object with the shared variables
	assigned map[string]bool
	shared   map[string]bool
	trying   int // open try bodies
}

// A flow is something that break and continue may leave: a loop, or the body of a try,
// which is a function.
type flow struct {
	isTry     bool
	flag      string // variable that remembers a break, for the loop's else
	left      [2]bool
	breakSeen bool
}

// maxNodes limits what includes can blow a template up to.
const maxNodes = 1 << 20

// maxChained is how many writes are one expression; the compiler recurses over it.
const maxChained = 100

// A program is a compiled template.
type program struct {
	code   *pyvalue.Program
	places []placement
}

// compileFiles compiles the inheritance chain of a template, the base first.
func (en *engine) compileFiles(chain []*file, load includer) (*program, error) {
	blocks := map[string]*node{}
	for _, f := range chain {
		if err := findBlocks(f, load, blocks, 0); err != nil {
			return nil, err
		}
	}
	e := &emitter{load: load, hasModule: en.interpreter.HasModule, blocks: blocks}
	body, err := e.run(chain[0])
	if err != nil {
		return nil, err
	}
	for _, s := range e.all {
		if len(s.shared) > 0 { // now that they are known, emit with them
			e = &emitter{load: load, hasModule: en.interpreter.HasModule, blocks: blocks, past: e.all}
			if body, err = e.run(chain[0]); err != nil {
				return nil, err
			}
			break
		}
	}
	return e.compile(body, chain[len(chain)-1].name, en.interpreter)
}

// compile makes a program of the emitted body.
func (e *emitter) compile(body []syntax.Stmt, name string, in *pyvalue.Interpreter) (*program, error) {
	var names []string
	for name := range e.used {
		if !e.all[0].assigned[name] {
			names = append(names, name)
		}
	}
	code, err := in.Load(name, e.start, names, body)
	if err != nil {
		return nil, e.resolveError(err)
	}
	return &program{code, e.places}, nil
}

func (e *emitter) resolveError(err error) error {
	var list resolve.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		place := e.places[list[0].Pos.Line-1]
		return &ParseError{Message: "invalid syntax: " + list[0].Msg, Filename: place.File, Line: place.Line}
	}
	return err
}

// findBlocks notes the blocks of f and of what it includes; later ones win.
func findBlocks(f *file, load includer, blocks map[string]*node, depth int) error {
	var walk func(list []*node) error
	walk = func(list []*node) error {
		for _, n := range list {
			switch n.kind {
			case blockNode:
				blocks[n.text] = n
			case includeNode:
				included, err := include(n, load, depth)
				if err != nil {
					return err
				}
				if err := findBlocks(included, load, blocks, depth+1); err != nil {
					return err
				}
			}
			if err := walk(n.body); err != nil {
				return err
			}
		}
		return nil
	}
	return walk(f.body)
}

func include(n *node, load includer, depth int) (*file, error) {
	if load == nil {
		return nil, &ParseError{Message: "{% include %} block found, but no template loader", Filename: n.file.name, Line: n.line}
	}
	if depth > maxNesting {
		return nil, &ParseError{Message: "too many levels of includes", Filename: n.file.name, Line: n.line}
	}
	return load(n.reference("include"))
}

// run emits the body of the program.
func (e *emitter) run(base *file) ([]syntax.Stmt, error) {
	e.used, e.file = map[string]bool{}, base
	e.start = e.at(1)
	return e.function(e.start, func() error { return e.nodes(base.body) })
}

func ident(name string, pos syntax.Position) *syntax.Ident {
	return &syntax.Ident{NamePos: pos, Name: name}
}

func call(pos syntax.Position, fn string, args ...syntax.Expr) syntax.Expr {
	return &syntax.CallExpr{Fn: ident(fn, pos), Lparen: pos, Args: args, Rparen: pos}
}

func assign(pos syntax.Position, name string, value syntax.Expr) syntax.Stmt {
	return &syntax.AssignStmt{OpPos: pos, Op: syntax.EQ, LHS: ident(name, pos), RHS: value}
}

// function emits what body does as a function of Python's kind.
func (e *emitter) function(pos syntax.Position, body func() error) ([]syntax.Stmt, error) {
	s := &funcScope{object: fmt.Sprintf("_tt_s%d", len(e.all)), assigned: map[string]bool{}, shared: map[string]bool{}}
	if n := len(e.all); n < len(e.past) {
		s.assigned, s.shared = e.past[n].assigned, e.past[n].shared
	}
	e.all, e.scopes = append(e.all, s), append(e.scopes, s)
	flows := e.flow
	e.flow = nil
	stmts, err := e.suite(pos, body)
	e.flow, e.scopes = flows, e.scopes[:len(e.scopes)-1]
	if len(s.shared) > 0 {
		stmts = append([]syntax.Stmt{assign(pos, s.object, call(pos, "_tt_scope"))}, stmts...)
	}
	return stmts, err
}

// suite returns the statements that body emits; there is at least one.
func (e *emitter) suite(pos syntax.Position, body func() error) ([]syntax.Stmt, error) {
	e.flush()
	outer := e.stmts
	e.stmts = nil
	err := body()
	e.flush()
	stmts := e.stmts
	e.stmts = outer
	if len(stmts) == 0 {
		stmts = []syntax.Stmt{&syntax.BranchStmt{Token: syntax.PASS, TokenPos: pos}}
	}
	return stmts, err
}

func (e *emitter) add(stmts ...syntax.Stmt) {
	e.flush()
	e.stmts = append(e.stmts, stmts...)
}

// at returns the position that stands for a line of the current file. A position's line
// is an index into places, since a function has one file name for all of its lines.
func (e *emitter) at(line int) syntax.Position {
	p := Place{e.file.name, line}
	if n := len(e.places); n == 0 || e.places[n-1].Place != p || len(e.places[n-1].via) != len(e.via) {
		e.places = append(e.places, placement{p, e.via})
	}
	return syntax.MakePosition(&e.file.name, int32(len(e.places)), 1)
}

func (e *emitter) errorf(line int, format string, args ...any) error {
	return &ParseError{Message: fmt.Sprintf(format, args...), Filename: e.file.name, Line: line}
}

func (e *emitter) syntaxError(line int, err error) error {
	var parse *ParseError
	if err == nil || errors.As(err, &parse) {
		return err
	}
	return e.errorf(line, "%v", err)
}

// Use is what name stands for where it is read.
func (e *emitter) Use(name string, pos syntax.Position) syntax.Expr {
	if name == "_tt_arg" && e.argument != nil {
		return e.argument
	}
	if strings.HasPrefix(name, "_tt_") && name != "_tt_modules" {
		name = " " + name // not one of ours
	}
	e.used[name] = true
	return e.variable(name, pos)
}

func (e *emitter) variable(name string, pos syntax.Position) syntax.Expr {
	for i := len(e.scopes) - 1; i >= 0; i-- {
		s := e.scopes[i]
		if e.past != nil && s.shared[name] {
			return &syntax.DotExpr{X: ident(s.object, pos), Dot: pos, NamePos: pos, Name: ident(name, pos)}
		}
		if s.assigned[name] {
			break
		}
	}
	return ident(name, pos)
}

// Bind is what name stands for where it is set.
func (e *emitter) Bind(name string, pos syntax.Position) syntax.Expr {
	if strings.HasPrefix(name, "_tt_") && name != "_tt_modules" {
		name = " " + name
	}
	s := e.scopes[len(e.scopes)-1]
	s.assigned[name] = true
	if s.trying > 0 {
		s.shared[name] = true
	}
	return e.variable(name, pos)
}

// CheckImport refuses an import that cannot succeed, unless a try is ready for it.
func (e *emitter) CheckImport(name string) error {
	if e.hasModule(name) || e.scopes[len(e.scopes)-1].trying > 0 {
		return nil
	}
	//lint:ignore ST1005 it begins as Python's does
	return fmt.Errorf("No module named '%s': register a namespace of that name in Options.Imports", name)
}

func (e *emitter) Temporary() string {
	e.serial++
	return fmt.Sprintf("_tt_t%d", e.serial)
}

// flush ends the run of writes.
func (e *emitter) flush() {
	e.flushText()
	if e.chain != nil {
		e.stmts = append(e.stmts, &syntax.ExprStmt{X: e.chain})
	}
	e.chain, e.chained = nil, 0
}

func (e *emitter) flushText() {
	if e.text.Len() > 0 {
		text := &syntax.Literal{Token: syntax.STRING, TokenPos: e.textPos, Value: e.text.String()}
		e.text.Reset()
		e.link(syntax.LTLT, text, e.textPos)
	}
}

// write adds a value to the run of writes: << as it is, >> escaped, | as it is if it is text.
func (e *emitter) write(op syntax.Token, value syntax.Expr, pos syntax.Position) {
	e.flushText()
	e.link(op, value, pos)
}

func (e *emitter) link(op syntax.Token, value syntax.Expr, pos syntax.Position) {
	if e.chained == maxChained {
		e.stmts = append(e.stmts, &syntax.ExprStmt{X: e.chain})
		e.chain, e.chained = nil, 0
	}
	if e.chain == nil {
		e.chain = ident("_tt_w", pos)
	}
	e.chain = &syntax.BinaryExpr{X: e.chain, OpPos: pos, Op: op, Y: value}
	e.chained++
}

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
	case rawNode, moduleNode:
		source := n.text
		if n.kind == moduleNode {
			source = "_tt_modules." + source
		}
		value, err := pysyntax.ParseExpr(source, pos, e)
		e.write(syntax.LTLT, value, pos)
		return err
	case statementNode:
		stmts, err := pysyntax.ParseStatements(n.text, pos, e)
		e.add(stmts...)
		return err
	case branchNode:
		if n.text != "break" && n.text != "continue" {
			return pysyntax.ErrSyntax
		}
		return e.branch(n.text, pos)
	case controlNode:
		return e.control(n, pos)
	case applyNode:
		return e.apply(n, pos)
	case blockNode:
		block := e.blocks[n.text]
		return e.inside(block.file, n.line, func() error { return e.nodes(block.body) })
	case includeNode:
		included, err := include(n, e.load, e.depth)
		if err != nil {
			return err
		}
		return e.inside(included, n.line, func() error { return e.nodes(included.body) })
	case extendsNode:
		return fmt.Errorf("{%% extends %%} must stand at the top of a file that is not included")
	}
	return pysyntax.ErrSyntax // a middle node whose block does not expect it
}

// inside emits body as part of f, which the current file brings in at line.
func (e *emitter) inside(f *file, line int, body func() error) error {
	e.flushText()
	outer, via := e.file, e.via
	e.via = append([]Place{{outer.name, line}}, via...)
	e.file = f
	err := body()
	e.file, e.via = outer, via
	return err
}

// expression writes {{ source }}, escaped by the function that the file names.
func (e *emitter) expression(source string, pos syntax.Position) error {
	value, err := pysyntax.ParseExpr(source, pos, e)
	if err != nil {
		return err
	}
	switch e.file.autoescape {
	case "":
		e.write(syntax.LTLT, value, pos)
		return nil
	case DefaultAutoescape:
		if !e.isLocal(DefaultAutoescape) {
			e.write(syntax.GTGT, value, pos) // the writer knows whether the namespace has its own
			return nil
		}
	}
	escaped, err := e.applied(e.file.autoescape, call(pos, "_tt_utf8", value), pos)
	e.write(syntax.PIPE, escaped, pos)
	return err
}

func (e *emitter) isLocal(name string) bool {
	for _, s := range e.scopes {
		if s.assigned[name] {
			return true
		}
	}
	return false
}

// applied is fn(argument), where fn is the source of an expression.
func (e *emitter) applied(fn string, argument syntax.Expr, pos syntax.Position) (syntax.Expr, error) {
	e.argument = argument
	defer func() { e.argument = nil }()
	return pysyntax.ParseExpr(fn+"(_tt_arg)", pos, e)
}

func (e *emitter) define(name string, pos syntax.Position, body []syntax.Stmt) syntax.Stmt {
	return &syntax.DefStmt{Def: pos, Name: ident(name, pos), Lparen: pos, Rparen: pos, Body: body}
}

func (e *emitter) apply(n *node, pos syntax.Position) error {
	name := e.Temporary()
	body, err := e.function(pos, func() error { return e.nodes(n.body) })
	if err != nil {
		return err
	}
	e.add(e.define(name, pos, body))
	value, err := e.applied(n.text, call(pos, "_tt_apply", ident("_tt_w", pos), ident(name, pos)), pos)
	e.write(syntax.PIPE, value, pos)
	return err
}
