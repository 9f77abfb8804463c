package autoreload

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/gotornado/tornado/log"
)

// debounce is the time without events after which the watcher looks at the files. An editor or a
// checkout changes several files at once.
const debounce = 100 * time.Millisecond

// A watcher waits for changes of files. Events of the system tell it when to look; without
// them it looks every interval.
type watcher struct {
	fsys     fs.FS
	snapshot snapshot
	interval time.Duration

	events *fsnotify.Watcher // nil means to poll
	dirs   map[string]bool   // of which events come
}

// newWatcher returns a watcher of the files of this machine.
func newWatcher(fsys fs.FS, interval time.Duration, poll bool) *watcher {
	w := &watcher{fsys: fsys, interval: interval, dirs: map[string]bool{}}
	if poll {
		return w
	}
	events, err := fsnotify.NewWatcher()
	if err != nil {
		w.stopEvents(err)
		return w
	}
	w.events = events
	return w
}

// stopEvents polls from now on.
func (w *watcher) stopEvents(err error) {
	log.Gen().Warn(fmt.Sprintf("autoreload: no events of the file system (%v); looking at the files every %v", err, w.interval))
	w.closeEvents()
}

func (w *watcher) closeEvents() {
	if w.events != nil {
		w.events.Close()
		w.events = nil
	}
}

// subscribe asks for the events of the directories of set.
func (w *watcher) subscribe(set fileSet) {
	for _, dir := range set.eventDirs() {
		if w.events == nil || w.dirs[dir] {
			continue
		}
		if err := w.events.Add("/" + dir); err == nil {
			w.dirs[dir] = true
		} else if _, statErr := fs.Stat(w.fsys, dir); statErr == nil { // the limit of the system, for example
			w.stopEvents(err)
		}
	}
}

// eventDirs returns the directories that have the files of the set.
func (set *fileSet) eventDirs() []string {
	dirs := slices.Clone(set.dirs)
	for _, file := range set.files {
		dirs = append(dirs, path.Dir(file))
	}
	for _, name := range set.watched {
		dirs = append(dirs, path.Dir(name), name) // name may be a directory
	}
	return dirs
}

// awaitChange waits for a change of the files of set and returns the path of one. files returns the
// set, which may grow. It returns "" when ctx is done.
func (w *watcher) awaitChange(ctx context.Context, files func() fileSet) string {
	for {
		set := files()
		w.subscribe(set)
		if changed := w.snapshot.look(w.fsys, set); changed != "" {
			return "/" + changed
		}
		if !w.wait(ctx) {
			return ""
		}
	}
}

// wait waits until it is time to look, and reports false when ctx is done. It looks from
// time to time even if events come: a network file system has none for other machines.
func (w *watcher) wait(ctx context.Context) bool {
	if w.events == nil {
		return sleep(ctx, w.interval)
	}
	timer := time.NewTimer(4 * w.interval)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case _, ok := <-w.events.Events:
			if !ok {
				return true
			}
			timer.Reset(debounce)
		case err, ok := <-w.events.Errors:
			if ok {
				w.stopEvents(err)
			}
			return true
		}
	}
}

// sleep waits, and reports false when ctx is done before.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
