package process_test

import (
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/process"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// start runs a shell command and kills it at the end of the test.
func start(t *testing.T, l *ioloop.IOLoop, pipes process.Streams, command string) *process.Subprocess {
	t.Helper()
	p, err := process.NewSubprocess(l, exec.Command("sh", "-c", command), pipes)
	require.NoError(t, err)
	t.Cleanup(func() { p.Signal(unix.SIGKILL) })
	return p
}

func stream(t *testing.T, l *ioloop.IOLoop, fd int) *iostream.IOStream {
	t.Helper()
	s, err := iostream.NewPipe(l, fd, nil)
	require.NoError(t, err)
	return s
}

// misc-11: the pipes are streams, and a dialogue runs over them until stdin is closed.
func TestDialogueOverPipes(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		p := start(t, l, process.Stdin|process.Stdout, `while read line; do echo "got $line"; done; echo end`)
		in, out := stream(t, l, p.Stdin), stream(t, l, p.Stdout)
		for _, word := range []string{"one", "two"} {
			in.Write([]byte(word + "\n"))
			line, err := out.ReadUntil([]byte("\n"), 100).Await()
			require.NoError(t, err)
			require.Equal(t, "got "+word+"\n", string(line))
		}
		in.Close()
		rest, err := out.ReadUntilClose().Await()
		require.NoError(t, err)
		require.Equal(t, "end\n", string(rest))
		code, err := p.WaitForExit(true).Await()
		require.NoError(t, err)
		require.Zero(t, code)
	})
}

// misc-11: stderr has its own pipe.
func TestStderr(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		p := start(t, l, process.Stderr, "echo out; echo err >&2")
		require.Equal(t, []int{-1, -1}, []int{p.Stdin, p.Stdout})
		text, err := stream(t, l, p.Stderr).ReadUntilClose().Await()
		require.NoError(t, err)
		require.Equal(t, "err\n", string(text))
	})
}

// misc-11: the child's ends of the pipes are blocking, and the parent's ends are not. Other
// children inherit neither.
func TestPipeDescriptors(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		p := start(t, l, process.Stdin|process.Stdout|process.Stderr, "exec cat")
		for _, fd := range []int{p.Stdin, p.Stdout, p.Stderr} {
			status, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
			require.NoError(t, err)
			require.NotZero(t, status&unix.O_NONBLOCK)
			flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
			require.NoError(t, err)
			require.NotZero(t, flags&unix.FD_CLOEXEC)
		}
		_, err := unix.Read(p.Stdout, make([]byte, 1))
		require.Equal(t, unix.EAGAIN, err)
		other := start(t, l, 0, "exec sleep 1000") // this program would keep the pipe open if it had inherited it
		unix.Close(p.Stdin)
		code, err := p.WaitForExit(false).Await() // cat reads blocking. It has reached the end of its input without an error
		require.NoError(t, err)
		require.Zero(t, code)
		unix.Close(p.Stdout)
		unix.Close(p.Stderr)
		require.NoError(t, other.Signal(unix.SIGKILL))
		other.WaitForExit(false).Await()
	})
}

// misc-11: each row has a command, and the results of WaitForExit and of the exit callback.
func TestExit(t *testing.T) {
	for _, tt := range []struct {
		command string
		code    int
		err     string
	}{
		{"exit 0", 0, ""},
		{"exit 1", 1, "process: sh -c exit 1 ended with status 1"},
		{"exit 255", 255, "process: sh -c exit 255 ended with status 255"},
		{"kill -TERM $$", -15, "process: sh -c kill -TERM $$ ended with signal 15"},
		{"kill -KILL $$", -9, "process: sh -c kill -KILL $$ ended with signal 9"},
	} {
		looptest.RunNew(t, func(l *ioloop.IOLoop) {
			p := start(t, l, 0, tt.command)
			_, ended := p.ReturnCode()
			require.False(t, ended)
			called := ioloop.NewFuture[int](l)
			p.SetExitCallback(func(int) { t.Error("it was replaced") })
			p.SetExitCallback(func(code int) { require.True(t, called.SetResult(code)) })

			code, err := p.WaitForExit(false).Await()
			require.NoError(t, err)
			require.Equal(t, tt.code, code, tt.command)
			code, _ = called.Await()
			require.Equal(t, tt.code, code, tt.command)
			code, ended = p.ReturnCode()
			require.True(t, ended)
			require.Equal(t, tt.code, code)

			code, err = p.WaitForExit(true).Await() // after the end
			if tt.err == "" {
				require.NoError(t, err)
				require.Zero(t, code)
				return
			}
			var failed *process.CalledProcessError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, tt.code, failed.ReturnCode)
			require.EqualError(t, err, tt.err)
		})
	}
}

// misc-11: Signal ends the process, and a callback that is set after the end runs once.
func TestSignalAndLateCallback(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		p := start(t, l, 0, "exec sleep 1000")
		require.Positive(t, p.PID())
		require.NoError(t, p.Signal(unix.SIGTERM))
		code, _ := p.WaitForExit(false).Await()
		require.Equal(t, -int(unix.SIGTERM), code)
		require.ErrorIs(t, p.Signal(unix.SIGTERM), os.ErrProcessDone)

		calls, called := 0, ioloop.NewFuture[int](l)
		for range 2 {
			p.SetExitCallback(func(code int) { calls++; called.SetResult(code) })
		}
		require.Zero(t, calls, "never from within")
		code, _ = called.Await()
		require.Equal(t, -int(unix.SIGTERM), code)
		p.SetExitCallback(nil)
		ioloop.Sleep(l, 0).Await()
		require.Equal(t, 1, calls)
	})
}

func TestOtherStreamsAreThoseOfTheCommand(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		reading, writing, err := os.Pipe()
		require.NoError(t, err)
		defer reading.Close()
		cmd := exec.Command("sh", "-c", "echo hello")
		cmd.Stdout = writing
		p, err := process.NewSubprocess(l, cmd, 0)
		require.NoError(t, err)
		writing.Close()
		text, err := ioloop.RunInExecutor(l, func() ([]byte, error) { return io.ReadAll(reading) }).Await()
		require.NoError(t, err)
		require.Equal(t, "hello\n", string(text))
		p.WaitForExit(true).Await()
	})
}

// A command that does not start leaves no descriptor open.
func TestFailedStart(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		taken := exec.Command("sh")
		taken.Stderr = io.Discard
		for _, tt := range []struct {
			cmd  *exec.Cmd
			want string
		}{
			{exec.Command("/nonexistent/command"), "process: fork/exec /nonexistent/command: no such file or directory"},
			{taken, "process: Stderr is set in the command and requested as a pipe: choose one"},
		} {
			before := openDescriptors(t)
			_, err := process.NewSubprocess(l, tt.cmd, process.Stdin|process.Stdout|process.Stderr)
			require.EqualError(t, err, tt.want)
			require.Equal(t, before, openDescriptors(t))
		}
	})
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/dev/fd")
	require.NoError(t, err)
	return len(entries)
}
