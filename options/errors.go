package options

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrHelp is the error of a command line with --help, after the help was printed.
var ErrHelp = errors.New("options: help requested")

// An Error is a fault in a command line, an environment variable or a config file, or a
// wrong use of an option by the program.
type Error struct {
	Option  string // the name of the option as it was defined, or as it was given; "" if there is no option
	Value   string // the text that was given, if any
	Source  string // such as "command line", "environment SITE_PORT", "site.conf:3"; "" for the program
	Message string // Tornado's text, where Tornado has one
	Err     error  // the cause, if any
}

func (e *Error) Error() string {
	if e.Source == "" {
		return "options: " + e.Message
	}
	return "options: " + e.Source + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// errorf returns an Error of an option without a source. The parser adds the source.
func errorf(option, value, format string, args ...any) *Error {
	return &Error{Option: option, Value: value, Message: fmt.Sprintf(format, args...)}
}

// quoted returns text as Python's repr shows it.
func quoted(text string) string {
	q := strconv.Quote(text)
	q = strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
	if strings.Contains(text, "'") && !strings.Contains(text, `"`) {
		return `"` + q + `"`
	}
	return "'" + strings.ReplaceAll(q, "'", `\'`) + "'"
}
