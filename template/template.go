package template

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"
	"time"
)

// DefaultAutoescape is the name of the function that escapes expressions by default.
const DefaultAutoescape = "xhtml_escape"

// NoAutoescape is the value of Options.Autoescape that turns escaping off. Tornado: None.
const NoAutoescape = "None"

// Options tune a template or the templates of a loader. The zero value behaves like
// Tornado 6.5, with limits.
type Options struct {
	// Autoescape names the function that escapes {{ }}; "" means DefaultAutoescape,
	// NoAutoescape turns escaping off.
	Autoescape string
	// Namespace holds names for all templates; names given to Generate replace them.
	Namespace map[string]any
	// Whitespace is the white space mode at the start of each file; "" means
	// WhitespaceSingle for names that end in .html or .js, WhitespaceAll for others.
	Whitespace string
	// Imports holds the modules that {% import name %} and {% from name import x %} find
	// beside datetime, math, json and tornado.escape. A module is a map[string]any, or a
	// struct whose fields and methods are the members.
	Imports map[string]any
	// Reload makes a loader look for changed files on every Load.
	Reload bool

	// MaxSteps limits the steps of the interpreter in one run; more are ErrLimit. 0 means
	// 100 million.
	MaxSteps uint64
	// MaxOutput limits the bytes that one run writes; more are ErrLimit. 0 means 64 MiB, a
	// negative value no limit.
	MaxOutput int
	// Timeout ends a run that takes longer with context.DeadlineExceeded; 0 means no limit.
	Timeout time.Duration
	// Now is the clock of datetime.now, utcnow and today; nil means time.Now.
	Now func() time.Time
}

// withDefaults is the only place a default is written.
func (o Options) withDefaults() Options {
	o.Autoescape = cmp.Or(o.Autoescape, DefaultAutoescape)
	o.MaxSteps = cmp.Or(o.MaxSteps, 100_000_000)
	o.MaxOutput = cmp.Or(o.MaxOutput, 64<<20)
	if o.MaxOutput < 0 {
		o.MaxOutput = math.MaxInt
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// whitespaceFor returns the white space mode at the start of the file name.
func (o Options) whitespaceFor(name string) string {
	switch {
	case o.Whitespace != "":
		return o.Whitespace
	case strings.HasSuffix(name, ".html"), strings.HasSuffix(name, ".js"):
		return WhitespaceSingle
	}
	return WhitespaceAll
}

// A Template is a compiled template. It does not change, so many goroutines may run it at
// once. Tornado: Template.
type Template struct {
	name    string
	engine  *engine
	program *placedProgram
	file    *file
	chain   []*file  // the files that it extends, the base first, and its own file last
	sources []source // every file that it was compiled from
}

// New compiles text, a template that extends and includes no other. name appears in error
// texts and selects the white space mode; "" means "<string>". The error is a
// [ParseError], or says which option is invalid. Tornado: Template(string, name).
func New(name, text string, o Options) (*Template, error) {
	name = cmp.Or(name, "<string>")
	if _, err := FilterWhitespace(cmp.Or(o.Whitespace, WhitespaceAll), ""); err != nil {
		return nil, err
	}
	return newEngine(o).compile(name, text, nil)
}

// Name returns the name that the template was loaded by, or that New was given.
func (t *Template) Name() string { return t.name }

// Generate runs the template and returns its output. names are added to the names of its
// loader and replace equal ones. The error is an [*Error] with the file and line of the
// failure. Tornado: generate.
func (t *Template) Generate(names map[string]any) ([]byte, error) {
	return t.GenerateContext(context.Background(), names)
}

// GenerateContext is like Generate and ends early when ctx is done: the [*Error] then wraps
// the cause of ctx. A Go function whose first parameter is a context.Context gets ctx. The
// template runs on the calling goroutine.
func (t *Template) GenerateContext(ctx context.Context, names map[string]any) ([]byte, error) {
	if d := t.engine.options.Timeout; d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	return t.engine.execute(ctx, t.program, names)
}

// ancestors returns the files that the template's file extends, the base first, and adds
// their sources to the template's.
func (t *Template) ancestors(l templateSource) ([]*file, error) {
	var ancestors []*file
	for _, n := range t.file.body {
		if n.kind != extendsNode {
			continue
		}
		if l == nil {
			return nil, &ParseError{Message: "{% extends %} block found, but no template loader"}
		}
		parent, err := l.load(n.reference("extend"))
		if err != nil {
			return nil, err
		}
		t.sources = append(t.sources, parent.sources...)
		ancestors = append(append([]*file{}, parent.chain...), ancestors...)
	}
	return ancestors, nil
}

// A templateSource finds the templates that others extend and include.
type templateSource interface {
	load(ref reference) (*Template, error)
}

// An includer returns the file that an include directive names; nil without a loader.
type includer func(ref reference) (*file, error)

// A reference is an extends or include directive, or a name that was given to Load.
type reference struct {
	name string
	verb string // "extend" or "include"; "" for Load
	from Place  // of the directive
}

// errorf returns a ParseError at the directive.
func (ref reference) errorf(format string, args ...any) *ParseError {
	return &ParseError{Message: fmt.Sprintf(format, args...), Filename: ref.from.File, Line: ref.from.Line}
}

// reference returns the template that the directive n names. verb is "extend" or
// "include".
func (n *node) reference(verb string) reference {
	return reference{n.text, verb, Place{n.file.name, n.line}}
}
