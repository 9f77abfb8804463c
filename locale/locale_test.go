package locale

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// files is a directory of name, content pairs.
func files(pairs ...string) fstest.MapFS {
	dir := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		dir[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return dir
}

func load(t testing.TB, pairs ...string) *Translations {
	t.Helper()
	translations, err := LoadTranslations(files(pairs...), Options{})
	require.NoError(t, err)
	return translations
}

// logged collects what is logged while fn runs.
func logged(t *testing.T, fn func()) string {
	t.Helper()
	var b bytes.Buffer
	previous := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, nil)))
	defer slog.SetDefault(previous)
	fn()
	return b.String()
}

// locale-1, locale-2.
func TestGet(t *testing.T) {
	translations := load(t, "es.csv", "", "es_LA.csv", "", "pt_BR.csv", "", "fr.csv", "")
	for _, tt := range []struct{ codes, want string }{
		{"es-la", "es_LA"},
		{"ES_LA", "es_LA"},
		{"es_ES", "es"},
		{"ES", "es"},
		{"pt", "en_US"},
		{"pt-br", "pt_BR"},
		{"de pt-PT fr-CA es", "fr"},
		{"zh-Hans-CN fr", "fr"},
		{"- _ fr", "fr"},
		{"", "en_US"},
		{"en", "en_US"},
	} {
		if got := translations.Get(strings.Split(tt.codes, " ")...).Code; got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.codes, got, tt.want)
		}
	}
	require.Equal(t, "en_US", translations.Get().Code)
	require.Equal(t, "es en_US es_LA fr pt_BR", join(translations, "es", "en_US", "es_LA", "fr", "pt_BR"))
	require.Nil(t, translations.Lookup("ES"))
	require.Equal(t, "fr", translations.Lookup("fr").Code)
}

// join returns want if that is what is supported, else what is.
func join(translations *Translations, want ...string) string {
	got := translations.SupportedLocales()
	sorted := slices.Clone(want)
	slices.Sort(sorted)
	if slices.Equal(sorted, got) {
		return strings.Join(want, " ")
	}
	return strings.Join(got, " ")
}

func TestTheDefaultLocale(t *testing.T) {
	require.Equal(t, "de", New(Options{DefaultLocale: "de"}).Get("en").Code)
	translations, err := LoadTranslations(files("de.csv", "Yes,Ja"), Options{DefaultLocale: "de"})
	require.NoError(t, err)
	require.Equal(t, "Ja", translations.Get().Translate("Yes"), "it may have translations too")
}

const spanish = "school,escuela\n" +
	" padded , acolchado \n" +
	"%(name)s liked this,A %(name)s le gustó esto,singular\n" +
	"%(name)s liked that,A %(name)s les gustó eso,plural\n" +
	"one\n\n" +
	"wrong,mal,dual\n" +
	"unknown,desconocido,unknown\n" +
	"\"with \"\"quotes\"\"\",\"con, comas\"\n"

// locale-3, locale-5, locale-7.
func TestCSV(t *testing.T) {
	var es *Locale
	log := logged(t, func() {
		translations := load(t, "es_MX.csv", spanish, "ES.csv", "a,b", "es.mx.csv", "a,b", "README.md", "a,b")
		require.Equal(t, "en_US es_MX", join(translations, "en_US", "es_MX"))
		es = translations.Get("es-mx")
	})
	for _, want := range []string{"ES.csv", "es.mx.csv", "Unrecognized plural indicator \\\"dual\\\" in es_MX.csv line 7"} {
		require.Contains(t, log, want)
	}
	require.NotContains(t, log, "README")
	for _, tt := range []struct {
		message, plural string
		count           int
		want            string
	}{
		{"school", "", 0, "escuela"},
		{"padded", "", 0, "acolchado"},
		{"unknown", "", 0, "desconocido"},
		{"with \"quotes\"", "", 0, "con, comas"},
		{"wrong", "", 0, "wrong"},
		{"one", "", 0, "one"},
		{"%(name)s liked this", "%(name)s liked that", 1, "A %(name)s le gustó esto"},
		{"%(name)s liked this", "%(name)s liked that", 0, "A %(name)s les gustó eso"},
		{"%(name)s liked this", "%(name)s liked that", -1, "A %(name)s les gustó eso"},
		{"%(name)s liked this", "", 0, "%(name)s liked this"},
		{"school", "schools", 1, "school"},
		{"school", "schools", 2, "schools"},
	} {
		got := es.Translate(tt.message)
		if tt.plural != "" {
			got = es.TranslatePlural(tt.message, tt.plural, tt.count)
		}
		if got != tt.want {
			t.Errorf("%q, %q, %d: got %q, want %q", tt.message, tt.plural, tt.count, got, tt.want)
		}
	}
	log = logged(t, func() {
		require.Equal(t, "escuela", es.Pgettext("building", "school"))
		require.Equal(t, "schools", es.PgettextPlural("building", "school", "schools", 2))
	})
	require.Equal(t, 2, strings.Count(log, "pgettext is not supported"))
	require.Empty(t, logged(t, func() { require.Equal(t, "b", New(Options{}).Get().Pgettext("a", "b")) }))
}

// locale-4.
func TestEncodings(t *testing.T) {
	text := "school,garçon 𝄞\n"
	encoded := func(order binary.AppendByteOrder) string {
		b := order.AppendUint16(nil, 0xfeff)
		for _, unit := range utf16.Encode([]rune(text)) {
			b = order.AppendUint16(b, unit)
		}
		return string(b)
	}
	for name, data := range map[string]string{
		"plain": text, "bom": "\ufeff" + text,
		"little": encoded(binary.LittleEndian), "big": encoded(binary.BigEndian),
	} {
		got := load(t, "fr.csv", data, "de.csv", "school,Schule").Get("fr").Translate("school")
		if got != "garçon 𝄞" {
			t.Errorf("%s: got %q", name, got)
		}
	}
	for _, data := range []string{"school,gar\xe7on", "\xff\xfea"} {
		_, err := LoadTranslations(files("fr.csv", data), Options{})
		require.EqualError(t, err, "locale: fr.csv: neither UTF-8 nor UTF-16 with a byte order mark")
	}
}

// locale-14.
func TestNames(t *testing.T) {
	translations := load(t, "fa_IR.csv", "", "he_IL.csv", "", "ar.csv", "", "zh_CN.csv", "", "xx.csv", "")
	for _, tt := range []struct {
		code, name string
		rtl        bool
	}{
		{"fa_IR", "فارسی", true}, {"he_IL", "עברית", true}, {"ar", "Unknown", true},
		{"zh_CN", "中文(简体)", false}, {"xx", "Unknown", false}, {"en_US", "English (US)", false},
	} {
		l := translations.Lookup(tt.code)
		if l.Name != tt.name || l.RTL != tt.rtl {
			t.Errorf("%s: got %s, %v", tt.code, l.Name, l.RTL)
		}
	}
}

var now = time.Date(2026, 3, 4, 15, 5, 30, 0, time.UTC) // a Wednesday

// locale-8, locale-9, locale-10, locale-11, locale-12.
func TestFormatDate(t *testing.T) {
	translations := load(t, "en_GB.csv", "", "zh_CN.csv", "", "en.csv", "",
		"de.csv", "1 hour ago,vor 1 Stunde,singular\n%(hours)d hours ago,vor %(hours)d Stunden,plural\nMarch,März\n%(month_name)s %(day)s,%(day)s. %(month_name)s\n")
	for _, tt := range []struct {
		code string
		ago  time.Duration
		o    DateOptions
		want string
	}{
		{"en_US", 0, DateOptions{}, "0 seconds ago"},
		{"en_US", time.Second, DateOptions{}, "1 second ago"},
		{"en_US", 49 * time.Second, DateOptions{}, "49 seconds ago"},
		{"en_US", 50 * time.Second, DateOptions{}, "1 minute ago"},
		{"en_US", 90 * time.Second, DateOptions{}, "2 minutes ago"},
		{"en_US", 150 * time.Second, DateOptions{}, "2 minutes ago"},
		{"en_US", 49 * time.Minute, DateOptions{}, "49 minutes ago"},
		{"en_US", 50 * time.Minute, DateOptions{}, "1 hour ago"},
		{"en_US", 90 * time.Minute, DateOptions{}, "2 hours ago"},
		{"en_US", 24*time.Hour - time.Second, DateOptions{}, "24 hours ago"},
		{"en_US", time.Hour, DateOptions{Absolute: true}, "2:05 pm"},
		{"en_US", 24 * time.Hour, DateOptions{}, "yesterday at 3:05 pm"},
		{"en_US", 24 * time.Hour, DateOptions{Shorter: true}, "yesterday"},
		{"en_US", 24 * time.Hour, DateOptions{Absolute: true}, "Tuesday at 3:05 pm"},
		{"en_US", 40 * time.Hour, DateOptions{}, "Monday at 11:05 pm"},
		{"en_US", 40 * time.Hour, DateOptions{GMTOffset: -120}, "yesterday at 1:05 am"},
		{"en_US", 40 * time.Hour, DateOptions{GMTOffset: 60}, "Monday at 10:05 pm"},
		{"en_US", 4 * 24 * time.Hour, DateOptions{Shorter: true}, "Saturday"},
		{"en_US", 5 * 24 * time.Hour, DateOptions{}, "February 27 at 3:05 pm"},
		{"en_US", 5 * 24 * time.Hour, DateOptions{Shorter: true}, "February 27"},
		{"en_US", 333 * 24 * time.Hour, DateOptions{}, "April 5 at 3:05 pm"},
		{"en_US", 334 * 24 * time.Hour, DateOptions{}, "April 4, 2025 at 3:05 pm"},
		{"en_US", 334 * 24 * time.Hour, DateOptions{Shorter: true}, "April 4, 2025"},
		{"en_US", time.Minute, DateOptions{FullFormat: true}, "March 4, 2026 at 3:04 pm"},
		{"en_US", -59 * time.Second, DateOptions{}, "0 seconds ago"},
		{"en_US", -59 * time.Second, DateOptions{Absolute: true}, "March 4, 2026 at 3:06 pm"},
		{"en_US", -60 * time.Second, DateOptions{}, "March 4, 2026 at 3:06 pm"},
		{"en_US", -24*time.Hour - time.Second, DateOptions{}, "March 5, 2026 at 3:05 pm"},
		{"en", 15 * time.Hour, DateOptions{Absolute: true}, "12:05 am"},
		{"en", 3 * time.Hour, DateOptions{Absolute: true}, "12:05 pm"},
		{"en_GB", 15 * time.Hour, DateOptions{Absolute: true}, "0:05"},
		{"zh_CN", 15 * time.Hour, DateOptions{Absolute: true}, "上午12:05"},
		{"zh_CN", 0, DateOptions{Absolute: true}, "下午3:05"},
		{"de", time.Hour, DateOptions{}, "vor 1 Stunde"},
		{"de", 2 * time.Hour, DateOptions{}, "vor 2 Stunden"},
		{"de", 3*24*time.Hour + 2*24*time.Hour, DateOptions{Shorter: true}, "27. February"},
	} {
		if got := translations.Lookup(tt.code).FormatDate(now.Add(-tt.ago), now, tt.o); got != tt.want {
			t.Errorf("%s, %v ago, %+v: got %q, want %q", tt.code, tt.ago, tt.o, got, tt.want)
		}
	}
}

// locale-13.
func TestFormats(t *testing.T) {
	translations := load(t, "fa.csv", "", "en.csv", "", "de.csv", "%(commas)s and %(last)s,%(commas)s und %(last)s %(nobody)s 100%%")
	en, fa, de := translations.Lookup("en"), translations.Lookup("fa"), translations.Lookup("de")
	for _, tt := range []struct{ got, want string }{
		{en.FormatDay(now, 0, true), "Wednesday, March 4"},
		{en.FormatDay(now, 0, false), "March 4"},
		{en.FormatDay(now, 16*60, true), "Tuesday, March 3"},
		{en.List(nil), ""},
		{en.List([]string{"A"}), "A"},
		{en.List([]string{"A", "B"}), "A and B"},
		{en.List([]string{"A", "B", "C"}), "A, B and C"},
		{en.List([]string{"100%%", "%(last)s"}), "100%% and %(last)s"},
		{fa.List([]string{"A", "B", "C"}), "A \u0648 B and C"},
		{de.List([]string{"A", "B"}), "A und B %(nobody)s 100%"},
		{en.FriendlyNumber(0), "0"},
		{en.FriendlyNumber(999), "999"},
		{en.FriendlyNumber(1000000), "1,000,000"},
		{en.FriendlyNumber(-100), "-100"},
		{en.FriendlyNumber(-12345), "-12,345"},
		{de.FriendlyNumber(1000000), "1000000"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

// locale-15.
func TestParseAcceptLanguage(t *testing.T) {
	for _, tt := range []struct{ header, want string }{
		{"", ""},
		{"en-US", "en-US"},
		{"da, en-gb;q=0.8, en;q=0.7", "da en-gb en"},
		{"en;q=0.7, da, de", "da de en"},
		{"a;q=0.5,b;q=0.5,c;q=0.5", "a b c"},
		{"fr;q=0, de", "de"},
		{"fr;q=-1, es;q=abc, it;q=nan, de", "de"},
		{"fr; q=0.1 , de ;q=0.2", "de fr"},
		{"fr;x=1,de;q=0.9;y=2", "fr de"},
		{",,;q=1, de", "de"},
	} {
		if got := strings.Join(ParseAcceptLanguage(tt.header), " "); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.header, got, tt.want)
		}
	}
	require.Len(t, ParseAcceptLanguage(strings.Repeat("de,", 10000)), maxLanguages)
}

func FuzzParseCSV(f *testing.F) {
	f.Add([]byte(spanish))
	f.Add([]byte("\xff\xfea\x00,\x00b\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseCSV("fuzz.csv", data)
		if err != nil {
			return
		}
		l := newLocale("en", c)
		l.FormatDate(now, now, DateOptions{FullFormat: true})
		l.List([]string{"a", "b"})
	})
}

// lineEnds are files of the same four rows. Python's text files take each of these.
var lineEnds = map[string]string{
	"lf.csv":     "one,1\ntwo,2\n\"a\nb\",\"3\n4\"\nlast,5",
	"crlf.csv":   "one,1\r\ntwo,2\r\n\"a\r\nb\",\"3\r\n4\"\r\nlast,5\r\n",
	"cr.csv":     "one,1\rtwo,2\r\"a\rb\",\"3\r4\"\rlast,5\r",
	"mixed.csv":  "one,1\r\ntwo,2\r\"a\nb\",\"3\r4\"\nlast,5",
	"blank.csv":  "\r\rone,1\r\r\n\n\rtwo,2\n\r\n\"a\rb\",\"3\r\n4\"\r\r\nlast,5\r\r",
	"tabbed.csv": "\ufeffone , 1\rtwo,\t2 \r\"a\rb\",\"3\r4\"\r last,5 \r",
}

// locale-3.
func TestLineEnds(t *testing.T) {
	for name, text := range lineEnds {
		units := binary.LittleEndian.AppendUint16(nil, 0xfeff)
		for _, unit := range utf16.Encode([]rune(strings.TrimPrefix(text, "\ufeff"))) {
			units = binary.LittleEndian.AppendUint16(units, unit)
		}
		for encoding, data := range map[string]string{"UTF-8": text, "UTF-16": string(units)} {
			catalog, err := parseCSV(name, []byte(data))
			require.NoError(t, err)
			want := map[string]string{"one": "1", "two": "2", "a\nb": "3\n4", "last": "5"}
			require.Equal(t, want, catalog.unknown, "%s, %s", name, encoding)
		}
	}
	log := logged(t, func() { parseCSV("cr.csv", []byte("a,b\rc,d,dual\r")) })
	require.Contains(t, log, "in cr.csv line 2")
}
