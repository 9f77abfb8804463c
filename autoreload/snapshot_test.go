package autoreload

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// at returns a file that was modified n seconds after start.
func at(n int) *fstest.MapFile {
	return &fstest.MapFile{ModTime: start.Add(time.Duration(n) * time.Second)}
}

func TestChangesOfFiles(t *testing.T) { // autoreload-1, autoreload-2, autoreload-3, autoreload-b3, autoreload-b4
	set := fileSet{
		dirs: []string{"app", "app/sub"}, files: []string{"app/page.html"},
		watched: []string{"data/words.txt", "data/dir", "data/later.txt"},
	}
	tests := []struct {
		name string
		edit func(fstest.MapFS)
		want string
	}{
		{"nothing", func(fstest.MapFS) {}, ""},
		{"a source", func(f fstest.MapFS) { f["app/main.go"] = at(9) }, "app/main.go"},
		{"an older time", func(f fstest.MapFS) { f["app/main.go"] = at(-9) }, "app/main.go"},
		{"content only", func(f fstest.MapFS) {
			f["app/main.go"] = &fstest.MapFile{ModTime: start, Data: []byte("x")}
		}, ""},
		{"a new source", func(f fstest.MapFS) { f["app/sub/b.go"] = at(0) }, "app/sub/b.go"},
		{"a source that vanishes", func(f fstest.MapFS) { delete(f, "app/sub/a.go") }, "app/sub/a.go"},
		{"an embedded file", func(f fstest.MapFS) { f["app/page.html"] = at(1) }, "app/page.html"},
		{"a module file", func(f fstest.MapFS) { f["app/go.mod"] = at(1) }, "app/go.mod"},
		{"a test", func(f fstest.MapFS) { f["app/main_test.go"] = at(1) }, ""},
		{"another kind of file", func(f fstest.MapFS) { f["app/notes.txt"] = at(1) }, ""},
		{"an editor's lock", func(f fstest.MapFS) { f["app/.#main.go"] = at(1) }, ""},
		{"an editor's temporary file", func(f fstest.MapFS) { f["app/#main.go#"] = at(1) }, ""},
		{"a watched file", func(f fstest.MapFS) { f["data/words.txt"] = at(1) }, "data/words.txt"},
		{"a watched file that vanishes", func(f fstest.MapFS) { delete(f, "data/words.txt") }, ""},
		{"a watched file that appears", func(f fstest.MapFS) { f["data/later.txt"] = at(1) }, ""},
		{"a file in a watched directory", func(f fstest.MapFS) { f["data/dir/a"] = at(1) }, "data/dir/a"},
		{"a backup in a watched directory", func(f fstest.MapFS) { f["data/dir/a~"] = at(1) }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := fstest.MapFS{
				"app/main.go": at(0), "app/go.mod": at(0), "app/page.html": at(0), "app/sub/a.go": at(0),
				"data/words.txt": at(0), "data/dir/a": at(0),
			}
			var s snapshot
			require.Empty(t, s.look(files, set), "the first look only records")
			tt.edit(files)
			require.Equal(t, tt.want, s.look(files, set))
			require.Empty(t, s.look(files, set), "once")
		})
	}
}

func TestAWatchedFileIsReplaced(t *testing.T) { // autoreload-3
	files, set := fstest.MapFS{}, fileSet{watched: []string{"f"}}
	var s snapshot
	for _, step := range []struct {
		file *fstest.MapFile
		want string
	}{{nil, ""}, {at(1), ""}, {at(2), "f"}, {nil, ""}, {at(2), ""}, {nil, ""}, {at(3), "f"}} {
		delete(files, "f")
		if step.file != nil {
			files["f"] = step.file
		}
		require.Equal(t, step.want, s.look(files, set))
	}
}

// A build may change the list of the sources. Only a file that is in the list before and after
// can have changed meanwhile.
func TestTheListOfSourcesChanges(t *testing.T) {
	files := fstest.MapFS{"a/a.go": at(0), "b/b.go": at(0), "c/c.go": at(0)}
	before, after := fileSet{dirs: []string{"a", "b"}}, fileSet{dirs: []string{"b", "c"}}
	var s snapshot
	s.look(files, before)
	s.adjust(files, before, after)
	require.Empty(t, s.look(files, after))
	files["a/a.go"] = at(1)
	require.Empty(t, s.look(files, after))
	files["c/c.go"] = at(1)
	require.Equal(t, "c/c.go", s.look(files, after))

	s.look(files, before)
	files["b/b.go"] = at(1) // during the build
	s.adjust(files, before, after)
	require.Equal(t, "b/b.go", s.look(files, after))
}

// A source that is edited before the first look counts too: it is newer than the program.
func TestTheFirstLook(t *testing.T) {
	files, set := fstest.MapFS{"a/a.go": at(5), "w": at(99)}, fileSet{dirs: []string{"a"}, watched: []string{"w"}}
	for _, tt := range []struct {
		built int
		want  string
	}{{4, "a/a.go"}, {5, ""}, {6, ""}} {
		s := snapshot{built: start.Add(time.Duration(tt.built) * time.Second)}
		require.Equal(t, tt.want, s.look(files, set))
		require.Empty(t, s.look(files, set))
	}
}
