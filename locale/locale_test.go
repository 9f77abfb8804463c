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

// files returns a directory with the given names and contents.
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

// logged returns the log text while fn runs.
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
		{"pt-br", "pt_BR"},
		{"de it-IT fr-CA es", "fr"},
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

// locale-1, locale-2.
func TestGetFindsTheNearestLocale(t *testing.T) {
	for _, tt := range []struct{ loaded, codes, want string }{
		{"de_DE", "de", "de_DE"},
		{"pt_BR", "pt", "pt_BR"},
		{"pt_BR es", "pt-PT es", "pt_BR"},
		{"pt_BR pt_PT", "pt-AO", "pt_PT"},
		{"de_AT de_DE", "de-CH", "de_DE"},
		{"de_AT de_CH de_DE", "de", "de_DE"},
		{"fr_CA fr_FR", "fr-BE", "fr_FR"},
		{"en_GB", "en-AU", "en_GB"},
		{"en_GB en", "en-AU", "en"}, // as Tornado: the language alone comes first
		{"de", "en-GB de", "en_US"}, // the default locale can also be the nearest one
		{"es_ES es_LA", "es-MX", "es_LA"},
		{"es_ES es_LA", "es-419", "es_LA"},
		{"es_ES es_LA", "es", "es_ES"},

		// Codes of more than two parts.
		{"zh_CN zh_TW", "zh-Hans-CN", "zh_CN"},
		{"zh_CN zh_TW", "zh-Hant-TW", "zh_TW"},
		{"de_CH de_DE", "de-CH-1996", "de_CH"},
		{"de", "de-CH-1996", "de"},
		{"de_DE", "de-u-co-phonebk", "de_DE"},
		{"sr_RS", "sr-Cyrl-RS", "sr_RS"},
		{"es", "es-valencia-x-a fr", "es"},

		// A language written in two scripts.
		{"zh_CN zh_TW", "zh-HK", "zh_TW"},
		{"zh zh_TW", "zh-HK", "zh_TW"},
		{"zh zh_TW", "zh-Hant", "zh_TW"},
		{"zh zh_TW", "zh-SG", "zh"},
		{"zh", "zh-TW", "zh"}, // as Tornado
		{"zh_CN", "zh-TW", "en_US"},
		{"sr_RS hr", "sr-Latn hr", "hr"},

		// Old and other codes of one language.
		{"he_IL", "iw", "he_IL"},
		{"id_ID", "in-ID", "id_ID"},
		{"nb_NO", "no", "nb_NO"},
		{"no", "nb-NO", "no"},
		{"tl_PH", "fil-PH", "tl_PH"},
		{"zh_CN", "cmn-Hans", "zh_CN"},

		// Other languages are not near, even if their readers may understand each other.
		{"nb_NO", "da", "en_US"},
		{"ru_RU", "uk", "en_US"},
		{"de_DE", "gsw", "en_US"},
		{"de", "und", "en_US"},
		{"de", "* xx -de d-e", "en_US"},
		{"de", "de-" + strings.Repeat("a-", 50) + "b", "de"}, // too long to look for others
	} {
		var pairs []string
		for _, code := range strings.Fields(tt.loaded) {
			pairs = append(pairs, code+".csv", "")
		}
		if got := load(t, pairs...).Get(strings.Fields(tt.codes)...).Code; got != tt.want {
			t.Errorf("%s of %s: got %s, want %s", tt.codes, tt.loaded, got, tt.want)
		}
	}
}

func FuzzGet(f *testing.F) {
	f.Add("zh-Hans-CN")
	f.Add("de-u-co-phonebk-x-y")
	translations, err := LoadTranslations(files("zh_CN.csv", "", "de.csv", ""), Options{})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, code string) {
		if l := translations.Get(code); translations.Lookup(l.Code) != l {
			t.Errorf("%q: got %s, which is not loaded", code, l.Code)
		}
	})
}

// join returns the wanted codes if they are supported, or else the codes that are.
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
		require.EqualError(t, err, "locale: fr.csv: the text is neither UTF-8 nor UTF-16 with a byte order mark: save it as UTF-8")
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

// locale-9, locale-12: a date is shown in its own zone, or in the reader's.
func TestFormatDateInAZone(t *testing.T) {
	zone := func(name string) *time.Location {
		l, err := time.LoadLocation(name)
		require.NoError(t, err)
		return l
	}
	berlin, chicago, kolkata := zone("Europe/Berlin"), zone("America/Chicago"), zone("Asia/Kolkata")
	at := func(text string) time.Time {
		t.Helper()
		date, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return date
	}
	en := New(Options{}).Get()
	for _, tt := range []struct {
		name      string
		date, now time.Time
		o         DateOptions
		want      string
	}{
		{"own zone", now.In(kolkata), now.Add(5 * 24 * time.Hour), DateOptions{}, "March 4 at 8:35 pm"},
		{"option", now, now, DateOptions{Location: kolkata, FullFormat: true}, "March 4, 2026 at 8:35 pm"},
		{"option before own zone", now.In(kolkata), now, DateOptions{Location: chicago, FullFormat: true}, "March 4, 2026 at 9:05 am"},
		{"UTC by option", now.In(kolkata), now, DateOptions{Location: time.UTC, FullFormat: true}, "March 4, 2026 at 3:05 pm"},
		{"offset before own zone", now.In(kolkata), now, DateOptions{GMTOffset: -60, FullFormat: true}, "March 4, 2026 at 4:05 pm"},
		{"option before offset", now, now, DateOptions{GMTOffset: -60, Location: kolkata, FullFormat: true}, "March 4, 2026 at 8:35 pm"},
		{"fixed zone", at("2026-03-04T23:30:00-08:00"), now.Add(40*time.Hour + 30*time.Minute), DateOptions{}, "yesterday at 11:30 pm"},

		// Daylight saving time: the offset is that of the date, not of now.
		{"winter seen from summer", at("2026-01-15T11:00:00Z"), at("2026-07-15T11:00:00Z"), DateOptions{Location: berlin}, "January 15 at 12:00 pm"},
		{"summer seen from winter", at("2025-07-15T11:00:00Z"), at("2026-01-15T11:00:00Z"), DateOptions{Location: berlin}, "July 15 at 1:00 pm"},
		{"last hour of winter", at("2026-03-29T00:59:59Z"), at("2026-04-02T00:00:00Z"), DateOptions{Location: berlin}, "Sunday at 1:59 am"},
		{"first hour of summer", at("2026-03-29T01:00:00Z"), at("2026-04-02T00:00:00Z"), DateOptions{Location: berlin}, "Sunday at 3:00 am"},
		{"second 2:30 of the night", at("2026-10-25T01:30:00Z"), at("2026-10-28T00:00:00Z"), DateOptions{Location: berlin}, "Sunday at 2:30 am"},
		{"yesterday had 23 hours", at("2026-03-28T23:15:00Z"), at("2026-03-29T23:15:00Z"), DateOptions{Location: berlin}, "yesterday at 12:15 am"},
		{"yesterday had 23 hours, in its zone", at("2026-03-28T23:15:00Z").In(berlin), at("2026-03-29T23:15:00Z"), DateOptions{}, "yesterday at 12:15 am"},
		{"yesterday had 25 hours", at("2026-10-24T22:30:00Z"), at("2026-10-26T00:00:00Z"), DateOptions{Location: berlin}, "yesterday at 12:30 am"},
		{"the day before had 23 hours", at("2026-03-28T22:30:00Z"), at("2026-03-29T22:30:00Z"), DateOptions{Location: berlin}, "Saturday at 11:30 pm"},
	} {
		if got := en.FormatDate(tt.date, tt.now, tt.o); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	require.Equal(t, "Thursday, March 5", en.FormatDay(at("2026-03-04T23:30:00Z").In(berlin), 0, true))
	require.Equal(t, "Wednesday, March 4", en.FormatDay(at("2026-03-04T23:30:00Z").In(berlin), 60, true))
}

// locale-13.
func TestFormats(t *testing.T) {
	translations := load(t, "fa.csv", "", "en.csv", "", "de.csv", "%(commas)s and %(last)s,%(commas)s und %(last)s %(unknown)s 100%%")
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
		{de.List([]string{"A", "B"}), "A und B %(unknown)s 100%"},
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

// lineEnds are files with the same four rows. Python's text files accept each of these line
// ends.
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
