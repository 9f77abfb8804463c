package options

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
)

const commandLine = "command line"

// ParseCommandLine reads os.Args into the global parser and returns the arguments that are
// not options: those from the first one on that does not begin with "-", or those after
// "--". It prints a fault on stderr and ends the program with status 2, and with status 0
// after --help. Tornado: parse_command_line.
func ParseCommandLine(changes ...ParseOption) []string {
	rest, err := Options.ParseCommandLine(os.Args, changes...)
	switch {
	case errors.Is(err, ErrHelp):
		os.Exit(0)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return rest
}

// ParseCommandLine reads args, of which the first is the program's name, and returns the
// arguments that are not options. An option is --name=value, --name value, or, for bools,
// --name and --no-name; one dash does as well. An unknown option prints the help.
// Errors are *Error, and ErrHelp for --help and -h. Tornado: parse_command_line.
func (p *OptionParser) ParseCommandLine(args []string, changes ...ParseOption) (rest []string, err error) {
	seen := map[*option]bool{}
	for i := 1; i < len(args); i++ {
		if args[i] == "--" {
			rest = args[i+1:]
			break
		}
		if !strings.HasPrefix(args[i], "-") {
			rest = args[i:]
			break
		}
		var next *string
		if i+1 < len(args) {
			next = &args[i+1]
		}
		usedNext, err := p.parseArgument(args[i], next, seen)
		if err != nil {
			return nil, at(err, commandLine)
		}
		if usedNext {
			i++
		}
	}
	return rest, at(p.runFinal(changes), commandLine)
}

// parseArgument parses one option. If the option has no value of its own, next is its value.
func (p *OptionParser) parseArgument(arg string, next *string, seen map[*option]bool) (usedNext bool, err error) {
	name, text, hasText := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	name = normalize(name)
	o, negated := p.lookUpFlag(name)
	switch {
	case o == nil || negated && hasText:
		p.PrintHelp(nil)
		return false, errorf(name, text, "Unrecognized command line option: %s", quoted(name))
	case negated:
		text = "false"
	case hasText:
	case o.kind.Kind() == reflect.Bool:
		text = "true"
	case next != nil && (!strings.HasPrefix(*next, "-") || isNumber(*next)):
		text, usedNext = *next, true
	default:
		return false, errorf(o.name, "", "Option %s requires a value", quoted(name))
	}
	value, e := o.parse(text)
	if e != nil {
		return false, e
	}
	if o == p.byName["help"] {
		return usedNext, p.help(value)
	}
	if o.appends && o.multiple && seen[o] && o.current() != nil {
		value = reflect.AppendSlice(reflect.ValueOf(o.current()), reflect.ValueOf(value)).Interface()
	}
	seen[o] = true
	return usedNext, o.takeFrom(value, byCommandLine, commandLine)
}

// lookUpFlag returns the option with a name. negated reports whether the name is "no-" followed
// by the name of a bool.
func (p *OptionParser) lookUpFlag(name string) (o *option, negated bool) {
	if o := p.byName[name]; o != nil {
		return o, false
	}
	if name == "h" {
		return p.byName["help"], false
	}
	if positive, ok := strings.CutPrefix(name, "no-"); ok {
		if o := p.byName[positive]; o != nil && o.kind.Kind() == reflect.Bool {
			return o, true
		}
	}
	return nil, false
}

func (p *OptionParser) help(value any) error {
	if value != true {
		return nil
	}
	p.PrintHelp(nil)
	return ErrHelp
}
