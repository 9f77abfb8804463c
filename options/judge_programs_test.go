package options

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// A programOption is an option of a judged program, defined in both languages.
type programOption struct {
	name  string
	value any // the default; its type is the option's
	help  string
	extra string // "none" for no default, "metavar=X"
}

// A wholeProgram has the options of a real program, and command lines for it.
type wholeProgram struct {
	group   string
	options []programOption
	lines   []string
}

// wholePrograms are sets of options of the usual kinds of Tornado programs.
var wholePrograms = []wholeProgram{
	{"hello", []programOption{{"port", 8888, "run on the given port", ""}}, []string{"", "--port=9000", "--port=7 8"}},
	{"chat", []programOption{{"port", 8888, "run on the given port", ""}, {"debug", true, "run in debug mode", ""}}, []string{"--debug=false", "-debug=0 rest"}},
	{"blog", []programOption{
		{"port", 8888, "run on the given port", ""}, {"db_host", "127.0.0.1", "blog database host", ""}, {"db_port", 5432, "blog database port", ""},
		{"db_database", "blog", "blog database name", ""}, {"db_user", "blog", "blog database user", ""}, {"db_password", "blog", "blog database password", ""},
	}, []string{"--db-host=db --db_port=1", "--db_password=", "--db-user=a=b"}},
	{"login", []programOption{
		{"port", 8888, "run on the given port", ""}, {"key", "", "consumer key", "none"}, {"secret", "", "consumer secret", "none"},
		{"cookie_secret", "__TODO:_GENERATE_YOUR_OWN_RANDOM_VALUE_HERE__", "signing key for secure cookies", ""},
	}, []string{"--key=k --secret=s", "--cookie-secret="}},
	{"s3server", []programOption{
		{"port", 9888, "TCP port to listen on", ""}, {"root_directory", "/tmp/s3", "Root storage directory", ""}, {"bucket_depth", 0, "Bucket file system depth limit", ""},
	}, []string{"--bucket-depth=2 --root-directory=/srv/s3"}},
	{"tcpecho", []programOption{{"port", 9888, "TCP port to listen on", ""}, {"host", "localhost", "", ""}, {"message", "ping", "Message to send", ""}}, []string{"--message=x", "--host="}},
	{"upload", []programOption{{"put", false, "Use PUT instead of POST", ""}}, []string{"--put a.txt b.txt", "a.txt --put", "--put=yes"}},
	{"bench", []programOption{
		{"min_run_time", 0.0, "", ""}, {"num_runs", 1, "", ""}, {"keepalive", true, "", ""}, {"quiet", false, "", ""}, {"n", 15000, "", ""}, {"c", 25, "", ""},
	}, []string{"-n=3 -c=1 --quiet", "--min-run-time=2.5", "--keepalive=F"}},
	{"proxy", []programOption{
		{"listen", []string{"127.0.0.1:80"}, "addresses to listen on", ""}, {"backends", []string{}, "addresses of its servers", ""}, {"weights", []float64{1}, "one for each", ""},
		{"retries", 3, "how often", "metavar=N"},
	}, []string{"--backends=a:1,b:2 --weights=1,0.5", "--listen=", "--retries=0"}},
	{"crawler", []programOption{
		{"start", "", "first URL", "none"}, {"depth", 2, "links to follow", ""}, {"delay", 500 * time.Millisecond, "between two requests of one host", ""},
		{"deny", []string{"/admin", "/private"}, "prefixes of paths", ""}, {"codes", []int{200, 301}, "codes that count as found", "metavar=CODES"},
	}, []string{"--delay=2s", "--codes=200:203,404", "--deny= --start=http://example.com/?a=b"}},
	{"scheduler", []programOption{
		{"every", time.Hour, "period", ""}, {"first", time.Time{}, "time of the first run", "none"}, {"jitter", 30 * time.Second, "", ""}, {"jobs", []string{"all"}, "", ""},
	}, []string{"--every=1d --jitter=0", "--first=2026-11-30", "--every=90 min"}},
	{"long_help", []programOption{
		{"x", 1, "a help text that is so long that it has to be wrapped after forty-four columns, and once more after that", ""},
		{"an_option_with_a_name_of_exactly30", 1, "short", ""}, {"another_option_whose_name_is_longer_than_that", true, "short", ""},
	}, []string{"--an-option_with-a_name-of_exactly30=2"}},
	{"metavars", []programOption{{"input", "-", "file to read", "metavar=FILE"}, {"level", 6, "", "metavar=1-9"}, {"tags", []string{}, "", "metavar=TAG,TAG"}}, []string{"--tags=a,b", "--input=x"}},
	{"dashes", []programOption{{"a-b", 1, "", ""}, {"c_d", 2, "", ""}, {"e-f_g", 3, "", ""}}, []string{"--a_b=4 --c-d=5 --e_f-g=6", "-a-b=7"}},
	{"floats", []programOption{{"small", 1e-7, "", ""}, {"large", 1e16, "", ""}, {"third", 1.0 / 3, "", ""}, {"whole", 2.0, "", ""}, {"negative", -0.5, "", ""}}, []string{"--small=1e-300", "--large=1e22", "--whole=3"}},
	{"integers", []programOption{{"zero", 0, "", ""}, {"negative", -5, "below zero", ""}, {"many", []int{-1, 0, 1}, "", ""}}, []string{"--many=-3:-1,5", "--zero=-0", "--negative=007"}},
	{"texts", []programOption{{"empty", "", "an empty default", ""}, {"quote", `a "b" 'c'`, "quotes", ""}, {"unicode", "é漢", "letters", ""}, {"blank", " a ", "", ""}}, []string{"--unicode=ü", "--empty=x"}},
	{"booleans", []programOption{{"on", true, "", ""}, {"off", false, "", ""}}, []string{"--on=false --off=true", "--on --off", "--on=T", "--off=FALSE"}},
	{"ordered", []programOption{{"zeta", 1, "", ""}, {"alpha", 2, "", ""}, {"Beta", 3, "", ""}, {"_private", 4, "", ""}}, []string{"--zeta=5 --Beta=6", "--alpha=1 --alpha=2"}},
	{"nothing", []programOption{{"unused", "", "", "none"}}, []string{"a b c", "-- --unused=1", "--unused=1 -- x"}},
	{"service", []programOption{
		{"address", "", "address to listen on, or all", ""}, {"port", 80, "", ""}, {"processes", 0, "0 means one for each processor", ""}, {"pidfile", "", "", "none"},
		{"grace", 10 * time.Second, "time for open requests at a shutdown", ""}, {"trusted", []string{}, "addresses of proxies", ""}, {"xheaders", false, "believe X-Real-Ip", ""},
	}, []string{"--address=::1 --processes=4 --xheaders", "--grace=1.5s --trusted=10.0.0.1,10.0.0.2", "--port=80 --port=443 start"}},
}

// python returns the Python call that defines o.
func (o programOption) python(group string) string {
	call := fmt.Sprintf("define(%q, group=%q", o.name, group)
	if o.extra != "none" {
		call += ", default=" + pythonLiteral(o.value)
	}
	kind := reflect.TypeOf(o.value)
	if kind.Kind() == reflect.Slice {
		kind = kind.Elem()
		call += ", multiple=True"
	}
	call += ", type=" + map[reflect.Type]string{
		reflect.TypeFor[int](): "int", reflect.TypeFor[float64](): "float", reflect.TypeFor[string](): "str", reflect.TypeFor[bool](): "bool",
		reflect.TypeFor[time.Duration](): "datetime.timedelta", reflect.TypeFor[time.Time](): "datetime.datetime",
	}[kind]
	if o.help != "" {
		call += ", help=" + pythonLiteral(o.help)
	}
	if metavar, ok := strings.CutPrefix(o.extra, "metavar="); ok {
		call += ", metavar=" + pythonLiteral(metavar)
	}
	return call + ")"
}

func pythonLiteral(value any) string {
	switch v := value.(type) {
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	case time.Duration:
		return fmt.Sprintf("datetime.timedelta(microseconds=%d)", v.Microseconds())
	case string:
		return fmt.Sprintf("%q", v)
	case float64:
		return fmt.Sprintf("float(%q)", fmt.Sprint(v))
	case []string, []int, []float64:
		var items []string
		for i := range reflect.ValueOf(v).Len() {
			items = append(items, pythonLiteral(reflect.ValueOf(v).Index(i).Interface()))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprint(value)
}

// define defines o here.
func (o programOption) define(p *OptionParser, group string) {
	more := []DefineOption{Group(group)}
	if o.extra == "none" {
		more = append(more, NoDefault())
	}
	if metavar, ok := strings.CutPrefix(o.extra, "metavar="); ok {
		more = append(more, Metavar(metavar))
	}
	switch v := o.value.(type) {
	case int:
		DefineIn(p, o.name, v, o.help, more...)
	case float64:
		DefineIn(p, o.name, v, o.help, more...)
	case string:
		DefineIn(p, o.name, v, o.help, more...)
	case bool:
		DefineIn(p, o.name, v, o.help, more...)
	case time.Duration:
		DefineIn(p, o.name, v, o.help, more...)
	case time.Time:
		DefineIn(p, o.name, v, o.help, more...)
	case []string:
		DefineIn(p, o.name, v, o.help, more...)
	case []int:
		DefineIn(p, o.name, v, o.help, more...)
	case []float64:
		DefineIn(p, o.name, v, o.help, more...)
	}
}

// judgedPrograms returns all runs of the whole programs: the help, the defaults, and every
// command line.
func judgedPrograms() (all []judged) {
	for _, w := range wholePrograms {
		var calls []string
		for _, o := range w.options {
			calls = append(calls, o.python(w.group))
		}
		j := judged{python: strings.Join(calls, "\n"), define: func(p *OptionParser) {
			for _, o := range w.options {
				o.define(p, w.group)
			}
		}}
		for _, line := range append([]string{"--help", "", "--no_such_option"}, w.lines...) {
			all = append(all, j.with(line))
		}
	}
	return all
}

func TestThereAreTwentyWholePrograms(t *testing.T) {
	if len(wholePrograms) < 20 || len(judgedPrograms()) < 100 {
		t.Error(len(wholePrograms), len(judgedPrograms()))
	}
}
