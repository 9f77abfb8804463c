package autoreload

import (
	"fmt"
	"os"
	"strings"
)

const usage = `Usage: tornado-autoreload [--until-success] [-m] PACKAGE [arguments of the program]

Builds the main package at the path or import path PACKAGE and runs it. It does so again
after each change of its source files, and after the program has ended. With
--until-success it ends when the program has exited with status 0.
`

// Main runs the command tornado-autoreload with args, without its name, and returns the exit
// code. Tornado: main, which is python -m tornado.autoreload.
func Main(args []string) int {
	untilSuccess := false
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "--until-success", "-until-success":
			untilSuccess = true
		case "-m":
		case "-h", "-help", "--help":
			fmt.Print(usage)
			return 0
		default:
			fmt.Fprintf(os.Stderr, "tornado-autoreload: unknown option %s\n%s", args[0], usage)
			return 2
		}
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintf(os.Stderr, "Either -m or a path must be specified\n%s", usage)
		return 1
	}
	if err := enableLog(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	s, err := newWrapper(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s.untilSuccess = untilSuccess
	return s.run()
}

// newWrapper returns the supervisor of the program that args name.
func newWrapper(args []string) (*reloadSupervisor, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("autoreload: %w", err)
	}
	o := Options{}.withDefaults()
	rebuild, err := newRebuilder(goProgram{Package: args[0], Dir: dir}, o, "")
	if err != nil {
		return nil, err
	}
	s := newSupervisor(rebuild, o)
	s.args, s.wraps = args[1:], true
	return s, nil
}
