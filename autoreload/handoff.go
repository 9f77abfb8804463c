package autoreload

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotornado/tornado/internal/succession"
	"github.com/gotornado/tornado/log"
)

// superviseVariable tells a process to supervise. Its value is a handoff in JSON.
const superviseVariable = "TORNADO_AUTORELOAD_SUPERVISE"

// A handoff is the state of a supervisor that is passed through exec. Files are descriptors.
type handoff struct {
	PID     int // of the running version
	Control int
	Names   []string // of the sockets
	Sockets []int
	Watched []string
	Seen    map[string]time.Time // the last look at Watched

	Program goProgram
	Options Options
	Dir     string // temporary
	Builds  int
	Built   time.Time // the last build began
	Args    []string
}

// replaceProcess replaces this process by one that only supervises: exec ends all goroutines
// of the old version, and keeps the process number and the terminal. It returns only after
// an error, which it logs.
func (s *reloadSupervisor) replaceProcess() {
	err := s.exec()
	log.Error(log.Gen(), "autoreload: the old version stays in memory, without its servers", err)
}

func (s *reloadSupervisor) exec() error {
	file, err := s.child.control.conn.File()
	if err != nil {
		return err
	}
	defer file.Close() // the collector must not close a file that is used after exec
	h := handoff{
		PID: s.child.process.Pid, Control: int(file.Fd()), Watched: s.watched,
		Seen: s.rebuild.watcher.snapshot.watched, Program: s.rebuild.program,
		Options: s.options, Dir: s.rebuild.dir, Builds: s.rebuild.builds, Built: s.rebuild.started, Args: s.args,
	}
	for _, socket := range s.sockets {
		h.Names, h.Sockets = append(h.Names, socket.Name), append(h.Sockets, int(socket.File.Fd()))
	}
	for _, fd := range append([]int{h.Control}, h.Sockets...) {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0); err != nil { // stays open through exec
			return err
		}
	}
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	path, err := ownExecutable()
	if err != nil {
		return err
	}
	return syscall.Exec(path, os.Args, append(environment(), superviseVariable+"="+string(text)))
}

// ownExecutable returns the file of this process. It exists even under go run, which removes it
// only at the end.
func ownExecutable() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil // also if the file has been removed
	}
	return os.Executable()
}

// continueSupervising is the main function of the process after exec. It returns the exit code.
func continueSupervising(text string) int {
	os.Unsetenv(superviseVariable)
	if err := enableLog(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	s, err := readHandoff(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return s.run()
}

// enableLog makes the log write Tornado's lines, because the program's own configuration has not
// run in this process.
func enableLog() error {
	_, err := log.EnablePrettyLogging(log.Options{})
	return err
}

// readHandoff returns the supervisor that text describes.
func readHandoff(text string) (*reloadSupervisor, error) {
	var h handoff
	if err := json.Unmarshal([]byte(text), &h); err != nil || len(h.Names) != len(h.Sockets) {
		return nil, errors.New("autoreload: the environment variable " + superviseVariable + " is not from this package: unset it")
	}
	process, err := os.FindProcess(h.PID)
	if err != nil {
		return nil, fmt.Errorf("autoreload: %w", err)
	}
	unix.CloseOnExec(h.Control)
	own, err := newControl(os.NewFile(uintptr(h.Control), "control channel"))
	if err != nil {
		return nil, err
	}
	rebuild, err := newRebuilder(h.Program, h.Options, h.Dir)
	if err != nil {
		return nil, err
	}
	rebuild.builds, rebuild.watcher.snapshot.built = h.Builds, h.Built
	rebuild.watcher.snapshot.watched = h.Seen
	s := newSupervisor(rebuild, h.Options)
	s.child, s.watched, s.args = adopt(process, own), h.Watched, h.Args
	for i, fd := range h.Sockets {
		unix.CloseOnExec(fd)
		s.sockets = append(s.sockets, succession.Socket{Name: h.Names[i], File: os.NewFile(uintptr(fd), h.Names[i])})
	}
	return s, nil
}
