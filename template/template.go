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

// NoAutoescape is the value of Options.Autoescape that disables escaping. Tornado: None.
const NoAutoescape = "None"

// Options tune a template or the templates of a loader. The zero value does what Tornado
// 6.5 does, with limits.
type Options struct {
	// Autoescape names the function that escapes the values of {{ }}. "" means DefaultAutoescape,
	// and NoAutoescape disables escaping.
	Autoescape string
	// Namespace has names for all templates. Names that are passed to Generate replace them.
	Namespace map[string]any
	// Whitespace is the mode at the beginning of a file. "" means single for names that end in
	// .html or .js, and all for other names.
	Whitespace string
	// Imports has the modules for {% import name %} and {% from name import x %}, in addition to
	// datetime, math, json and tornado.escape. It is a map[string]any, or a struct whose fields
	// and methods are the modules.
	Imports map[string]any
	// Reload makes a loader look for changed files whenever a template is loaded.
	Reload bool

	MaxSteps  uint64        // limit of the interpreter's steps in one run, above which the error is ErrLimit; 0 means 100 million
	MaxOutput int           // limit of the bytes of one run, above which the error is ErrLimit; 0 means 64 MiB, a negative value means no limit
	Timeout   time.Duration // time limit of one run, after which the error is context.DeadlineExceeded; 0 means none
	// Now is the clock of datetime.datetime.now and similar functions; nil means time.Now.
	Now func() time.Time
}

// withDefaults returns the options with the defaults filled in. Defaults are written nowhere
// else.
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

// whitespaceFor returns the white space mode at the beginning of a file with this name.
func (o Options) whitespaceFor(name string) string {
	switch {
	case o.Whitespace != "":
		return o.Whitespace
	case strings.HasSuffix(name, ".html"), strings.HasSuffix(name, ".js"):
		return WhitespaceSingle
	}
	return WhitespaceAll
}

// A Template is a compiled template. It is immutable: many goroutines may run it at
// once. Tornado: Template.
type Template struct {
	name    string
	engine  *engine
	program *program
	file    *file
	chain   []*file // the files from which the template inherits, the base first, followed by its own file
	sources []source
}

// New compiles a template that extends and includes nothing. name is for messages and
// decides the white space mode; "" is "<string>". The error is a [ParseError], or says
// what is wrong with o. Tornado: Template(string, name).
func New(name, text string, o Options) (*Template, error) {
	name = cmp.Or(name, "<string>")
	if _, err := FilterWhitespace(cmp.Or(o.Whitespace, WhitespaceAll), ""); err != nil {
		return nil, err
	}
	return newEngine(o).compile(name, text, nil)
}

// Name returns the name that the template was loaded by, or that New was given.
func (t *Template) Name() string { return t.name }

// Generate runs the template with names, which are added to those of its loader, and
// returns its output. The error is an [*Error] that says where in which file it arose.
// Tornado: generate.
func (t *Template) Generate(names map[string]any) ([]byte, error) {
	return t.GenerateContext(context.Background(), names)
}

// GenerateContext is Generate that ends early when ctx is done, with an [*Error] around
// the cause of that. Go functions whose first parameter is a context get ctx. It runs
// on the calling goroutine.
func (t *Template) GenerateContext(ctx context.Context, names map[string]any) ([]byte, error) {
	if d := t.engine.options.Timeout; d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	return t.engine.execute(ctx, t.program, names)
}

// ancestors returns the files that the template's file extends, the base first. It adds their
// sources to those of the template.
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

// A templateSource finds the templates that other templates extend and include.
type templateSource interface {
	load(ref reference) (*Template, error)
}

// An includer returns the file that an include directive names. It is nil without a loader.
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

// reference returns the file that the directive n names. verb says how n uses the file.
func (n *node) reference(verb string) reference {
	return reference{n.text, verb, Place{n.file.name, n.line}}
}
