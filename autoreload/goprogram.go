package autoreload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// A goProgram has the arguments with which the go command builds a program.
type goProgram struct {
	Package string   // import path, or a path that begins with "."
	Dir     string   // working directory of the go command
	Flags   []string // of go build: -tags and -race
}

var errNoPackage = errors.New("autoreload: the program was started from single files: run the package (go run .)")

// thisProgram returns how this program was built. It searches for the sources from the working
// directory upwards.
func thisProgram() (goProgram, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return goProgram{}, errors.New("autoreload: this program has no build information")
	}
	dir, err := os.Getwd()
	if err != nil {
		return goProgram{}, fmt.Errorf("autoreload: %w", err)
	}
	if info.Path == "command-line-arguments" {
		return goProgram{}, errNoPackage
	}
	p := goProgram{Package: info.Path, Dir: dir}
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "-tags", setting.Key == "-race" && setting.Value == "true":
			p.Flags = append(p.Flags, setting.Key+"="+setting.Value)
		}
	}
	return p, nil
}

// A listedPackage is the part of go list's output that this package needs.
type listedPackage struct {
	Dir        string
	Name       string
	Standard   bool
	EmbedFiles []string
	Module     *struct {
		GoMod string
		Main  bool
		Dir   string
	}
}

// sources returns the directories and other files from which the program is built. It leaves
// out the standard library and the module cache. Paths are absolute.
func (p goProgram) sources(ctx context.Context) (fileSet, error) {
	cache, err := p.output(ctx, "env", "GOMODCACHE")
	if err != nil {
		return fileSet{}, err
	}
	out, err := p.output(ctx, append(append([]string{"list", "-e", "-deps", "-json=Dir,Name,Standard,EmbedFiles,Module"}, p.Flags...), p.Package)...)
	if err != nil {
		return fileSet{}, err
	}
	return readSources(strings.NewReader(out), strings.TrimSpace(cache))
}

// readSources reads the output of go list.
func readSources(list io.Reader, cache string) (set fileSet, err error) {
	for decoder := json.NewDecoder(list); ; {
		var p listedPackage
		err := decoder.Decode(&p)
		if err == io.EOF {
			break
		}
		if err != nil {
			return fileSet{}, fmt.Errorf("autoreload: go list: %w", err)
		}
		if p.Standard || p.Dir == "" || cache != "" && strings.HasPrefix(p.Dir, cache+string(filepath.Separator)) {
			continue
		}
		set.addPackage(p)
	}
	if len(set.dirs) == 0 {
		return fileSet{}, errors.New("autoreload: the program has no sources here")
	}
	return set, nil
}

// addPackage adds the files of a package and of its module.
func (set *fileSet) addPackage(p listedPackage) {
	set.dirs = append(set.dirs, fsPath(p.Dir))
	for _, name := range p.EmbedFiles {
		set.files = append(set.files, fsPath(filepath.Join(p.Dir, name)))
	}
	if p.Module == nil || p.Module.GoMod == "" {
		return
	}
	if mod := fsPath(p.Module.GoMod); !slices.Contains(set.files, mod) {
		set.files = append(set.files, mod, strings.TrimSuffix(mod, ".mod")+".sum")
	}
}

// fsPath returns the name of an absolute path in the file system of the root directory.
func fsPath(path string) string { return strings.TrimPrefix(filepath.ToSlash(path), "/") }

// name returns the last element of the package's path.
func (p goProgram) name() string {
	absolute, err := filepath.Abs(filepath.Join(p.Dir, p.Package))
	if err != nil || !strings.HasPrefix(p.Package, ".") {
		return p.Package
	}
	return absolute
}

// build builds the program into the file out. The error is a *BuildError if the sources are
// at fault.
func (p goProgram) build(ctx context.Context, out string) error {
	_, err := p.output(ctx, append(append([]string{"build", "-o", out}, p.Flags...), p.Package)...)
	return err
}

// output runs the go command and returns what it writes.
func (p goProgram) output(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = p.Dir
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return "", &BuildError{Command: "go " + strings.Join(args[:1], " "), Output: stderr.String()}
	}
	if err != nil {
		return "", fmt.Errorf("autoreload: %w", err)
	}
	return stdout.String(), nil
}

// A BuildError is a failure of the go command, with its messages.
type BuildError struct {
	Command string // such as "go build"
	Output  string // of the compiler, one message a line
}

// Error returns the command and the messages.
func (e *BuildError) Error() string {
	return "autoreload: " + e.Command + " failed:\n" + strings.TrimRight(e.Output, "\n")
}
