package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/gotornado/tornado/process"
	"github.com/gotornado/tornado/web"
)

// run serves until a signal. SIGINT and SIGTERM end the server; a second one ends the program
// immediately. At SIGHUP a new process takes over: the program that is now at the path from
// which this one was started.
func run(o demoConfig) (err error) {
	if o.debug {
		slog.SetLogLoggerLevel(slog.LevelDebug)
	}
	if o.inherited, err = process.Inherited(); err != nil {
		return err
	}
	d, err := newDemo(o)
	if err != nil {
		return err
	}
	succeeded := d.obeySignals()
	d.loop.AddCallback(func() { // this callback runs in the first turn of the loop: from now on this process serves
		fmt.Printf("Tornado for Go %s: point your browser at %s (process %d; Ctrl+C ends it)\n", web.Version, browserURL(d.bound), os.Getpid())
		if err := process.Ready(); err != nil {
			slog.Warn("this process serves, but the process before it has gone", "error", err)
		}
	})
	err = d.loop.Start()
	if *succeeded {
		d.blog.temporary = "" // the new process owns it now
	}
	err = errors.Join(err, d.closeBlog())
	if o.state != "" && !*succeeded {
		err = errors.Join(err, d.state().save(o.state))
	}
	return err
}

// obeySignals ends the server at a signal. When the loop has ended, succeeded says whether a
// new process goes on.
func (d *demo) obeySignals() (succeeded *bool) {
	ending, end := context.WithCancel(context.Background())
	terminations := make(chan os.Signal, 1)
	signal.Notify(terminations, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-terminations
		signal.Stop(terminations) // before a client can notice the end; the next signal ends the program at once
		end()
	}()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	succeeded = new(bool)
	go func() {
		*succeeded = d.succeed(ending, hangups)
		d.shutDown()
	}()
	return succeeded
}

// succeed hands over at each hangup until a new process serves, and reports true. When ending
// is done it cancels a running hand-over and reports false.
func (d *demo) succeed(ending context.Context, hangups <-chan os.Signal) bool {
	for {
		select {
		case <-ending.Done():
			return false
		case <-hangups:
			err := d.handOver(ending)
			if err == nil {
				return true
			}
			if ending.Err() == nil {
				slog.Error("the new process does not start; this one goes on", "error", err)
			}
		}
	}
}

// grace is the time limit for running requests and WebSockets to end, and for a new process to
// start.
const grace = 10 * time.Second

// shutDown ends the server after all requests have their responses. WebSockets are closed with
// code 1001 (going away), at which pages reconnect soon. It blocks.
func (d *demo) shutDown() {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := d.server.Shutdown(ctx); err != nil {
		slog.Warn("connections were cut", "error", err)
	}
	d.loop.Stop()
}

// handOver starts a new process on the same sockets, so that no connection is refused, and hands
// it the state. Chat messages that arrive before the new process serves reach the members of
// the room, but not its history. handOver blocks until the new process serves, for at most
// grace, or until ending is done, which kills the new process.
func (d *demo) handOver(ending context.Context) error {
	ctx, cancel := context.WithTimeout(ending, grace)
	defer cancel()
	now := make(chan savedState, 1)
	d.loop.AddCallback(func() { now <- d.state() })
	var handed savedState
	select {
	case handed = <-now:
	case <-ctx.Done():
		return ctx.Err()
	}
	file, err := handed.file()
	if err != nil {
		return err
	}
	sockets, err := d.server.Files()
	if err != nil {
		file.Close()
		return err
	}
	_, err = process.StartSuccessor(ctx, append([]*os.File{file}, sockets...))
	return err
}

// browserURL returns the URL of the server for a browser on this machine.
func browserURL(bound netip.AddrPort) string {
	host := bound.Addr().Unmap().String()
	switch {
	case bound.Addr().IsUnspecified():
		host = "localhost"
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return fmt.Sprintf("http://%s:%d/", host, bound.Port())
}
