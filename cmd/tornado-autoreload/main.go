// Command tornado-autoreload builds and runs a program, and does so again after each change
// of its source files.
//
//	go run github.com/gotornado/tornado/cmd/tornado-autoreload [--until-success] [-m] PACKAGE [arguments]
//
// If a build fails, the running version goes on, and the messages of the compiler are in the
// log. A program that serves with this module's packages keeps its listening sockets from
// one version to the next, so that no connection is refused. Other programs are ended with
// SIGTERM first. Signals are passed on. Tornado: python -m tornado.autoreload.
package main

import (
	"os"

	"github.com/gotornado/tornado/autoreload"
)

func main() { os.Exit(autoreload.Main(os.Args[1:])) }
