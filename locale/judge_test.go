package locale

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/peers"
	"github.com/stretchr/testify/require"
)

// judgeScript loads the translations of a directory with Python's Tornado and a stopped
// clock. It prints the result of each [locale, method, arguments, named arguments].
const judgeScript = `
import datetime, json, logging, sys, types
from tornado import locale
logging.disable(logging.CRITICAL)
job = json.load(sys.stdin)
now = datetime.datetime.utcfromtimestamp(job["now"])
class Stopped(datetime.datetime):
    @classmethod
    def utcnow(cls): return cls(*now.timetuple()[:6])
locale.datetime = types.SimpleNamespace(datetime=Stopped, timedelta=datetime.timedelta)
if job["gettext"]:
    locale.load_gettext_translations(job["dir"], "app")
else:
    locale.load_translations(job["dir"])
def answer(code, method, args, named):
    l = locale.get(code)
    if method in ("code", "name", "rtl"):
        return getattr(l, method)
    if method == "format_day":
        args[0] = datetime.datetime.utcfromtimestamp(args[0])
    return getattr(l, method)(*args, **named)
json.dump([answer(*question) for question in job["questions"]], sys.stdout)
`

// A judged is a call for Python's Tornado, with the result of this package.
type judged struct {
	code, method string
	args         []any
	named        map[string]any
	ours         any
}

// judge makes the calls with Python's Tornado and compares the results.
func judge(t *testing.T, dir string, gettext bool, questions []judged) {
	t.Helper()
	python := peers.Python(t, "tornado.locale")
	asked := make([][]any, len(questions))
	for i, q := range questions {
		if q.args == nil {
			q.args = []any{}
		}
		if q.named == nil {
			q.named = map[string]any{}
		}
		asked[i] = []any{q.code, q.method, q.args, q.named}
	}
	in, err := json.Marshal(map[string]any{"now": now.Unix(), "dir": dir, "gettext": gettext, "questions": asked})
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), python, "-c", judgeScript)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var theirs []any
	require.NoError(t, json.Unmarshal(out, &theirs))
	require.Len(t, theirs, len(questions))
	for i, q := range questions {
		if theirs[i] != q.ours {
			t.Errorf("%s.%s%v %v: Tornado %q, here %q", q.code, q.method, q.args, q.named, theirs[i], q.ours)
		}
	}
}

func write(t *testing.T, name, data string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(data), 0o644))
}

func TestCSVAsTornado(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{
		"es_LA.csv": spanish, "es.csv": "A,\"B, \"\"C\"\"\"\nMarch,marzo\nMonday,lunes\nyesterday at %(time)s,ayer a las %(time)s\n",
		"zh_CN.csv": "1 minute ago,1 分钟前,singular\n%(minutes)d minutes ago,%(minutes)d 分钟前,plural\n",
		"fa_IR.csv": "", "en.csv": "", "en_GB.csv": "", "pt_BR.csv": "\ufeffschool,escola\n",
	} {
		write(t, filepath.Join(dir, name), data)
	}
	translations, err := LoadTranslations(os.DirFS(dir), Options{})
	require.NoError(t, err)
	var questions []judged
	for _, code := range []string{"en_US", "en", "en-gb", "ES", "es-la", "es_MX", "zh_CN", "fa-IR", "it", "pt_br", "de", "zh_cn", ""} {
		l := translations.Get(code)
		ask := func(method string, ours any, args ...any) {
			questions = append(questions, judged{code: code, method: method, args: args, ours: ours})
		}
		ask("code", l.Code)
		ask("name", l.Name)
		ask("rtl", l.RTL)
		for _, message := range []string{"A", "school", "padded", "unknown", "with \"quotes\"", "%(name)s liked this"} {
			ask("translate", l.Translate(message), message)
			ask("pgettext", l.Pgettext("context", message), "context", message)
			for count := range 3 {
				ask("translate", l.TranslatePlural(message, "%(name)s liked that", count), message, "%(name)s liked that", count)
			}
		}
		for _, parts := range [][]string{{}, {"a"}, {"a", "b"}, {"a", "b", "c", "d"}} {
			ask("list", l.List(parts), parts)
		}
		for _, n := range []int{0, 7, 999, 1000, 1234567, -1234} {
			ask("friendly_number", l.FriendlyNumber(n), n)
		}
		for _, offset := range []int{0, 60, -600, 1200} {
			for _, weekday := range []bool{true, false} {
				ask("format_day", l.FormatDay(now, offset, weekday), now.Unix(), offset, weekday)
			}
		}
		questions = append(questions, datesOf(code, l)...)
	}
	judge(t, dir, false, questions)
}

// datesOf returns calls for dates of every age in every form.
func datesOf(code string, l *Locale) (questions []judged) {
	var ages []time.Duration
	for _, unit := range []time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour} {
		for _, n := range []int{0, 1, 2, 4, 5, 15, 23, 24, 29, 30, 31, 49, 50, 59, 60, 90, 333, 334, 400} {
			ages = append(ages, time.Duration(n)*unit)
		}
	}
	ages = append(ages, -time.Second, -59*time.Second, -60*time.Second, -time.Hour, -100*time.Hour, 86399*time.Second, 150*time.Second)
	for _, age := range ages {
		for i := range 16 {
			o := DateOptions{Absolute: i&1 != 0, Shorter: i&2 != 0, FullFormat: i&4 != 0, GMTOffset: (i & 8) * 45}
			questions = append(questions, judged{code, "format_date", []any{now.Add(-age).Unix()}, map[string]any{
				"relative": !o.Absolute, "shorter": o.Shorter, "full_format": o.FullFormat, "gmt_offset": o.GMTOffset,
			}, l.FormatDate(now.Add(-age), now, o)})
		}
	}
	return questions
}

func TestLineEndsAsTornado(t *testing.T) {
	dir := t.TempDir()
	for name, data := range lineEnds {
		write(t, filepath.Join(dir, name), data)
	}
	translations, err := LoadTranslations(os.DirFS(dir), Options{})
	require.NoError(t, err)
	var questions []judged
	for name := range lineEnds {
		code := strings.TrimSuffix(name, ".csv")
		for _, message := range []string{"one", "two", "a\nb", "last"} {
			questions = append(questions, judged{code: code, method: "translate", args: []any{message}, ours: translations.Lookup(code).Translate(message)})
		}
	}
	judge(t, dir, false, questions)
}

func TestGettextAsTornado(t *testing.T) {
	dir := t.TempDir()
	russian := map[string]string{"": slavicHeader, "x\x00y": "a\x00b\x00c", "in\x04x\x00y": "ia\x00ib\x00ic", "plain": "просто"}
	write(t, filepath.Join(dir, "fr_FR/LC_MESSAGES/app.mo"), moFile(binary.LittleEndian, french))
	write(t, filepath.Join(dir, "ru/LC_MESSAGES/app.mo"), moFile(binary.BigEndian, russian))
	translations, err := LoadGettextTranslations(os.DirFS(dir), "app", Options{})
	require.NoError(t, err)
	var questions []judged
	for _, code := range []string{"fr-FR", "ru-RU", "en"} {
		l := translations.Get(code)
		ask := func(method string, ours any, args ...any) {
			questions = append(questions, judged{code: code, method: method, args: args, ours: ours})
		}
		for _, message := range []string{"school", "right", "club", "x", "plain", "nothing"} {
			if message != "x" && message != "club" { // Python 3.11 does not find the singular of a message with a plural, although GNU gettext and Python 3.13 do
				ask("translate", l.Translate(message), message)
			}
			for _, context := range []string{"law", "good", "stick", "in", "nowhere"} {
				if message != "x" && message != "club" {
					ask("pgettext", l.Pgettext(context, message), context, message)
				}
				for _, count := range []int{0, 1, 2, 5, 11, 21, 22, 101} {
					ask("pgettext", l.PgettextPlural(context, message, "many", count), context, message, "many", count)
				}
			}
			for _, count := range []int{0, 1, 2, 5, 11, 21, 22, 101} {
				ask("translate", l.TranslatePlural(message, "many", count), message, "many", count)
			}
		}
	}
	judge(t, dir, true, questions)
}
