package locale

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"

	"github.com/gotornado/tornado/log"
)

// contextSeparator separates a context from its message.
const contextSeparator = "\x04"

// LoadGettextTranslations reads LANG/LC_MESSAGES/DOMAIN.mo, as msgfmt writes it, for every
// language directory. A file with invalid content is logged and skipped; a file that cannot
// be read is an error. Without files, there is only the default locale. Tornado:
// load_gettext_translations.
func LoadGettextTranslations(dir fs.FS, domain string, o Options) (*Translations, error) {
	names, err := fs.Glob(dir, "*/LC_MESSAGES/"+domain+".mo")
	if err != nil {
		return nil, fmt.Errorf("locale: domain %q: %w", domain, err)
	}
	catalogs := map[string]catalog{}
	for _, name := range names {
		language := path.Dir(path.Dir(name))
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("locale: %w", err)
		}
		c, err := parseMO(data)
		if err != nil {
			log.Gen().Error(fmt.Sprintf("Cannot load translation for '%s': %v", language, err))
			continue
		}
		catalogs[language] = c
	}
	return newTranslations(o, catalogs), nil
}

// A gettextCatalog has the translations of one .mo file. A message may begin with a context
// and the separator.
type gettextCatalog struct {
	single map[string]string   // translations of messages without a plural
	forms  map[string][]string // the plural forms of messages with a plural, by their singular
	plural pluralRule          // returns the index of the form for a count
}

var errMO = errors.New("locale: the file is truncated or not a .mo file: write it with msgfmt")

// parseMO parses a file in the format of the GNU gettext manual (section 10.3, The Format
// of GNU MO Files).
func parseMO(data []byte) (*gettextCatalog, error) {
	const magic = 0x950412de
	if len(data) < 20 {
		return nil, errMO
	}
	var order binary.ByteOrder = binary.LittleEndian
	if order.Uint32(data) != magic {
		order = binary.BigEndian
	}
	if order.Uint32(data) != magic {
		return nil, errMO
	}
	if major := order.Uint32(data[4:]) >> 16; major > 1 {
		return nil, fmt.Errorf("locale: .mo files of version %d are not supported", major)
	}
	word := func(at uint64) (uint64, bool) {
		if at+4 > uint64(len(data)) {
			return 0, false
		}
		return uint64(order.Uint32(data[at:])), true
	}
	// text returns entry i of the table of strings at offset table.
	text := func(table, i uint64) (string, bool) {
		length, ok1 := word(table + 8*i)
		start, ok2 := word(table + 8*i + 4)
		if !ok1 || !ok2 || start+length > uint64(len(data)) {
			return "", false
		}
		return string(data[start : start+length]), true
	}
	count, originals, translations := uint64(order.Uint32(data[8:])), uint64(order.Uint32(data[12:])), uint64(order.Uint32(data[16:]))
	c := &gettextCatalog{single: map[string]string{}, forms: map[string][]string{}}
	header := ""
	for i := range count {
		message, ok1 := text(originals, i)
		translation, ok2 := text(translations, i)
		if !ok1 || !ok2 {
			return nil, errMO
		}
		if message == "" {
			header = translation
		}
		if singular, _, counted := strings.Cut(message, "\x00"); counted {
			c.forms[singular] = strings.Split(translation, "\x00")
		} else {
			c.single[message] = translation
		}
	}
	return c, c.readHeader(header)
}

// readHeader reads the plural rule. It returns an error for a charset other than UTF-8.
func (c *gettextCatalog) readHeader(header string) (err error) {
	rule := "n != 1"
	for line := range strings.Lines(header) {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "content-type":
			_, parameters, err := mime.ParseMediaType(strings.TrimSpace(value))
			charset := strings.ToLower(parameters["charset"])
			if err == nil && charset != "" && charset != "utf-8" && charset != "us-ascii" && charset != "ascii" {
				return fmt.Errorf("locale: charset %s: convert it with msgconv -t UTF-8", charset)
			}
		case "plural-forms":
			if _, expression, ok := strings.Cut(value, "plural="); ok {
				rule, _, _ = strings.Cut(expression, ";")
			}
		}
	}
	if c.plural, err = parsePluralRule(strings.TrimSpace(rule)); err != nil {
		return fmt.Errorf("locale: plural forms %q: %w", rule, err)
	}
	return nil
}

// findMessage returns the translation of message, or that of its singular.
func (c *gettextCatalog) findMessage(message string) (string, bool) {
	if s, ok := c.single[message]; ok {
		return s, true
	}
	return c.findForm(message, 1)
}

// findForm returns the plural form of message for count.
func (c *gettextCatalog) findForm(message string, count int) (string, bool) {
	forms, ok := c.forms[message]
	if !ok {
		return "", false
	}
	i, err := c.plural(uint64(max(count, -count)))
	if err != nil || i >= uint64(len(forms)) {
		return "", false
	}
	return forms[i], true
}

func (c *gettextCatalog) translate(message string) string {
	if s, ok := c.findMessage(message); ok {
		return s
	}
	return message
}

func (c *gettextCatalog) translatePlural(message, plural string, count int) string {
	if s, ok := c.findForm(message, count); ok {
		return s
	}
	return singularOrPlural(message, plural, count)
}

func (c *gettextCatalog) pgettext(context, message string) string {
	if s, ok := c.findMessage(context + contextSeparator + message); ok {
		return s
	}
	return message
}

func (c *gettextCatalog) pgettextPlural(context, message, plural string, count int) string {
	if s, ok := c.findForm(context+contextSeparator+message, count); ok {
		return s
	}
	return c.translatePlural(message, plural, count)
}
