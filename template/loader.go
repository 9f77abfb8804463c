package template

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Generator is a template ready to run. *Template is one; FromHTML makes one of the
// templates of html/template.
type Generator interface {
	// Generate runs the template with names and returns its output.
	Generate(names map[string]any) ([]byte, error)
}

// A BaseLoader finds templates by name, whatever their language: *Loader finds Tornado's,
// FromHTML Go's. Tornado: BaseLoader.
type BaseLoader interface {
	// Load returns a template, compiling it if need be. A name that is missing is an error
	// that is fs.ErrNotExist.
	Load(name string) (Generator, error)
	// Reset forgets compiled templates, so that changed files are read again.
	Reset()
}

// A Loader compiles templates from a directory, a file system or a map, each once. It
// may be used from many goroutines. Tornado: Loader, DictLoader.
type Loader struct {
	engine  *engine
	read    func(name string) ([]byte, error)
	stat    func(name string) (fs.FileInfo, error) // nil if sources never change
	badMode error
	root    string // the directory, "" if it is none

	mu        sync.Mutex
	templates map[string]*Template
	loading   []string // names of the templates that are being compiled, in which a repeated name is a circle
}

// A source is a file from which a template was made, with its size and time at that moment.
type source struct {
	name    string
	size    int64
	changed time.Time
}

// NewLoader returns a loader for the files below the directory root. Names are paths
// with slashes; one that leads outside of root by its text cannot be loaded, while
// symbolic links are followed. Tornado: Loader(root_directory).
func NewLoader(root string, o Options) *Loader {
	l := NewFSLoader(os.DirFS(root), o)
	l.root = root
	return l
}

// NewFSLoader returns a loader for the files of fsys, such as an embed.FS. A name that
// is missing is an error that is fs.ErrNotExist.
func NewFSLoader(fsys fs.FS, o Options) *Loader {
	l := newLoader(o, func(name string) ([]byte, error) { return fs.ReadFile(fsys, name) })
	if o.Reload {
		l.stat = func(name string) (fs.FileInfo, error) { return fs.Stat(fsys, name) }
	}
	return l
}

// NewDictLoader returns a loader for the templates in sources, by name. A name that is
// missing is an error that is fs.ErrNotExist. Tornado: DictLoader(dict).
func NewDictLoader(sources map[string]string, o Options) *Loader {
	return newLoader(o, func(name string) ([]byte, error) {
		text, ok := sources[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	})
}

func newLoader(o Options, read func(name string) ([]byte, error)) *Loader {
	_, bad := FilterWhitespace(cmp.Or(o.Whitespace, WhitespaceAll), "")
	return &Loader{engine: newEngine(o), read: read, badMode: bad, templates: map[string]*Template{}}
}

// Load returns the template called name, compiling it if need be; it is a *Template.
// The error is a *ParseError, one of the file system, or says that Options.Whitespace
// is not a mode. Any goroutine may call it. Tornado: load.
func (l *Loader) Load(name string) (Generator, error) {
	t, err := l.LoadTemplate(name)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// LoadTemplate is Load for those who want more than to generate: it has the same
// errors. Tornado: load.
func (l *Loader) LoadTemplate(name string) (*Template, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.badMode != nil {
		return nil, l.badMode
	}
	return l.load(reference{name: name})
}

// Reset forgets all compiled templates, so that they are read again; those that were
// handed out go on as they were. Tornado: reset.
func (l *Loader) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.templates)
}

// ResolvePath returns the name that a template means when parent extends or includes it:
// relative to parent's directory, unless one of the two begins with "/", or parent with
// "<". A name that would leave the root is returned as it is. Tornado: resolve_path.
func (l *Loader) ResolvePath(name, parent string) string {
	if parent == "" || parent[0] == '<' || parent[0] == '/' || strings.HasPrefix(name, "/") {
		return name
	}
	if resolved := path.Join(path.Dir(parent), name); resolved != ".." && !strings.HasPrefix(resolved, "../") {
		return resolved
	}
	return name
}

// load returns the template that ref names, and compiles it if needed. The caller holds mu.
func (l *Loader) load(ref reference) (*Template, error) {
	name := l.ResolvePath(ref.name, ref.from.File)
	if t, ok := l.templates[name]; ok && !l.stale(t) {
		return t, nil
	}
	if slices.Contains(l.loading, name) {
		return nil, ref.errorf("a template that extends or includes itself: %s > %s", strings.Join(l.loading, " > "), name)
	}
	if len(l.loading) > maxNesting {
		return nil, ref.errorf("too many levels of extends and include")
	}
	l.loading = append(l.loading, name)
	defer func() { l.loading = l.loading[:len(l.loading)-1] }()
	own := l.source(name)
	text, err := l.read(name)
	if err != nil {
		return nil, l.notRead(ref, name, err)
	}
	t, err := l.engine.compile(name, string(text), l)
	if err != nil {
		return nil, err
	}
	t.sources = append(t.sources, own)
	l.templates[name] = t
	return t, nil
}

// source returns the size and the time of the file name. stale compares them later.
func (l *Loader) source(name string) source {
	own := source{name: name}
	if l.stat != nil {
		if info, err := l.stat(name); err == nil {
			own.size, own.changed = info.Size(), info.ModTime()
		}
	}
	return own
}

// notRead returns the error for a file that could not be read: a ParseError at the directive that
// names the file, or a plain error if Load was called with the name.
func (l *Loader) notRead(ref reference, name string, err error) error {
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		err = pathError.Err
	}
	if ref.verb == "" {
		return fmt.Errorf("template: %s%s: %w", name, l.place("in"), err)
	}
	failed := ref.errorf("cannot %s %q%s: %v", ref.verb, name, l.place("from"), err)
	failed.Err = err
	return failed
}

// place returns preposition and the directory of the loader, for error texts, or "" if the loader
// has none. The path is absolute, because a relative one depends on the directory in which the
// program was started.
func (l *Loader) place(preposition string) string {
	if l.root == "" {
		return ""
	}
	root := l.root
	if absolute, err := filepath.Abs(root); err == nil {
		root = absolute
	}
	return " " + preposition + " " + root
}

// stale reports whether a file from which t was made has changed.
func (l *Loader) stale(t *Template) bool {
	if l.stat == nil {
		return false
	}
	for _, s := range t.sources {
		info, err := l.stat(s.name)
		if err != nil || info.Size() != s.size || !info.ModTime().Equal(s.changed) {
			return true
		}
	}
	return false
}
