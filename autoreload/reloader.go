package autoreload

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/gotornado/tornado/internal/succession"
	"github.com/gotornado/tornado/log"
)

// A reloader replaces this process by a new version of the program and by a supervisor.
type reloader struct {
	options Options
	rebuild *rebuilder
}

// startReloader watches and rebuilds the program until ctx is done, or until a new
// version serves.
func startReloader(ctx context.Context, o Options) {
	p, err := thisProgram()
	if err != nil {
		log.Gen().Warn(fmt.Sprintf("no automatic reload: %v", err))
		return
	}
	rebuild, err := newRebuilder(p, o, "")
	if err == nil {
		err = rebuild.list(ctx)
	}
	if err != nil {
		log.Gen().Warn(fmt.Sprintf("no automatic reload: %v", err))
		return
	}
	rebuild.watcher.snapshot.built = builtAt()
	r := &reloader{o, rebuild}
	for rebuild.awaitChange(ctx, watchedPaths) {
		r.reload(ctx)
	}
	rebuild.cleanUp()
}

// builtAt returns the time at which the file of this program was written, or the zero time.
func builtAt() (t time.Time) {
	path, err := os.Executable()
	if err != nil {
		return t
	}
	info, err := os.Stat(path)
	if err != nil {
		return t
	}
	return info.ModTime()
}

// reload builds the program and replaces this process. It returns if that fails.
func (r *reloader) reload(ctx context.Context) {
	executable, err := r.rebuild.build(ctx)
	if err != nil {
		failed(err)
		return
	}
	succeeded()
	sockets, err := succession.Sockets()
	if err != nil {
		log.Error(log.Gen(), "the new version does not start; this one goes on", err)
		return
	}
	c, err := startChild(executable, append([]string{executable}, os.Args[1:]...), sockets)
	closeSockets(sockets)
	if err != nil {
		log.Error(log.Gen(), "the new version does not start; this one goes on", err)
		return
	}
	var first report
	if len(sockets) > 0 { // else nothing tells when it serves
		first, err = c.awaitReport(readyTime)
	}
	if err != nil {
		c.kill()
		log.Gen().Error(fmt.Sprintf("%v; this one goes on", err))
		return
	}
	drainSelf(r.options)
	s := newSupervisor(r.rebuild, r.options)
	s.child, s.sockets, s.watched = c, first.sockets, first.watched
	s.replaceProcess()
	os.Exit(s.run())
}

// drainSelf calls the reload hooks and ends the servers of this process.
func drainSelf(o Options) {
	ctx, cancel := context.WithTimeout(context.Background(), o.Grace)
	defer cancel()
	runHooks(ctx)
	succession.Drain(ctx)
}

// failed logs the failure of a build and keeps its messages for pages.
func failed(err error) {
	text := err.Error()
	buildFailure.Store(&text)
	log.Gen().Error(text + "\nthe running version goes on")
}

func succeeded() { buildFailure.Store(nil) }
