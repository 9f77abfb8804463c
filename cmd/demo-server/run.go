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

// run serves until a signal: SIGINT and SIGTERM end the server, SIGHUP has a new
// process, of the program that then lies where this one did, take its place.
func run(o options) (err error) {
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
	d.loop.AddCallback(func() { // in the first turn: from now on this process serves
		fmt.Printf("Tornado for Go %s: point your browser at %s (process %d; Ctrl+C ends it)\n", web.Version, browserURL(d.bound), os.Getpid())
		if err := process.Ready(); err != nil {
			slog.Warn("this process takes over, but its predecessor has gone", "error", err)
		}
	})
	err = d.loop.Start()
	if *succeeded {
		d.blog.temporary = "" // it is the successor's now
	}
	err = errors.Join(err, d.close())
	if o.state != "" && !*succeeded {
		err = errors.Join(err, d.state().save(o.state))
	}
	return err
}

// obeySignals ends the server at a signal. What it returns says, when the loop has
// ended, whether another process goes on.
func (d *demo) obeySignals() (succeeded *bool) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	succeeded = new(bool)
	go func() {
		for <-signals == syscall.SIGHUP {
			err := d.handOver()
			if *succeeded = err == nil; *succeeded {
				break
			}
			slog.Error("the new process does not start, this one goes on", "error", err)
		}
		signal.Stop(signals) // a second one ends the program the hard way
		d.shutDown()
	}()
	return succeeded
}

// grace is how long requests under way and WebSockets have to end, and a new process to
// begin.
const grace = 10 * time.Second

// shutDown ends the server when everybody has been answered. WebSockets are told to go
// away (1001), which pages take for a reason to come back soon. It blocks.
func (d *demo) shutDown() {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := d.server.Shutdown(ctx); err != nil {
		slog.Warn("connections were cut", "error", err)
	}
	d.loop.Stop()
}

// handOver starts a successor on the same sockets, so that nobody is refused meanwhile,
// and hands it the state. What is said in the chat until it serves, which is a moment,
// reaches those who are there, but not its history. It blocks.
func (d *demo) handOver() error {
	now := make(chan state, 1)
	d.loop.AddCallback(func() { now <- d.state() })
	file, err := (<-now).file()
	if err != nil {
		return err
	}
	sockets, err := d.server.Files()
	if err != nil {
		file.Close()
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	_, err = process.StartSuccessor(ctx, append([]*os.File{file}, sockets...))
	return err
}

// browserURL is where a browser on this machine finds the server.
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
