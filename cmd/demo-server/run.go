package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/gotornado/tornado/web"
)

const secretEnv = "DEMO_COOKIE_SECRET"

// run serves until a signal: SIGINT and SIGTERM end the server, SIGHUP starts it anew,
// as the program that then lies where this one did.
func run(o options) error {
	if o.debug {
		slog.SetLogLoggerLevel(slog.LevelDebug)
	}
	o.secret = cmp.Or(o.secret, os.Getenv(secretEnv), rand.Text())
	d, err := newDemo(o)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	again := false
	go func() {
		again = <-signals == syscall.SIGHUP
		signal.Stop(signals) // a second one ends the program the hard way
		d.shutDown()
	}()
	fmt.Printf("Tornado for Go %s: point your browser at %s (Ctrl+C ends it)\n", web.Version, browserURL(d.bound))
	err = d.loop.Start()
	err = errors.Join(err, d.hub.save(o.history))
	if again && err == nil {
		err = restart(o, d.bound.Port())
	}
	return err
}

// grace is how long requests under way and WebSockets have to end.
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

// restart replaces this program, in the same process. It has the same port, if any
// was free, and the same secret, so that who is logged in stays so.
func restart(o options, port uint16) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	args := os.Args
	if o.port == 0 {
		args = append(args, fmt.Sprintf("-port=%d", port))
	}
	return syscall.Exec(program, args, append(os.Environ(), secretEnv+"="+o.secret))
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
