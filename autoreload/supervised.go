package autoreload

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gotornado/tornado/internal/succession"
	"github.com/gotornado/tornado/log"
)

// supervisorControl is the control channel to the supervisor of this process, nil if there
// is none.
var supervisorControl *controlChannel

// isChild reports whether a supervisor has started this process.
func isChild() bool { return supervisorControl != nil }

// isOwnVariable reports whether entry, such as "NAME=value", is a variable of this package.
func isOwnVariable(entry string) bool {
	name, _, _ := strings.Cut(entry, "=")
	return name == childVariable || name == superviseVariable
}

// init runs before the program's other packages and its main function. So these find the
// inherited sockets from the start, and a supervisor never runs main.
func init() {
	if text, ok := os.LookupEnv(superviseVariable); ok {
		os.Exit(continueSupervising(text))
	}
	text, ok := os.LookupEnv(childVariable)
	if !ok {
		return
	}
	os.Unsetenv(childVariable)
	if err := takeInheritance(text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// takeInheritance opens the control channel and the sockets whose names text lists.
func takeInheritance(text string) error {
	var names []string
	if err := json.Unmarshal([]byte(text), &names); err != nil {
		return fmt.Errorf("autoreload: the environment variable %s is not from a supervisor: unset it", childVariable)
	}
	own, err := newControl(os.NewFile(controlFD, "control channel"))
	if err != nil {
		return err
	}
	supervisorControl = own
	var sockets []succession.Socket
	for i, name := range names {
		unix.CloseOnExec(firstSocketFD + i)
		sockets = append(sockets, succession.Socket{Name: name, File: os.NewFile(uintptr(firstSocketFD+i), name)})
	}
	succession.Inherit(sockets)
	return nil
}

// serveSupervisor reports to the supervisor when this process accepts connections, and obeys
// it until the end of the process.
func serveSupervisor(o Options) {
	succession.WhenAccepting(func() {
		succession.CloseUnused()
		go reportSelf()
	})
	for {
		m, _, err := supervisorControl.receive()
		switch {
		case err != nil, m.Drain: // signals of the terminal reach this process only through its supervisor, so it ends without one
			drainSelf(o)
			os.Exit(0)
		case m.Report:
			reportSelf()
		case m.Failure != nil:
			buildFailure.Store(m.Failure)
		}
	}
}

// reportSelf sends a report.
func reportSelf() {
	sockets, err := succession.Sockets()
	if err == nil {
		err = supervisorControl.send(message{Ready: true, Watched: watchedPaths()}, sockets)
	}
	closeSockets(sockets)
	if err != nil {
		log.Error(log.Gen(), "autoreload: the supervisor gets no report", err)
	}
}
