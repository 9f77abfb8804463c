package autoreload

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gotornado/tornado/log"
)

// A rebuilder waits for changes of a program's files and builds the program.
type rebuilder struct {
	program goProgram
	watcher *watcher
	sources fileSet
	dir     string // temporary, for the programs that are built
	builds  int
	started time.Time // of the last build
}

// newRebuilder returns a rebuilder for the present sources. dir is its temporary directory; with
// "" it makes one.
func newRebuilder(p goProgram, o Options, dir string) (*rebuilder, error) {
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "tornado-autoreload-"); err != nil {
			return nil, fmt.Errorf("autoreload: %w", err)
		}
	}
	return &rebuilder{program: p, watcher: newWatcher(root, o.CheckTime, o.Poll), dir: dir}, nil
}

// root is the file system of this machine.
var root fs.FS = os.DirFS("/")

// list reads the list of the sources. After an error the old list stays; if there was none, the
// list has the program's directory. The error may come from faults in the sources.
func (r *rebuilder) list(ctx context.Context) error {
	sources, err := r.program.sources(ctx)
	if err != nil {
		if len(r.sources.dirs) == 0 {
			r.sources.dirs = []string{fsPath(filepath.Join(r.program.Dir, r.program.Package)), fsPath(r.program.Dir)}
		}
		return err
	}
	if r.watcher.snapshot.sources != nil {
		r.watcher.snapshot.adjust(r.watcher.fsys, r.sources, sources)
	}
	r.sources = sources
	return nil
}

// awaitChange waits for a change, with the paths that watched returns. It reports false when ctx is
// done.
func (r *rebuilder) awaitChange(ctx context.Context, watched func() []string) bool {
	changed := r.watcher.awaitChange(ctx, func() fileSet {
		set := r.sources
		set.watched = nil
		for _, name := range watched() {
			set.watched = append(set.watched, fsPath(name))
		}
		return set
	})
	if changed == "" {
		return false
	}
	log.Gen().Info(changed + " modified; restarting server")
	return true
}

// build builds the program and returns the path of the executable file. It removes the file of
// the build before the last one.
func (r *rebuilder) build(ctx context.Context) (executable string, err error) {
	r.builds++
	if r.watcher.snapshot.sources == nil {
		r.watcher.snapshot.built = time.Now()
	}
	r.started = time.Now()
	os.RemoveAll(filepath.Join(r.dir, strconv.Itoa(r.builds-2)))
	executable = filepath.Join(r.dir, strconv.Itoa(r.builds), path.Base(filepath.ToSlash(r.program.name())))
	if err := r.program.build(ctx, executable); err != nil {
		return "", err
	}
	if err := r.list(ctx); err != nil {
		log.Gen().Warn(fmt.Sprintf("autoreload: the list of the sources is that of the last version: %v", err))
	}
	return executable, nil
}

func (r *rebuilder) cleanUp() {
	r.watcher.closeEvents()
	os.RemoveAll(r.dir)
}
