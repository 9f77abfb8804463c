package options

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// An OptionParser holds a set of options. Most programs use the global one, Options.
// Tornado: OptionParser.
type OptionParser struct {
	// Output is the writer of the help; nil means stderr.
	Output io.Writer

	// Program is the name in the help; "" is os.Args[0].
	Program string

	options   []*option // in the order of their definition
	byName    map[string]*option
	callbacks []func() error
}

// NewOptionParser returns a parser that has the option help only.
func NewOptionParser() *OptionParser {
	p := &OptionParser{byName: map[string]*option{}}
	help := DefineIn(p, "help", false, "show this help information", NoDefault(), Group(""))
	help.option.file = ""
	return p
}

// Options is the global parser. It has the options of DefineLoggingOptions.
// Tornado: options.options.
var Options = newGlobal()

func newGlobal() *OptionParser {
	p := NewOptionParser()
	DefineLoggingOptions(p)
	return p
}

// Define defines an option of the global parser and returns its handle. value is the
// default; its type is the option's: string, int, int64, float64, bool, time.Time,
// time.Duration, an encoding.TextUnmarshaler, or a slice of these for an option of many
// values. A name that is defined already panics. Tornado: define.
func Define[T any](name string, value T, help string, changes ...DefineOption) *Option[T] {
	return define(Options, name, value, help, changes)
}

// DefineIn is Define for a parser of one's own. Tornado: OptionParser.define.
func DefineIn[T any](p *OptionParser, name string, value T, help string, changes ...DefineOption) *Option[T] {
	return define(p, name, value, help, changes)
}

func define[T any](p *OptionParser, name string, value T, help string, changes []DefineOption) *Option[T] {
	o := newOption(name, value, reflect.TypeFor[T](), help, 2, changes)
	if err := p.addOption(o); err != nil {
		panic(err)
	}
	return &Option[T]{o}
}

func (p *OptionParser) addOption(o *option) error {
	name := normalize(o.name)
	if before := p.byName[name]; before != nil {
		return errorf(o.name, "", "Option %s already defined in %s", quoted(name), before.file)
	}
	p.byName[name] = o
	p.options = append(p.options, o)
	return nil
}

func normalize(name string) string { return strings.ReplaceAll(name, "_", "-") }

func (p *OptionParser) lookUp(name string) (*option, error) {
	if o := p.byName[normalize(name)]; o != nil {
		return o, nil
	}
	return nil, errorf(name, "", "Unrecognized option %s", quoted(normalize(name)))
}

// Has reports whether an option is defined. Tornado: name in options.
func (p *OptionParser) Has(name string) bool { return p.byName[normalize(name)] != nil }

// Get returns an option's value; nil is Python's None. Tornado: options[name].
func (p *OptionParser) Get(name string) (any, error) {
	o, err := p.lookUp(name)
	if err != nil {
		return nil, err
	}
	return o.current(), nil
}

// Set sets an option's value, which must be of its type, or nil for None.
// Tornado: options[name] = value.
func (p *OptionParser) Set(name string, value any) error {
	o, err := p.lookUp(name)
	if err != nil {
		return err
	}
	return o.set(value)
}

// Source returns where an option's value comes from: see Option.Source.
func (p *OptionParser) Source(name string) (string, error) {
	o, err := p.lookUp(name)
	if err != nil {
		return "", err
	}
	return o.source, nil
}

// An Item is an option's name, as it was defined, and its value.
type Item struct {
	Name  string
	Value any
}

// Items returns all options in the order of their definition, help first.
// Tornado: options.items.
func (p *OptionParser) Items() []Item {
	var items []Item
	for _, o := range p.options {
		items = append(items, Item{o.name, o.current()})
	}
	return items
}

// AsDict returns the values of all options by name. Tornado: options.as_dict.
func (p *OptionParser) AsDict() map[string]any { return p.GroupDict("") }

// GroupDict returns the values of a group's options by name; those of all options for "".
// Tornado: options.group_dict.
func (p *OptionParser) GroupDict(group string) map[string]any {
	values := map[string]any{}
	for _, o := range p.options {
		if group == "" || group == o.group {
			values[o.name] = o.current()
		}
	}
	return values
}

// Groups returns the names of all groups, sorted. Tornado: options.groups.
func (p *OptionParser) Groups() []string {
	var groups []string
	for _, o := range p.options {
		groups = append(groups, o.group)
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// AddParseCallback has fn called after each final parse, in the order in which they were
// added. Its error is that of the parse. Tornado: options.add_parse_callback.
func (p *OptionParser) AddParseCallback(fn func() error) { p.callbacks = append(p.callbacks, fn) }

// RunParseCallbacks calls the functions of AddParseCallback.
// Tornado: options.run_parse_callbacks.
func (p *OptionParser) RunParseCallbacks() error {
	for _, fn := range p.callbacks {
		if err := fn(); err != nil {
			return err
		}
	}
	return nil
}

// A ParseOption changes a parse.
type ParseOption func(*parse)

type parse struct{ notFinal bool }

// Final(false) keeps a parse from running the parse callbacks: more sources follow.
func Final(final bool) ParseOption { return func(p *parse) { p.notFinal = !final } }

// runFinal runs the callbacks of a final parse.
func (p *OptionParser) runFinal(changes []ParseOption) error {
	var settings parse
	for _, change := range changes {
		change(&settings)
	}
	if settings.notFinal {
		return nil
	}
	return p.RunParseCallbacks()
}

// takeFrom stores a value from a source, unless a higher source has set the option.
func (o *option) takeFrom(value any, from rank, source string) error {
	if o.isSet && o.from > from {
		return nil
	}
	return o.store(value, from, source)
}

// at adds the source to err, if it has none.
func at(err error, source string) error {
	e, ok := errors.AsType[*Error](err)
	if ok && e.Source == "" {
		e.Source = source
	}
	return err
}

func (p *OptionParser) output() io.Writer {
	if p.Output == nil {
		return os.Stderr
	}
	return p.Output
}

func (p *OptionParser) program() string {
	if p.Program == "" && len(os.Args) > 0 {
		return os.Args[0]
	}
	return p.Program
}

// ParseEnvironment reads the environment variables named by prefix and an option's name in
// upper case, such as SITE_LOG_FILE_PREFIX for "SITE_". Tornado has none.
func (p *OptionParser) ParseEnvironment(prefix string, changes ...ParseOption) error {
	for _, o := range slices.Clone(p.options) {
		name := prefix + strings.ToUpper(strings.ReplaceAll(o.name, "-", "_"))
		text, ok := os.LookupEnv(name)
		if !ok || o == p.byName["help"] {
			continue
		}
		source := "environment " + name
		value, e := o.parse(text)
		if e != nil {
			return at(e, source)
		}
		if err := o.takeFrom(value, byEnvironment, source); err != nil {
			return at(err, source)
		}
	}
	return p.runFinal(changes)
}

// ParseEnvironment is OptionParser.ParseEnvironment of the global parser.
func ParseEnvironment(prefix string, changes ...ParseOption) error {
	return Options.ParseEnvironment(prefix, changes...)
}

// absolute returns an absolute path for messages.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
