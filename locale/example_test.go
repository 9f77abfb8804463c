package locale_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing/fstest"
	"time"

	"github.com/gotornado/tornado/locale"
)

// Translations in a CSV file, with a plural. A program reads a directory: os.DirFS("translations").
func ExampleLoadTranslations() {
	files := fstest.MapFS{"es_LA.csv": {Data: []byte(`"I love you","Te amo"
"%(name)s liked this","A %(name)s les gustó esto","plural"
"%(name)s liked this","A %(name)s le gustó esto","singular"
`)}}
	translations, err := locale.LoadTranslations(files, locale.Options{})
	if err != nil {
		panic(err)
	}
	spanish := translations.Get("es-ES", "en") // the closest one, as for the header Accept-Language
	fmt.Println(spanish.Code, spanish.Name)
	fmt.Println(spanish.Translate("I love you"))
	for _, people := range [][]string{{"Ana"}, {"Ana", "Luis"}} {
		message := spanish.TranslatePlural("%(name)s liked this", "%(name)s liked this", len(people))
		fmt.Println(strings.ReplaceAll(message, "%(name)s", strings.Join(people, ", ")))
	}
	fmt.Println(translations.Get("ja").Translate("I love you"))
	// Output:
	// es_LA Español
	// Te amo
	// A Ana le gustó esto
	// A Ana, Luis les gustó esto
	// I love you
}

// compile returns a file as msgfmt writes it, for messages that are sorted.
func compile(messages ...[2]string) []byte {
	n := len(messages)
	table := []uint32{0x950412de, 0, uint32(n), 28, uint32(28 + 8*n), 0, 0}
	offset := 28 + 16*n
	var texts bytes.Buffer
	for column := range 2 {
		for _, message := range messages {
			table = append(table, uint32(len(message[column])), uint32(offset+texts.Len()))
			texts.WriteString(message[column] + "\x00")
		}
	}
	var file bytes.Buffer
	binary.Write(&file, binary.LittleEndian, table)
	file.Write(texts.Bytes())
	return file.Bytes()
}

// Translations of gettext. The messages of templates are extracted with xgettext, and translated
// files are compiled with msgfmt:
//
//	xgettext --language=Python --keyword=_:1,2 --keyword=pgettext:1c,2 -d mydomain templates/*.html
//	msgfmt mydomain.po -o locale/de_DE/LC_MESSAGES/mydomain.mo
//
// A context tells messages apart that have the same text.
func ExampleLoadGettextTranslations() {
	files := fstest.MapFS{"de_DE/LC_MESSAGES/mydomain.mo": {Data: compile(
		[2]string{"", "Content-Type: text/plain; charset=UTF-8\n"},
		[2]string{"animal\x04bat", "Fledermaus"},
		[2]string{"sport\x04bat", "Schläger"},
	)}}
	translations, err := locale.LoadGettextTranslations(files, "mydomain", locale.Options{})
	if err != nil {
		panic(err)
	}
	german := translations.Get("de")
	fmt.Println(german.Pgettext("animal", "bat"), german.Pgettext("sport", "bat"), german.Translate("bat"))
	// Output: Fledermaus Schläger bat
}

func ExampleLocale_FormatDate() {
	english := locale.New(locale.Options{}).Get("en_US")
	now := time.Date(2026, 7, 10, 17, 5, 0, 0, time.UTC)
	for _, ago := range []time.Duration{2 * time.Minute, 24 * time.Hour, 400 * 24 * time.Hour} {
		fmt.Println(english.FormatDate(now.Add(-ago), now, locale.DateOptions{}))
	}
	// Output:
	// 2 minutes ago
	// yesterday at 5:05 pm
	// June 5, 2025 at 5:05 pm
}
