// Package locale translates messages, and formats dates, numbers and lists for
// readers of a language. Translations come from CSV files or from gettext's.
//
// A [Translations] is loaded once and does not change, so that any number of loops
// and goroutines may use it. Tornado's module keeps the one that was loaded last.
//
//	translations, err := locale.LoadTranslations(os.DirFS("translations"), locale.Options{})
//	l := translations.Get("pt-BR", "pt")
//	text := l.TranslatePlural("%d person likes this", "%d people like this", n)
//	when := l.FormatDate(post.Date, time.Now(), locale.DateOptions{})
package locale

import (
	"maps"
	"slices"
	"strings"
)

// DefaultCode is the locale of an application's own messages, unless Options.DefaultLocale
// is set.
const DefaultCode = "en_US"

// Translations are the locales that an application supports: the default locale and those
// with translations. Tornado: the module's functions.
type Translations struct {
	locales  map[string]*Locale
	fallback *Locale
	near     nearest
}

// Options configure Translations. The zero value has Tornado's defaults.
type Options struct {
	DefaultLocale string // "" means DefaultCode. Tornado: set_default_locale
}

// New returns translations with only the default locale: every message is its own
// translation.
func New(o Options) *Translations { return newTranslations(o, nil) }

// newTranslations returns translations with a locale for each catalog and for the default.
func newTranslations(o Options, catalogs map[string]catalog) *Translations {
	code := o.DefaultLocale
	if code == "" {
		code = DefaultCode
	}
	t := &Translations{locales: make(map[string]*Locale, len(catalogs)+1)}
	t.locales[code] = newLocale(code, csvCatalog{})
	for code, c := range catalogs {
		t.locales[code] = newLocale(code, c)
	}
	t.fallback, t.near = t.locales[code], newNearest(t.locales)
	return t
}

// Lookup returns the locale with exactly that code, or nil. Tornado: Locale.get.
func (t *Translations) Lookup(code string) *Locale { return t.locales[code] }

// SupportedLocales returns the codes of the locales, sorted. Tornado:
// get_supported_locales.
func (t *Translations) SupportedLocales() []string { return slices.Sorted(maps.Keys(t.locales)) }

// A Locale translates into one language and formats as its readers expect. Any goroutine
// may use it; its fields must not be changed. Tornado: locale.Locale.
type Locale struct {
	Code string // such as "pt_BR"
	Name string // the language's name in that language, or "Unknown" for a code without a known name
	RTL  bool   // written from right to left

	catalog  catalog
	months   [12]string
	weekdays [7]string // from Sunday
}

// A catalog holds the translations of one locale.
type catalog interface {
	translate(message string) string
	translatePlural(message, plural string, count int) string
	pgettext(context, message string) string
	pgettextPlural(context, message, plural string, count int) string
}

func newLocale(code string, c catalog) *Locale {
	l := &Locale{Code: code, Name: nativeName(code), catalog: c}
	for _, prefix := range []string{"fa", "ar", "he"} {
		l.RTL = l.RTL || strings.HasPrefix(code, prefix)
	}
	for i, name := range months {
		l.months[i] = l.Translate(name)
	}
	for i, name := range weekdays {
		l.weekdays[i] = l.Translate(name)
	}
	return l
}

// Translate returns the translation of message, or message if there is none.
// Tornado: translate.
func (l *Locale) Translate(message string) string { return l.catalog.translate(message) }

// TranslatePlural returns the translation for count. Without a translation it returns
// message if count is 1, and plural otherwise. Tornado: translate with plural_message.
func (l *Locale) TranslatePlural(message, plural string, count int) string {
	return l.catalog.translatePlural(message, plural, count)
}

// Pgettext is Translate for a message that has different meanings in different contexts.
// Without a translation for the context, it returns message. CSV files have no contexts:
// with them Pgettext is Translate and logs a warning. Tornado: pgettext.
func (l *Locale) Pgettext(context, message string) string {
	return l.catalog.pgettext(context, message)
}

// PgettextPlural is TranslatePlural for a message in a context. Without a translation for
// the context it is TranslatePlural. With CSV files it always is, and logs a warning.
// Tornado: pgettext with plural_message.
func (l *Locale) PgettextPlural(context, message, plural string, count int) string {
	return l.catalog.pgettextPlural(context, message, plural, count)
}

// singularOrPlural returns the text for a message without a translation, as gettext does.
func singularOrPlural(message, plural string, count int) string {
	if count == 1 {
		return message
	}
	return plural
}
