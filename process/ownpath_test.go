package process

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// whichProgram starts its successor when standard input ends, and the successor prints its
// path. ACT=chdir leaves the directory that the program was started in.
func whichProgram() {
	files, err := Inherited()
	if files != nil || err != nil {
		fmt.Println(os.Executable())
		fmt.Println(Ready())
		return
	}
	if os.Getenv("ACT") == "chdir" {
		os.Chdir("/")
	}
	fmt.Println("running")
	io.Copy(io.Discard, os.Stdin)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	f, _ := os.Open(os.DevNull)
	if _, err := StartSuccessor(ctx, []*os.File{f}); err != nil {
		fmt.Println(err)
	}
}

// A deployment is a directory v1 with a program, v2 with the next version, and the links
// "current" to v1 and "server" to v1/server.
type deployment struct {
	t    *testing.T
	root string
}

func deploy(t *testing.T) deployment {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	d := deployment{t, root}
	for _, version := range []string{"v1", "v2"} {
		require.NoError(t, os.Mkdir(d.path(version), 0o755))
		d.copy(os.Args[0], version+"/server")
	}
	require.NoError(t, os.Symlink("v1", d.path("current")))
	require.NoError(t, os.Symlink("v1/server", d.path("server")))
	return d
}

func (d deployment) path(name string) string { return filepath.Join(d.root, name) }

func (d deployment) copy(from, to string) {
	d.t.Helper()
	data, err := os.ReadFile(from)
	require.NoError(d.t, err)
	require.NoError(d.t, os.WriteFile(d.path(to), data, 0o755))
}

// relink changes the target of a link in one step.
func (d deployment) relink(name, to string) {
	d.t.Helper()
	require.NoError(d.t, os.Symlink(to, d.path("new")))
	require.NoError(d.t, os.Rename(d.path("new"), d.path(name)))
}

// The successor runs the file that is at the path of this program when the successor starts.
func TestSuccessorIsTheNewProgram(t *testing.T) {
	none := func(deployment) {}
	toV2 := func(d deployment) { d.relink("current", "v2") }
	for _, tt := range []struct {
		name  string
		start string // path of the program
		name0 string // os.Args[0], if it differs
		dir   string // directory in which the program is started
		path  string // PATH
		act   string
		then  func(d deployment)
		want  string
	}{
		{name: "nothing changes", start: "v1/server", then: none, want: "v1/server"},
		{name: "a link to the directory", start: "current/server", then: toV2, want: "v2/server"},
		{name: "a link to the program", start: "server", then: func(d deployment) { d.relink("server", "v2/server") }, want: "v2/server"},
		{name: "mv and cp", start: "v1/server", then: func(d deployment) {
			require.NoError(d.t, os.Rename(d.path("v1/server"), d.path("v1/server.old")))
			d.copy(d.path("v2/server"), "v1/server")
		}, want: "v1/server"},
		{name: "rm and cp", start: "v1/server", then: func(d deployment) {
			require.NoError(d.t, os.Remove(d.path("v1/server")))
			d.copy(d.path("v2/server"), "v1/server")
		}, want: "v1/server"},
		{name: "a directory that was moved", start: "v1/server", then: func(d deployment) {
			require.NoError(d.t, os.Rename(d.path("v1"), d.path("v0")))
			require.NoError(d.t, os.Rename(d.path("v2"), d.path("v1")))
		}, want: "v1/server"},
		{name: "a relative path, directory left", start: "current/server", name0: "./server", dir: "current", act: "chdir", then: toV2, want: "v2/server"},
		{name: "found in PATH", start: "current/server", name0: "server", path: "/nowhere:ROOT/current:/bin", act: "chdir", then: toV2, want: "v2/server"},
		{name: "found in a relative PATH", start: "current/server", name0: "server", dir: "current", path: ".", act: "chdir", then: toV2, want: "v2/server"},
		{name: "a name that is another program", start: "v1/server", name0: "sh", then: none, want: "v1/server"},
		{name: "a name that is not a program", start: "v1/server", name0: "my server", then: none, want: "v1/server"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			cmd := exec.CommandContext(ctx, d.path(tt.start))
			cmd.Dir, cmd.Args = d.path(tt.dir), []string{cmp.Or(tt.name0, cmd.Path)}
			if strings.HasPrefix(tt.name0, "./") {
				cmd.Path = tt.name0
			}
			cmd.Env = append(os.Environ(), "PROCESS_TEST=which", "ACT="+tt.act, "PWD="+cmd.Dir)
			if tt.path != "" {
				cmd.Env = append(cmd.Env, "PATH="+strings.ReplaceAll(tt.path, "ROOT", d.root))
			}
			in, err := cmd.StdinPipe()
			require.NoError(t, err)
			out, err := cmd.StdoutPipe()
			require.NoError(t, err)
			cmd.Stderr = os.Stderr
			require.NoError(t, cmd.Start())
			running := make([]byte, len("running\n"))
			_, err = io.ReadFull(out, running)
			require.NoError(t, err)
			tt.then(d)
			in.Close()
			text, err := io.ReadAll(out)
			require.NoError(t, err)
			require.NoError(t, cmd.Wait())
			require.Equal(t, d.path(tt.want)+" <nil>\n<nil>\n", string(text))
		})
	}
}

// A child that replaces another one also runs the file that is there when it starts.
func TestChildIsTheNewProgram(t *testing.T) {
	d := deploy(t)
	p := startProgramAt(t, d.path("current/server"), "server", "N=1")
	address := p.address()
	require.Equal(t, d.path("v1/server"), reach(t, address, 0, "program"))
	d.relink("current", "v2")
	ask(t, address, "kill 9")
	require.Equal(t, d.path("v2/server"), reach(t, address, 0, "program"))
}
