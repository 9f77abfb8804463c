package log

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// programs are the programs that the test binary runs instead of tests, when an environment
// variable names one.
var programs = map[string]func(args []string){
	"stress":  stressProgram,
	"stderr":  func([]string) { pipeProgram(os.Stderr, nil) },
	"stdout":  func([]string) { IgnoreSIGPIPE(); pipeProgram(os.Stdout, NewFormatter(os.Stdout, FormatterOptions{})) },
	"default": func([]string) { IgnoreSIGPIPE(); pipeProgram(os.Stderr, slog.Default().Handler()) },
	"nothing": func([]string) { pipeProgram(os.Stderr, slog.Default().Handler()) },
}

func TestMain(m *testing.M) {
	if program, ok := programs[os.Getenv("LOG_TEST_PROGRAM")]; ok {
		program(strings.Fields(os.Getenv("LOG_TEST_ARGS")))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func command(program string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "LOG_TEST_PROGRAM="+program, "LOG_TEST_ARGS="+strings.Join(args, " "))
	return c
}

// stressProgram writes args[2] lines to the file args[1] with the rotation args[3]. Every tenth
// record is an error, which is written at once.
func stressProgram(args []string) {
	lines, err := strconv.Atoi(args[2])
	if err != nil {
		panic(err)
	}
	settings := Options{LogFilePrefix: args[1], LogRotateMode: args[3], LogFileMaxSize: 300_000, LogFileNumBackups: 1000,
		LogRotateWhen: "S"}
	if _, err := EnablePrettyLogging(settings); err != nil {
		panic(err)
	}
	for i := range lines {
		if i%10 == 0 {
			Gen().Error(fmt.Sprintf("<%s-%d>", args[0], i))
		} else {
			AccessLine(time.Now(), slog.LevelInfo, fmt.Appendf(nil, "<%s-%d>", args[0], i))
		}
		if i%100 == 0 && args[3] == "time" {
			time.Sleep(10 * time.Millisecond)
		}
	}
	Flush()
	fmt.Println(Lost())
}

// Four processes share a log file. The processes or another program rotate it. No line is lost,
// written twice, or cut off.
func TestProcessesShareAFile(t *testing.T) {
	const processes, lines = 4, 25_000
	for _, mode := range []string{"size", "time", "watch"} {
		lines := lines
		if mode == "time" {
			lines = 20_000
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "p.log")
		stop := make(chan struct{})
		var renamer sync.WaitGroup
		if mode == "watch" {
			renamer.Go(func() { keepRenaming(path, stop) })
		}
		var children []*exec.Cmd
		for i := range processes {
			c := command("stress", strconv.Itoa(i), path, strconv.Itoa(lines), mode)
			var out strings.Builder
			c.Stdout, c.Stderr = &out, os.Stderr
			require.NoError(t, c.Start())
			defer c.Process.Kill()
			children = append(children, c)
		}
		for _, c := range children {
			require.NoError(t, c.Wait())
			require.Equal(t, "0\n", c.Stdout.(*strings.Builder).String(), "lost lines")
		}
		close(stop)
		renamer.Wait()
		files := checkNoneLost(t, dir, processes, lines)
		require.Greater(t, files, 2, mode)
		t.Logf("%s: %d files", mode, files)
	}
}

func keepRenaming(path string, stop chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-time.After(5 * time.Millisecond):
			_ = os.Rename(path, fmt.Sprintf("%s.%d", path, i))
		}
	}
}

// checkNoneLost reads the lines of all files in dir, checks that none is missing, and returns the
// number of files.
func checkNoneLost(t *testing.T, dir string, processes, lines int) int {
	t.Helper()
	seen := map[string]int{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		file, err := os.Open(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		for s := bufio.NewScanner(file); s.Scan(); {
			line := s.Text()
			i := strings.LastIndexByte(line, '<')
			if i < 0 || line[0] != '[' || line[len(line)-1] != '>' {
				t.Fatalf("%s has the line %q", e.Name(), line)
			}
			seen[line[i:]]++
		}
		file.Close()
	}
	for p := range processes {
		for i := range lines {
			if n := seen[fmt.Sprintf("<%d-%d>", p, i)]; n != 1 {
				t.Fatalf("line %d of process %d is there %d times", i, p, n)
			}
		}
	}
	return len(entries)
}

// pipeProgram logs after the reader of its log has gone away. It then writes the number of lost
// lines to its other output.
func pipeProgram(pipe *os.File, h slog.Handler) {
	if h == nil {
		if _, err := EnablePrettyLogging(Options{}); err != nil {
			panic(err)
		}
	} else {
		slog.SetDefault(slog.New(h))
	}
	Gen().Info("first")
	io.ReadFull(os.Stdin, make([]byte, 1))
	Gen().Info("lost")
	AccessLine(time.Now(), slog.LevelInfo, []byte("lost"))
	Flush()
	other := os.Stdout
	if pipe == os.Stdout {
		other = os.Stderr
	}
	fmt.Fprintf(other, "lost %d\n", Lost())
}

// A process goes on running after the reader of its stderr or stdout has gone away, and counts
// lost lines.
func TestTheReaderOfTheLogGoesAway(t *testing.T) {
	for _, tt := range []struct{ program, want string }{
		{"stderr", "lost 2\n"},
		{"stdout", "lost 2\n"},
		{"default", "lost 2\n"},
		{"nothing", "signal: broken pipe"}, // as without IgnoreSIGPIPE
	} {
		reader, writer, err := os.Pipe()
		require.NoError(t, err)
		c := command(tt.program)
		var other strings.Builder
		c.Stdout, c.Stderr = &other, writer
		if tt.program == "stdout" {
			c.Stdout, c.Stderr = writer, &other
		}
		stdin, err := c.StdinPipe()
		require.NoError(t, err)
		require.NoError(t, c.Start())
		defer c.Process.Kill()
		writer.Close()
		line, err := bufio.NewReader(reader).ReadString('\n')
		require.NoError(t, err)
		require.Contains(t, line, "first")
		reader.Close()
		stdin.Close()
		got := ""
		if err := c.Wait(); err != nil {
			got = err.Error()
		}
		if got += other.String(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.program, got, tt.want)
		}
	}
}
