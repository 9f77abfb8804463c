package locale

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const frenchHeader = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n > 1);\n"

// french has a message with a context, and plurals with and without one.
var french = map[string]string{
	"":                              frenchHeader,
	"school":                        "école",
	"law\x04right":                  "le droit",
	"good\x04right":                 "le bien",
	"club\x00clubs":                 "club\x00clubs fr",
	"stick\x04club\x00clubs":        "le bâton\x00les bâtons",
	"organization\x04a\x00b":        "seul\x00plusieurs",
	"%(n)d school\x00%(n)d schools": "%(n)d école\x00%(n)d écoles",
}

const slavicHeader = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"

// moFile returns the content that msgfmt would write.
func moFile(order binary.ByteOrder, messages map[string]string) string {
	ids := make([]string, 0, len(messages))
	for id := range messages {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	n := uint32(len(ids))
	out := make([]byte, 28+16*n)
	for i, v := range []uint32{0x950412de, 0, n, 28, 28 + 8*n, 0, 28 + 16*n} {
		order.PutUint32(out[4*i:], v)
	}
	for table := range uint32(2) {
		for i, id := range ids {
			text := id
			if table == 1 {
				text = messages[id]
			}
			at := 28 + 8*n*table + 8*uint32(i)
			order.PutUint32(out[at:], uint32(len(text)))
			order.PutUint32(out[at+4:], uint32(len(out)))
			out = append(append(out, text...), 0)
		}
	}
	return string(out)
}

func loadMO(t testing.TB, code, data string) *Translations {
	t.Helper()
	translations, err := LoadGettextTranslations(files(code+"/LC_MESSAGES/app.mo", data, "de/LC_MESSAGES/other.mo", data), "app", Options{})
	require.NoError(t, err)
	return translations
}

// locale-6.
func TestGettext(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		translations := loadMO(t, "fr_FR", moFile(order, french))
		require.Equal(t, "en_US fr_FR", join(translations, "en_US", "fr_FR"))
		fr := translations.Get("fr-fr")
		for _, tt := range []struct{ got, want string }{
			{fr.Translate("school"), "école"},
			{fr.Translate("other"), "other"},
			{fr.Translate("right"), "right"},
			{fr.Pgettext("law", "right"), "le droit"},
			{fr.Pgettext("good", "right"), "le bien"},
			{fr.Pgettext("building", "school"), "school"},
			{fr.TranslatePlural("club", "clubs", 1), "club"},
			{fr.TranslatePlural("club", "clubs", 0), "club"},
			{fr.TranslatePlural("club", "clubs", 2), "clubs fr"},
			{fr.TranslatePlural("cat", "cats", 0), "cats"},
			{fr.PgettextPlural("stick", "club", "clubs", 1), "le bâton"},
			{fr.PgettextPlural("stick", "club", "clubs", 3), "les bâtons"},
			{fr.PgettextPlural("animal", "club", "clubs", 3), "clubs fr"},
			{fr.PgettextPlural("animal", "cat", "cats", 3), "cats"},
		} {
			if tt.got != tt.want {
				t.Errorf("%v: got %q, want %q", order, tt.got, tt.want)
			}
		}
	}
}

func TestPluralForms(t *testing.T) {
	for _, tt := range []struct{ header, want string }{
		{"", "a b b b b b"},
		{"Plural-Forms: nplurals=2; plural=n != 1;\n", "a b b b b b"},
		{"Plural-Forms: nplurals=2; plural=(n != 1)\n", "a b b b b b"},
		{"Plural-Forms: nplurals=1; plural=0;\n", "a a a a a a"},
		{"Plural-Forms: nplurals=2; plural=n>1;\n", "a b b b a b"},
		{slavicHeader, "a b c a c c"},
		{"Plural-Forms: nplurals=3; plural=n+0*1-1<1?0:!(n==2||n==11)&&n/5>=1?1:2;\n", "a c b b c c"},
		{"Plural-Forms: nplurals=3; plural=n%(n-1);\n", "x a b b a b"},
	} {
		ru := loadMO(t, "ru", moFile(binary.LittleEndian, map[string]string{"": tt.header, "x\x00y": "a\x00b\x00c"})).Get("ru")
		var got []string
		for _, count := range []int{1, 2, 5, 21, 0, 11} {
			got = append(got, ru.TranslatePlural("x", "y", count))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%q: got %v, want %s", tt.header, got, tt.want)
		}
	}
}

func TestBrokenMOFiles(t *testing.T) {
	whole := moFile(binary.LittleEndian, french)
	for _, tt := range []struct{ data, want string }{
		{"", "truncated"},
		{"no catalog at all, but long enough", "not a .mo file"},
		{whole[:len(whole)-10], "truncated"},
		{whole[:40], "truncated"},
		{whole[:8] + "\xff\xff\xff\xff" + whole[12:], "truncated"},
		{moFile(binary.LittleEndian, map[string]string{"": "Content-Type: text/plain; charset=iso-8859-1\n"}), "msgconv"},
		{moFile(binary.LittleEndian, map[string]string{"": "Plural-Forms: nplurals=2; plural=rm -rf;\n"}), "plural forms"},
	} {
		log := logged(t, func() {
			if got := loadMO(t, "fr", tt.data).SupportedLocales(); len(got) != 1 {
				t.Errorf("%q: got %v", tt.data, got)
			}
		})
		if !strings.Contains(log, "Cannot load translation for 'fr'") || !strings.Contains(log, tt.want) {
			t.Errorf("%.20q: logged %s, want %s", tt.data, log, tt.want)
		}
	}
}

func FuzzParseMO(f *testing.F) {
	f.Add([]byte(moFile(binary.LittleEndian, french)))
	f.Add([]byte(moFile(binary.BigEndian, map[string]string{"": slavicHeader, "x\x00y": "a\x00b\x00c"})))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseMO(data)
		if err != nil {
			return
		}
		for _, message := range append(slices.Collect(maps.Keys(c.forms)), slices.Collect(maps.Keys(c.single))...) {
			c.translate(message)
			for count := range 3 {
				c.translatePlural(message, "plural", count)
			}
		}
	})
}
