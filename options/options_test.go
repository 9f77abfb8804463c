package options

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/log"
)

// newParser returns a parser that prints to a buffer.
func newParser() (*OptionParser, *bytes.Buffer) {
	p, out := NewOptionParser(), &bytes.Buffer{}
	p.Output, p.Program = out, "prog"
	return p, out
}

func parseArgs(p *OptionParser, args string) ([]string, error) {
	return p.ParseCommandLine(append([]string{"prog"}, strings.Fields(args)...))
}

// configFile writes a config file and returns its path.
func configFile(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "site.conf")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// options-1, options-b1: the type of an option is that of its default. Handles have the type of
// the value.
func TestTypes(t *testing.T) {
	p, _ := newParser()
	text := DefineIn(p, "text", "x", "")
	number := DefineIn(p, "number", 1, "")
	large := DefineIn(p, "large", int64(1), "")
	ratio := DefineIn(p, "ratio", 0.5, "")
	on := DefineIn(p, "on", false, "")
	at := DefineIn(p, "at", time.Time{}, "")
	every := DefineIn(p, "every", time.Second, "")
	addr := DefineIn(p, "addr", netip.Addr{}, "")
	addrs := DefineIn(p, "addrs", []netip.Addr{}, "")
	texts := DefineIn(p, "texts", []string{"a"}, "")
	_, err := parseArgs(p, "--text=é --number=2 --large=9000000000 --ratio=2 --on --at=20261130 --every=1m30s --addr=::1 --addrs=::1,127.0.0.1")
	require.NoError(t, err)
	require.Equal(t, "é 2 9000000000 2 true 2026-11-30 1m30s ::1 [::1 127.0.0.1] [a]", fmt.Sprint(text.Value(), " ", number.Value(), large.Value(), ratio.Value(),
		" ", on.Value(), " ", at.Value().Format(time.DateOnly), " ", every.Value(), " ", addr.Value(), " ", addrs.Value(), " ", texts.Value()))
	_, err = parseArgs(p, "--addr=x")
	require.EqualError(t, err, `options: command line: Option 'addr' is required to be a Addr ('x' given): ParseAddr("x"): unable to parse IP`)
	require.Panics(t, func() { DefineIn(p, "complex", 1i, "") })
	require.Panics(t, func() { DefineIn(p, "lists", [][]string{}, "") })
}

// options-2, options-7: "_" and "-" are equal in names. Names are shown as they were defined.
func TestNames(t *testing.T) {
	p, _ := newParser()
	a := DefineIn(p, "a_b", 1, "", Group("g"))
	DefineIn(p, "c-d", 2, "")
	for i, args := range []string{"--a_b=10", "--a-b=11"} {
		_, err := parseArgs(p, args)
		require.NoError(t, err)
		require.Equal(t, 10+i, a.Value())
	}
	require.True(t, p.Has("a-b"))
	require.True(t, p.Has("c_d"))
	require.False(t, p.Has("cd"))
	require.NoError(t, p.Set("c_d", 3))
	got, err := p.Get("c-d")
	require.NoError(t, err)
	require.Equal(t, 3, got)
	require.Equal(t, []Item{{"help", nil}, {"a_b", 11}, {"c-d", 3}}, p.Items())
	require.Equal(t, map[string]any{"a_b": 11}, p.GroupDict("g"))
	require.Empty(t, p.GroupDict("unknown"))
	require.Len(t, p.AsDict(), 3)
	require.Equal(t, "a_b", a.Name())
}

// options-3, options-4: a name can be defined once. Options without a group are grouped by their
// source file.
func TestDefinitions(t *testing.T) {
	p, _ := newParser()
	DefineIn(p, "a-b", 1, "")
	require.Len(t, p.Groups(), 2)
	require.Equal(t, "", p.Groups()[0])
	require.Equal(t, "options_test.go", filepath.Base(p.Groups()[1]))
	defer func() {
		err, ok := recover().(*Error)
		require.True(t, ok)
		require.Regexp(t, `^Option 'a-b' already defined in .*/options_test\.go$`, err.Message)
	}()
	DefineIn(p, "a_b", 2, "")
}

// options-5, options-6, options-8: values, unknown names, types.
func TestGetAndSet(t *testing.T) {
	p, _ := newParser()
	port := DefineIn(p, "port", 80, "", NoDefault())
	hosts := DefineIn(p, "hosts", []string(nil), "")
	require.Equal(t, 0, port.Value())
	require.Empty(t, hosts.Value())
	for _, tt := range []struct {
		name  string
		value any
		want  string
	}{
		{"port", 81, ""},
		{"port", nil, ""},
		{"port", "81", "Option 'port' is required to be a int (<class 'str'> given)"},
		{"port", true, "Option 'port' is required to be a int (<class 'bool'> given)"},
		{"hosts", []string{"a"}, ""},
		{"hosts", "a", "Option 'hosts' is required to be a list of str"},
		{"hosts", []int{1}, "Option 'hosts' is required to be a list of str"},
		{"zz_y", 1, "Unrecognized option 'zz-y'"},
	} {
		err := p.Set(tt.name, tt.value)
		got := ""
		if e, ok := errors.AsType[*Error](err); ok {
			got = e.Message
		}
		if got != tt.want {
			t.Errorf("%s = %v: %q, want %q", tt.name, tt.value, got, tt.want)
		}
	}
	require.Equal(t, 0, port.Value(), "None")
	require.Equal(t, []string{"a"}, hosts.Value())
	_, err := p.Get("zz")
	require.EqualError(t, err, "options: Unrecognized option 'zz'")
	_, err = p.Source("zz")
	require.Error(t, err)
	port.Set(82)
	require.Equal(t, 82, port.Value())
}

// options-9: the callback of an option runs after each parse and each set, but not for the
// default.
func TestCallbacks(t *testing.T) {
	p, _ := newParser()
	var got []string
	port := DefineIn(p, "port", 1, "", Callback(func(n int) error { got = append(got, fmt.Sprint(n)); return nil }))
	DefineIn(p, "hosts", []string{}, "", Callback(func(hosts []string) error { got = append(got, strings.Join(hosts, "+")); return nil }))
	DefineIn(p, "bad", 1, "", Callback(func(n int) error { return io.ErrUnexpectedEOF }))
	_, err := parseArgs(p, "--port=2 --hosts=a,b --port=3")
	require.NoError(t, err)
	port.Set(4)
	require.NoError(t, p.Set("port", 5))
	require.Equal(t, []string{"2", "a+b", "3", "4", "5"}, got)
	_, err = parseArgs(p, "--bad=1")
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// options-10, options-13, options-b2, options-b5: the rows test remaining arguments, repeated
// options, and values in arguments of their own.
func TestCommandLines(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"a --n=2", "n=1 on=false list=[] more=[x] rest=[a --n=2]"},
		{"--n=2 -- --n=3", "n=2 on=false list=[] more=[x] rest=[--n=3]"},
		{"-n=2 ---on", "n=2 on=true list=[] more=[x] rest=[]"},
		{"--n 2 --on rest", "n=2 on=true list=[] more=[x] rest=[rest]"},
		{"--n -2", "n=-2 on=false list=[] more=[x] rest=[]"},
		{"--n --on", "Option 'n' requires a value"},
		{"--n", "Option 'n' requires a value"},
		{"--on --no-on", "n=1 on=false list=[] more=[x] rest=[]"},
		{"--no-on=true", "Unrecognized command line option: 'no-on'"},
		{"--list=1,2 --list=3", "n=1 on=false list=[3] more=[x] rest=[]"},
		{"--more=a --more=b,c", "n=1 on=false list=[] more=[a b c] rest=[]"},
		{"--on=No", "n=1 on=false list=[] more=[x] rest=[]"},
		{"--on=y", "n=1 on=true list=[] more=[x] rest=[]"},
		{"--n=99999999999999999999", "Option 'n' is required to be a int ('99999999999999999999' given): value out of range"},
		{"--list=0:99999999", "Option 'list' has more than 1000000 values"},
		{"--list=-9223372036854775808:9223372036854775807", "Option 'list' has more than 1000000 values"},
		{"--list=9223372036854775807:9223372036854775807", "n=1 on=false list=[9223372036854775807] more=[x] rest=[]"},
		{"--list=" + strings.Repeat("1:999999,", 3), "Option 'list' has more than 1000000 values"},
		{"--list=a:3", "Option 'list' is required to be a int ('a' given)"},
		{"--list=3:b", "Option 'list' is required to be a int ('b' given)"},
	} {
		p, _ := newParser()
		n, on := DefineIn(p, "n", 1, ""), DefineIn(p, "on", false, "")
		list, more := DefineIn(p, "list", []int{}, ""), DefineIn(p, "more", []string{"x"}, "", Append())
		rest, err := parseArgs(p, tt.args)
		got := fmt.Sprintf("n=%d on=%v list=%v more=%v rest=%v", n.Value(), on.Value(), list.Value(), more.Value(), rest)
		if e, ok := errors.AsType[*Error](err); ok {
			got = e.Message
			require.Equal(t, "command line", e.Source)
		}
		if got != tt.want {
			t.Errorf("%.40s: %s, want %s", tt.args, got, tt.want)
		}
	}
}

// options-12, options-20: an unknown option prints the help, and so does --help, at once.
func TestHelpIsPrinted(t *testing.T) {
	for _, tt := range []struct {
		args string
		want error
	}{
		{"--help --nope", ErrHelp}, {"-h", ErrHelp}, {"--nope", &Error{}}, {"--help=false", nil}, {"--n=1 --help", ErrHelp},
	} {
		p, out := newParser()
		DefineIn(p, "n", 1, "a number")
		_, err := parseArgs(p, tt.args)
		if tt.want == nil {
			require.NoError(t, err)
			require.Empty(t, out.String())
			continue
		}
		require.IsType(t, tt.want, err)
		require.Equal(t, 1, strings.Count(out.String(), "Usage: prog [OPTIONS]"), tt.args)
		require.Contains(t, out.String(), "  --n                              a number (default 1)\n")
	}
}

// options-17, options-18: the rows are times and durations that the judge does not test.
func TestTimesAndDurations(t *testing.T) {
	for text, want := range map[string]string{
		"1h30m": "1h30m0s", "1h 30m": "1h30m0s", "45": "45s", "": "0s", "-1d": "-24h0m0s", "1.5 h": "1h30m0s", " 2 w ": "336h0m0s",
		"1e3ms": "1s", "3us": "3µs", "2 sec 3 min": "3m2s", "1 weeks": "168h0m0s",
		"1x": "unknown unit 'x'; use h, m, s, ms, us, d or w", "h": "'h' is not a number and a unit", "9999999999w": "it is too long",
	} {
		d, err := parseDuration(text)
		got := d.String()
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"Mon Nov 30 23:13:03 2026": "2026-11-30 23:13:03", "2026-11-30 23:13:03": "2026-11-30 23:13:03", "2026-11-30 23:13": "2026-11-30 23:13:00",
		"2026-11-30T23:13": "2026-11-30 23:13:00", "20261130 23:13:03": "2026-11-30 23:13:03", "20261130 23:13": "2026-11-30 23:13:00",
		"2026-11-30": "2026-11-30 00:00:00", "20261130": "2026-11-30 00:00:00", "23:13:03": "1900-01-01 23:13:03", "23:13": "1900-01-01 23:13:00",
	} {
		at, err := parseTime(text)
		if err != nil || at.Format("2006-01-02 15:04:05") != want || at.Location() != time.Local {
			t.Errorf("%q: %v, %v, want %s", text, at, err, want)
		}
	}
}

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0:00:00", 90 * time.Minute: "1:30:00", 24 * time.Hour: "1 day, 0:00:00", 49 * time.Hour: "2 days, 1:00:00",
		-time.Second: "-1 day, 23:59:59", 1500 * time.Millisecond: "0:00:01.500000",
	} {
		if got := durationText(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

// options-22: parse callbacks run after every final parse.
func TestParseCallbacks(t *testing.T) {
	p, _ := newParser()
	n := 0
	p.AddParseCallback(func() error { n++; return nil })
	_, err := p.ParseCommandLine([]string{"prog"}, Final(false))
	require.NoError(t, err)
	require.Equal(t, 0, n)
	require.NoError(t, p.RunParseCallbacks())
	_, err = p.ParseCommandLine(nil)
	require.NoError(t, err)
	require.NoError(t, p.ParseConfigFile(configFile(t, ""), Final(true)))
	require.NoError(t, p.ParseEnvironment("X_"))
	require.Equal(t, 4, n)
	p.AddParseCallback(func() error { return io.EOF })
	_, err = p.ParseCommandLine(nil)
	require.ErrorIs(t, err, io.EOF)
}

// options-23, options-24, options-b4: config files.
func TestConfigFiles(t *testing.T) {
	for _, tt := range []struct{ config, want string }{
		{"n = 2\n_x = 1\ndef helper(): return 3\nlist = [helper()]", "n=2 list=[3] every=1s"},
		{"for _i in range(4):\n    n = _i", "n=3 list=[] every=1s"},
		{"# -*- coding: utf-8 -*-\nn = 1 if __file__.endswith('site.conf') else 2", "n=1 list=[] every=1s"},
		{"every = time.parse_duration('2m')", "n=1 list=[] every=2m0s"},
		{"every = '2m'", "n=1 list=[] every=2m0s"},
		{"list = '1:3'", "n=1 list=[1 2 3] every=1s"},
		{"n = None", "n=0 list=[] every=1s"},
		{"list = [1, None]", "n=1 list=[1 0] every=1s"},
		{"\n\nn = 'x'", "PATH:3: Option 'n' is required to be a int ('x' given)"},
		{"\nm = 1", "PATH:2: Unrecognized option 'm'; begin the names of helpers with \"_\""},
		{"every = 3", "PATH:1: Option 'every' is required to be a timedelta (<class 'int'> given)"},
		{"n = time.time(year=2026)", "PATH:1: Option 'n' is required to be a int (<class 'datetime'> given)"},
		{"n = 1 << 70", "PATH:1: Option 'n' is required to be a int (<class 'int'> given)"},
		{"list = [1, 'a']", "PATH:1: Option 'list' is required to be a list of int"},
		{"import os", "PATH: PATH:1:1: got import, want primary expression (a config file cannot import modules: delete the line)"},
		{"n = undefined", "PATH: PATH:1:5: undefined: undefined"},
		{"n = 1 // 0", "PATH: Traceback (most recent call last):\n  PATH:1:7: in <toplevel>\nError: floored division by zero"},
	} {
		p, _ := newParser()
		n, list, every := DefineIn(p, "n", 1, ""), DefineIn(p, "list", []int{}, ""), DefineIn(p, "every", time.Second, "")
		path := configFile(t, tt.config)
		err := p.ParseConfigFile(path)
		got := fmt.Sprintf("n=%d list=%v every=%v", n.Value(), list.Value(), every.Value())
		if err != nil {
			got = strings.TrimPrefix(strings.ReplaceAll(err.Error(), path, "PATH"), "options: ")
		}
		if got != tt.want {
			t.Errorf("%q:\ngot  %s\nwant %s", tt.config, got, tt.want)
		}
	}
	p, _ := newParser()
	require.ErrorIs(t, p.ParseConfigFile("/nowhere"), os.ErrNotExist)
	require.ErrorContains(t, p.ParseConfigFile(configFile(t, "while True: pass")), "too many steps")
}

// options-25, options-b3: a flag replaces the environment's value, which replaces a config
// file's, which replaces the default, in any order of parsing.
func TestPrecedence(t *testing.T) {
	path := configFile(t, "\nn = 1")
	t.Setenv("SITE_N", "2")
	for _, tt := range []struct{ order, value, source string }{
		{"", "0", "default"}, {"f", "1", path + ":2"}, {"e", "2", "environment SITE_N"}, {"c", "3", "command line"}, {"s", "4", "program"},
		{"fec", "3", "command line"}, {"cef", "3", "command line"}, {"cfe", "3", "command line"}, {"ef", "2", "environment SITE_N"},
		{"fe", "2", "environment SITE_N"}, {"cs", "4", "program"}, {"sf", "1", path + ":2"},
	} {
		p, _ := newParser()
		n := DefineIn(p, "n", 0, "")
		for _, source := range tt.order {
			var err error
			switch source {
			case 'f':
				err = p.ParseConfigFile(path)
			case 'e':
				err = p.ParseEnvironment("SITE_")
			case 'c':
				_, err = parseArgs(p, "--n=3")
			case 's':
				err = p.Set("n", 4)
			}
			require.NoError(t, err)
		}
		source, err := p.Source("n")
		require.NoError(t, err)
		if fmt.Sprint(n.Value()) != tt.value || source != tt.source || n.Source() != source {
			t.Errorf("%s: %d from %s, want %s from %s", tt.order, n.Value(), source, tt.value, tt.source)
		}
	}

	for _, args := range []string{"--config=" + path, "--config=" + path + " --n=3", "--n=3 --config=" + path} {
		p, _ := newParser()
		n := DefineIn(p, "n", 0, "")
		DefineIn(p, "config", "", "", Callback(func(path string) error { return p.ParseConfigFile(path, Final(false)) }))
		_, err := parseArgs(p, args)
		require.NoError(t, err)
		want := 1
		if strings.Contains(args, "--n") {
			want = 3
		}
		require.Equal(t, want, n.Value(), args)
	}

	p, _ := newParser()
	DefineIn(p, "log_n", 0, "")
	t.Setenv("SITE_LOG_N", "x")
	require.EqualError(t, p.ParseEnvironment("SITE_"), "options: environment SITE_LOG_N: Option 'log_n' is required to be a int ('x' given)")
}

// options-27: each patch restores the value of before. Patches can be nested, and none can be
// used twice.
func TestMockable(t *testing.T) {
	p, _ := newParser()
	port := DefineIn(p, "port", 80, "")
	m := p.Mockable()
	restore := m.Patch("port", 81)
	require.Equal(t, 81, port.Value())
	inner := p.Mockable().Patch("port", 82)
	port.Set(83)
	inner()
	require.Equal(t, 81, port.Value())
	require.Panics(t, func() { m.Patch("port", 84) })
	restore()
	require.Equal(t, 80, port.Value())
	m.Patch("port", 85)()
	require.Equal(t, 80, port.Value())
	require.Panics(t, func() { m.Patch("port", "x") })
	require.Panics(t, func() { m.Patch("zz", 1) })
}

// options-28, log-11: the global parser has the option help and the options of logging.
func TestGlobalOptions(t *testing.T) {
	var names []string
	for _, item := range Options.Items() {
		names = append(names, fmt.Sprintf("%s=%v", item.Name, item.Value))
	}
	slices.Sort(names)
	require.Equal(t, "help=<nil> log_file_max_size=100000000 log_file_num_backups=10 log_file_prefix=<nil> log_format=text log_rotate_interval=1 "+
		"log_rotate_mode=size log_rotate_when=midnight log_to_stderr=<nil> logging=info", strings.Join(names, " "))
}

// log-10, log-13, log-14: the options set up logging at a final parse.
func TestLoggingOptions(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	path := filepath.Join(t.TempDir(), "site.log")
	for _, tt := range []struct{ args, want string }{
		{"--logging=none", "untouched"}, {"--logging=NONE", "untouched"}, {"", "stderr"}, {"--log-file-prefix=" + path, path},
		{"--log-file-prefix=" + path + " --log-to-stderr", path + " stderr"}, {"--log-to-stderr=false", ""},
		{"--log-file-prefix=" + path + " --log_rotate_mode=time --log_rotate_when=S", path},
		{"--log-file-prefix=" + path + " --log_rotate_mode=watch --log-format=json", path},
		{"--log-file-prefix=" + path + " --log_file_max_size=0 --log_file_num_backups=0", path},
		{"--log-file-prefix=" + path + " --log_rotate_mode=wrong", `log: the value of log_rotate_mode should be "size", "time" or "watch", not "wrong"`},
		{"--logging=verbose", `log: unknown level "verbose"; use debug, info, warning, error, critical or none`},
		{"--log-format=xml", `log: unknown format "xml"; use text, json or logfmt`},
		{"--log-file-prefix=/nowhere/x", "log: open /nowhere/x: no such file or directory"},
	} {
		slog.SetDefault(before)
		p, _ := newParser()
		DefineLoggingOptions(p)
		_, err := parseArgs(p, tt.args)
		got := "untouched"
		if err != nil {
			got = err.Error()
		} else if slog.Default() != before {
			got = installedOutputs(t)
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.args, got, tt.want)
		}
	}
	p, _ := newParser()
	DefineLoggingOptions(p)
	require.NoError(t, p.Set("logging", nil))
	slog.SetDefault(before)
	require.NoError(t, p.RunParseCallbacks())
	require.Same(t, before, slog.Default())
}

// installedOutputs returns the outputs of slog's default handler.
func installedOutputs(t *testing.T) string {
	t.Helper()
	pretty := log.Installed()
	require.NotNil(t, pretty)
	require.Equal(t, pretty.Handler, slog.Default().Handler())
	var outputs []string
	for _, f := range pretty.Files {
		outputs = append(outputs, f.Name())
	}
	if len(pretty.Formatters) > len(pretty.Files) {
		outputs = append(outputs, "stderr")
	}
	return strings.Join(outputs, " ")
}

// Flags of the standard library join.
func TestGoFlags(t *testing.T) {
	set := flag.NewFlagSet("prog", flag.ContinueOnError)
	name, on, n := set.String("name", "x", "a `NAME`"), set.Bool("on", false, ""), set.Int("n", 1, "")
	p, _ := newParser()
	DefineIn(p, "n", 7, "")
	p.AddGoFlags(set)
	_, err := parseArgs(p, "--name=y --on --n=2")
	require.NoError(t, err)
	require.Equal(t, "y", *name)
	require.True(t, *on)
	require.Equal(t, 1, *n, "an option that is defined already stays the program's")
	set.Int("m", 1, "")
	p.AddGoFlags(set)
	_, err = parseArgs(p, "--m=x")
	require.ErrorContains(t, err, "Option 'm' cannot be 'x'")
}

// options-20: after --help or a wrong flag the global parser ends the program.
func TestExitStatus(t *testing.T) {
	if args := os.Getenv("OPTIONS_TEST_ARGS"); args != "" {
		os.Args = append([]string{"prog"}, strings.Fields(args)...)
		n := Define("n", 1, "")
		rest := ParseCommandLine()
		fmt.Println(n.Value(), rest)
		os.Exit(0)
	}
	for _, tt := range []struct {
		args, out, err string
		status         int
	}{
		{"--help", "", "Usage: prog [OPTIONS]", 0},
		{"--n=x", "", "options: command line: Option 'n' is required to be a int ('x' given)\n", 2},
		{"--nope", "", "options: command line: Unrecognized command line option: 'nope'\n", 2},
		{"--logging=verbose", "", "log: unknown level", 2},
		{"--n=2 a b", "2 [a b]\n", "", 0},
	} {
		c := exec.Command(os.Args[0], "-test.run=^TestExitStatus$")
		c.Env = append(os.Environ(), "OPTIONS_TEST_ARGS="+tt.args)
		var out, fault strings.Builder
		c.Stdout, c.Stderr = &out, &fault
		c.Run()
		if c.ProcessState.ExitCode() != tt.status || out.String() != tt.out || !strings.Contains(fault.String(), tt.err) {
			t.Errorf("%s: status %d, %q, %q", tt.args, c.ProcessState.ExitCode(), out.String(), fault.String())
		}
	}
}

func FuzzValues(f *testing.F) {
	for _, text := range []string{"1:3", "1h 30m", "2026-11-30", "true", "-1.5e3", "a,b", "5:3", "1_0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"n", "list", "ratio", "on", "at", "every"} {
			p, _ := newParser()
			DefineIn(p, "n", 1, "")
			DefineIn(p, "list", []int{}, "")
			DefineIn(p, "ratio", 1.0, "")
			DefineIn(p, "on", true, "")
			DefineIn(p, "at", time.Time{}, "")
			DefineIn(p, "every", time.Second, "")
			_, err := p.ParseCommandLine([]string{"prog", "--" + name + "=" + text}, Final(false))
			if _, ok := errors.AsType[*Error](err); err != nil && !ok {
				t.Errorf("%s=%q: %v", name, text, err)
			}
		}
	})
}

func FuzzWrap(f *testing.F) {
	f.Add("one-two-three  four--five averyveryverylongwordthatdoesnotfitintoasingleline")
	f.Fuzz(func(t *testing.T, text string) {
		for _, line := range wrap(text, helpWidth) {
			if n := len([]rune(line)); n == 0 || n > helpWidth {
				t.Errorf("%q: line %q", text, line)
			}
		}
	})
}
