package locale

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gotornado/tornado/log"
)

var csvName = regexp.MustCompile(`^([a-z]+(?:_[A-Z]+)?)\.csv$`)

// LoadTranslations reads the files LOCALE.csv, such as es_GT.csv, of a directory:
// os.DirFS("translations"), or an embed.FS. Each row has a message, its translation and
// optionally "plural" or "singular", which TranslatePlural needs. Files are UTF-8, or
// UTF-16 with a byte order mark. Lines end with LF, CRLF or CR. Other file names, and rows
// with another third column, are logged and skipped. A file that cannot be read is an
// error. Tornado: load_translations.
func LoadTranslations(dir fs.FS, o Options) (*Translations, error) {
	files, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, fmt.Errorf("locale: %w", err)
	}
	catalogs := map[string]catalog{}
	for _, f := range files {
		if path.Ext(f.Name()) != ".csv" {
			continue
		}
		name := csvName.FindStringSubmatch(f.Name())
		if name == nil {
			log.Gen().Error(fmt.Sprintf("Unrecognized locale (path: %s): name it as es_GT.csv", f.Name()))
			continue
		}
		data, err := fs.ReadFile(dir, f.Name())
		if err != nil {
			return nil, fmt.Errorf("locale: %w", err)
		}
		if catalogs[name[1]], err = parseCSV(f.Name(), data); err != nil {
			return nil, err
		}
	}
	return newTranslations(o, catalogs), nil
}

// lineFeeds replaces the line ends CR and CRLF by LF, as Python's text files do.
var lineFeeds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// parseCSV returns the translations of one file. name occurs in errors and log records.
func parseCSV(name string, data []byte) (csvCatalog, error) {
	text, err := decode(data)
	if err != nil {
		return csvCatalog{}, fmt.Errorf("locale: %s: %w", name, err)
	}
	r := csv.NewReader(strings.NewReader(lineFeeds.Replace(string(text))))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	t := csvCatalog{unknown: map[string]string{}, singular: map[string]string{}, plural: map[string]string{}}
	for {
		row, err := r.Read()
		switch {
		case err == io.EOF:
			return t, nil
		case err != nil:
			return csvCatalog{}, fmt.Errorf("locale: %s: %w", name, err)
		case len(row) < 2:
			continue
		}
		indicator := ""
		if len(row) > 2 {
			indicator = strings.TrimSpace(row[2])
		}
		messages := t.messagesFor(indicator)
		if messages == nil {
			line, _ := r.FieldPos(2)
			log.Gen().Error(fmt.Sprintf("Unrecognized plural indicator %q in %s line %d", indicator, name, line))
			continue
		}
		messages[strings.TrimSpace(row[0])] = strings.TrimSpace(row[1])
	}
}

var errEncoding = errors.New("the text is neither UTF-8 nor UTF-16 with a byte order mark: save it as UTF-8")

// decode returns the text of a file as UTF-8.
func decode(data []byte) ([]byte, error) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		if !utf8.Valid(data) {
			return nil, errEncoding
		}
		return bytes.TrimPrefix(data, []byte("\ufeff")), nil
	}
	data = data[2:]
	if len(data)%2 != 0 {
		return nil, errEncoding
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return []byte(string(utf16.Decode(units))), nil
}

// A csvCatalog has the translations of one CSV file. The zero value has none.
type csvCatalog struct{ unknown, singular, plural map[string]string }

// messagesFor returns the messages of a plural indicator, or nil for an unknown indicator.
func (t csvCatalog) messagesFor(indicator string) map[string]string {
	switch indicator {
	case "", "unknown":
		return t.unknown
	case "singular":
		return t.singular
	case "plural":
		return t.plural
	}
	return nil
}

// translated returns the translation of message, or message if there is none.
func translated(messages map[string]string, message string) string {
	if s, ok := messages[message]; ok {
		return s
	}
	return message
}

func (t csvCatalog) translate(message string) string { return translated(t.unknown, message) }

func (t csvCatalog) translatePlural(message, plural string, count int) string {
	if count == 1 {
		return translated(t.singular, message)
	}
	return translated(t.plural, plural)
}

func (t csvCatalog) pgettext(_, message string) string {
	t.warnContext()
	return t.translate(message)
}

func (t csvCatalog) pgettextPlural(_, message, plural string, count int) string {
	t.warnContext()
	return t.translatePlural(message, plural, count)
}

// warnContext logs that CSV translations have no contexts.
func (t csvCatalog) warnContext() {
	if t.unknown != nil {
		log.Gen().Warn("pgettext is not supported by CSV translations")
	}
}
