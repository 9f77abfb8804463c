// Package succession keeps the listening sockets of this process by name, so that the next
// version of the program gets them and no connection is refused. Package autoreload uses it.
// A name says what the program asked for, such as "tcp :8888", so that the program needs no
// code of its own: the next version asks for the same name and gets the same sockets.
package succession

import (
	"cmp"
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"sync"
)

// A Listener is a server that has listening sockets.
type Listener interface {
	Files() ([]*os.File, error) // copies of the sockets
	Stop()                      // accept no more
}

// A Drainer ends its connections gracefully.
type Drainer interface {
	Shutdown(ctx context.Context) error
}

// A Socket is a listening socket and its name.
type Socket struct {
	Name string
	File *os.File
}

// state is the state of this process.
var state struct {
	sync.Mutex
	names     map[string]string     // the names of listening sockets, by their addresses
	inherited map[string][]*os.File // by name: sockets of the previous version
	listeners weakList[Listener]
	drainers  weakList[Drainer]
	run       func(func()) // calls a function in the next turn of a loop that accepts connections
	accepting func()       // is waiting for run
}

// Name returns the name of the sockets for a port on address.
func Name(network string, port int, address string) string {
	return cmp.Or(network, "tcp") + " " + net.JoinHostPort(address, strconv.Itoa(port))
}

// Named records that the socket with the given address was asked for by name.
func Named(name string, address net.Addr) {
	state.Lock()
	defer state.Unlock()
	if state.names == nil {
		state.names = map[string]string{}
	}
	state.names[address.String()] = name
}

// Inherit makes the sockets of the previous version available to Take.
func Inherit(sockets []Socket) {
	state.Lock()
	defer state.Unlock()
	state.inherited = map[string][]*os.File{}
	for _, s := range sockets {
		state.inherited[s.Name] = append(state.inherited[s.Name], s.File)
	}
}

// Take returns the inherited sockets of that name, once. The caller owns them.
func Take(name string) []*os.File {
	state.Lock()
	defer state.Unlock()
	files := state.inherited[name]
	delete(state.inherited, name)
	return files
}

// CloseUnused closes the inherited sockets that were not taken. Otherwise, clients of a port
// that the program has given up would wait in the backlog.
func CloseUnused() {
	state.Lock()
	defer state.Unlock()
	for _, files := range state.inherited {
		for _, f := range files {
			f.Close()
		}
	}
	state.inherited = nil
}

// AddListener registers a server, without keeping it alive.
func AddListener[S any](server *S, convert func(*S) Listener) {
	state.Lock()
	defer state.Unlock()
	state.listeners.insert(weakly(server, convert))
}

// AddDrainer registers a server, without keeping it alive.
func AddDrainer[S any](server *S, convert func(*S) Drainer) {
	state.Lock()
	defer state.Unlock()
	state.drainers.insert(weakly(server, convert))
}

func listeners() []Listener {
	state.Lock()
	defer state.Unlock()
	return state.listeners.all()
}

func drainers() []Drainer {
	state.Lock()
	defer state.Unlock()
	return state.drainers.all()
}

// Drain stops accepting and waits until all connections have ended, at most until ctx is
// done. Any goroutine but that of a loop may call it.
func Drain(ctx context.Context) {
	for _, l := range listeners() {
		l.Stop()
	}
	var wait sync.WaitGroup
	for _, d := range drainers() {
		wait.Go(func() { d.Shutdown(ctx) })
	}
	wait.Wait()
}

// Sockets returns copies of all listening sockets of this process. The caller closes them.
// A socket that this process got from elsewhere, such as systemd, has its address as its
// name.
func Sockets() (sockets []Socket, err error) {
	for _, l := range listeners() {
		files, filesErr := l.Files()
		err = errors.Join(err, filesErr)
		for _, f := range files {
			sockets = append(sockets, Socket{nameOf(f), f})
		}
	}
	return sockets, err
}

// nameOf returns the name of a listening socket.
func nameOf(f *os.File) string {
	l, err := net.FileListener(f)
	if err != nil {
		return ""
	}
	defer l.Close()
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	address := l.Addr().String()
	state.Lock()
	defer state.Unlock()
	return cmp.Or(state.names[address], address)
}

// Accepting records that a server accepts connections on a loop. run calls a function in the
// next turn of that loop.
func Accepting(run func(func())) {
	state.Lock()
	accepting := state.accepting
	state.run, state.accepting = run, nil
	state.Unlock()
	if accepting != nil {
		run(accepting)
	}
}

// WhenAccepting calls fn once, in the next turn of the first loop that accepts connections.
func WhenAccepting(fn func()) {
	state.Lock()
	run := state.run
	if run == nil {
		state.accepting = fn
	}
	state.Unlock()
	if run != nil {
		run(fn)
	}
}

// Run calls fn in the next turn of the loop that accepts connections, or immediately if there
// is none.
func Run(fn func()) {
	state.Lock()
	run := state.run
	state.Unlock()
	if run == nil {
		fn()
		return
	}
	run(fn)
}
