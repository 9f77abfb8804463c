package autoreload

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// A snapshot holds the modification times of files at the last look.
type snapshot struct {
	sources map[string]time.Time // modification times of the program's sources; nil before the first look
	watched map[string]time.Time // of Watch
	built   time.Time            // time at which the running program was built; the zero time means unknown
}

// A fileSet says which files to look at. Paths are slash-separated and relative to the root
// of the file system.
type fileSet struct {
	dirs    []string // directories of source files
	files   []string // other files that the build reads
	watched []string // files and directories of Watch
}

// look compares the files with the last look and returns one that has changed, or "". The
// first look only records the files, unless a source is newer than the running program. A
// source that appears or vanishes has changed. A watched file that vanishes or appears has
// not, as in Tornado: editors replace files.
func (s *snapshot) look(fsys fs.FS, set fileSet) (changed string) {
	sources := set.times(fsys)
	if s.sources != nil {
		changed = difference(s.sources, sources)
	} else if !s.built.IsZero() {
		changed = newerThan(s.built, sources)
	}
	s.sources = sources
	if other := s.lookWatched(fsys, set.watched); changed == "" {
		changed = other
	}
	return changed
}

// adjust changes the recorded sources from the set before to the set after. A file that only one
// of the sets has does not count as changed. The sets differ, for example, when the program
// imports another package.
func (s *snapshot) adjust(fsys fs.FS, before, after fileSet) {
	maps.DeleteFunc(s.sources, func(name string, _ time.Time) bool { return !after.has(name) })
	for name, t := range after.times(fsys) {
		if !before.has(name) {
			s.sources[name] = t
		}
	}
}

// times returns the times of the sources.
func (set *fileSet) times(fsys fs.FS) map[string]time.Time {
	times := map[string]time.Time{}
	for _, dir := range set.dirs {
		addDir(times, fsys, dir, isSource)
	}
	for _, file := range set.files {
		addFile(times, fsys, file)
	}
	return times
}

// has reports whether name is one of the sources, or would be if it existed.
func (set *fileSet) has(name string) bool {
	return slices.Contains(set.files, name) || slices.Contains(set.dirs, path.Dir(name)) && isSource(path.Base(name))
}

func (s *snapshot) lookWatched(fsys fs.FS, watched []string) (changed string) {
	found := map[string]time.Time{}
	for _, name := range watched {
		info, err := fs.Stat(fsys, name)
		switch {
		case err != nil:
		case info.IsDir():
			addDir(found, fsys, name, isVisible)
		default:
			found[name] = info.ModTime()
		}
	}
	if s.watched == nil {
		s.watched = map[string]time.Time{}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		before, known := s.watched[name]
		if known && !before.Equal(found[name]) && changed == "" {
			changed = name
		}
		s.watched[name] = found[name]
	}
	return changed
}

// difference returns the first name whose time differs or that only one of the maps has.
func difference(before, after map[string]time.Time) string {
	var names []string
	for name, t := range after {
		if old, ok := before[name]; !ok || !old.Equal(t) {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.Min(names)
}

// newerThan returns the first name whose time is after t.
func newerThan(t time.Time, times map[string]time.Time) string {
	for _, name := range slices.Sorted(maps.Keys(times)) {
		if times[name].After(t) {
			return name
		}
	}
	return ""
}

// addDir adds the files in dir whose names wanted accepts.
func addDir(times map[string]time.Time, fsys fs.FS, dir string, wanted func(name string) bool) {
	entries, _ := fs.ReadDir(fsys, dir) // a directory that has vanished has no files
	for _, entry := range entries {
		if !entry.IsDir() && wanted(entry.Name()) {
			addFile(times, fsys, path.Join(dir, entry.Name()))
		}
	}
}

func addFile(times map[string]time.Time, fsys fs.FS, name string) {
	if info, err := fs.Stat(fsys, name); err == nil {
		times[name] = info.ModTime()
	}
}

// isSource reports whether the go command builds a file of that name. Temporary files of
// editors begin with a dot, an underscore or a # sign.
func isSource(name string) bool {
	if strings.HasSuffix(name, "_test.go") || strings.ContainsAny(name[:1], "._#") {
		return false
	}
	switch path.Ext(name) {
	case ".go", ".s", ".c", ".h", ".cc", ".cpp", ".hpp":
		return true
	}
	return name == "go.mod" || name == "go.sum" || name == "go.work"
}

// isVisible reports whether name is not that of an editor's temporary file.
func isVisible(name string) bool {
	return !strings.ContainsAny(name[:1], ".#") && !strings.HasSuffix(name, "~")
}
