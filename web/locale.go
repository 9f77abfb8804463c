package web

import (
	"fmt"
	"math"
	"time"

	"github.com/gotornado/tornado/locale"
	"github.com/gotornado/tornado/template"
)

// Locale is the language of the answer: what SetLocale was given, or GetUserLocale, or
// GetBrowserLocale, which are asked once in a request. Tornado: locale.
func (h *RequestHandler) Locale() *locale.Locale {
	p := h.extra()
	if p.locale == nil {
		p.locale = h.self.GetUserLocale()
	}
	if p.locale == nil {
		p.locale = h.self.GetBrowserLocale()
	}
	if p.locale == nil {
		p.locale = h.application.settings.Translations.Get()
	}
	return p.locale
}

// SetLocale sets the language of the answer, in Prepare, say; nil has it found out
// anew. Tornado: an assignment to locale.
func (h *RequestHandler) SetLocale(l *locale.Locale) { h.extra().locale = l }

// GetUserLocale returns nil: not known. Override it to return what the current user has
// chosen, from Settings.Translations. Tornado: get_user_locale.
func (h *RequestHandler) GetUserLocale() *locale.Locale { return nil }

// GetBrowserLocale is the closest match for the header Accept-Language (RFC 9110, section
// 12.5.4) or, if it names nothing, for fallback, "en_US" by default. Tornado:
// get_browser_locale.
func (h *RequestHandler) GetBrowserLocale(fallback ...string) *locale.Locale {
	codes := locale.ParseAcceptLanguage(h.peekRequest().Headers.Get("Accept-Language"))
	if len(codes) == 0 {
		codes = []string{locale.DefaultCode}
		if len(fallback) > 0 {
			codes = fallback[:1]
		}
	}
	return h.application.settings.Translations.Get(codes...)
}

// A templateLocale is a locale as templates know it: with Python's arguments, and the
// loop's clock. Its other fields and methods are the locale's own.
type templateLocale struct {
	*locale.Locale
	handler *RequestHandler
}

// Translate is translate(message, plural_message=None, count=None).
func (l *templateLocale) Translate(kwargs template.Kwargs, args ...any) (string, error) {
	var message, plural string
	count := math.NaN()
	err := bindArguments("translate", args, kwargs, pythonParameter{"message", &message, true},
		pythonParameter{"plural_message", &plural, false}, pythonParameter{"count", &count, false})
	if err != nil || plural == "" {
		return l.Locale.Translate(message), err
	}
	n, err := wholeCount("translate", count)
	return l.TranslatePlural(message, plural, n), err
}

// Pgettext is pgettext(context, message, plural_message=None, count=None).
func (l *templateLocale) Pgettext(kwargs template.Kwargs, args ...any) (string, error) {
	var context, message, plural string
	count := math.NaN()
	err := bindArguments("pgettext", args, kwargs, pythonParameter{"context", &context, true}, pythonParameter{"message", &message, true},
		pythonParameter{"plural_message", &plural, false}, pythonParameter{"count", &count, false})
	if err != nil || plural == "" {
		return l.Locale.Pgettext(context, message), err
	}
	n, err := wholeCount("pgettext", count)
	return l.PgettextPlural(context, message, plural, n), err
}

// FormatDate is format_date(date, gmt_offset=0, relative=True, shorter=False,
// full_format=False, location=None). date is a datetime, or seconds since 1970; location is
// a *time.Location, which Tornado does not have.
func (l *templateLocale) FormatDate(kwargs template.Kwargs, args ...any) (string, error) {
	var date time.Time
	var offset float64
	o, relative := locale.DateOptions{}, true
	err := bindArguments("format_date", args, kwargs, pythonParameter{"date", &date, true}, pythonParameter{"gmt_offset", &offset, false},
		pythonParameter{"relative", &relative, false}, pythonParameter{"shorter", &o.Shorter, false}, pythonParameter{"full_format", &o.FullFormat, false},
		pythonParameter{"location", &o.Location, false})
	if err != nil {
		return "", err
	}
	o.GMTOffset, o.Absolute = int(offset), !relative
	return l.Locale.FormatDate(date, l.handler.Loop().Time(), o), nil
}

// FormatDay is format_day(date, gmt_offset=0, dow=True, location=None).
func (l *templateLocale) FormatDay(kwargs template.Kwargs, args ...any) (string, error) {
	var date time.Time
	var offset float64
	var location *time.Location
	dow := true
	err := bindArguments("format_day", args, kwargs, pythonParameter{"date", &date, true}, pythonParameter{"gmt_offset", &offset, false},
		pythonParameter{"dow", &dow, false}, pythonParameter{"location", &location, false})
	if err != nil {
		return "", err
	}
	if location != nil {
		date, offset = date.In(location), 0
	}
	return l.Locale.FormatDay(date, int(offset), dow), nil
}

// whole is a count as Go has it; any that is not whole is as plural as 2.
func wholeCount(function string, count float64) (int, error) {
	switch {
	case math.IsNaN(count):
		return 0, fmt.Errorf("web: %s: plural_message needs a count", function)
	case count != math.Trunc(count) || math.Abs(count) > 1<<52:
		return 2, nil
	}
	return int(count), nil
}

// An argument is a parameter of a function as Python declares it: its name, where its
// value goes, which has the default, and whether it must be given.
type pythonParameter struct {
	name     string
	to       any // *string, *bool, *float64, *time.Time or **time.Location
	required bool
}

// bindArguments gives parameters the values of a call, by position, then by name. None is
// the default. What it finds in kwargs it takes out.
func bindArguments(function string, args []any, kwargs template.Kwargs, parameters ...pythonParameter) error {
	if len(args) > len(parameters) {
		return fmt.Errorf("web: %s takes %d arguments, not %d", function, len(parameters), len(args))
	}
	for i, p := range parameters {
		value, named := kwargs[p.name]
		delete(kwargs, p.name)
		if i < len(args) {
			if named {
				return fmt.Errorf("web: %s: %s is given twice", function, p.name)
			}
			value = args[i]
		}
		switch {
		case value == nil && p.required:
			return fmt.Errorf("web: %s: %s is missing", function, p.name)
		case value != nil && !assignArgument(p.to, value):
			return fmt.Errorf("web: %s: %s cannot be a %T", function, p.name, value)
		}
	}
	for name := range kwargs {
		return fmt.Errorf("web: %s: unknown argument %s", function, name)
	}
	return nil
}

// assign stores a value of a template.
func assignArgument(to, value any) bool {
	number, isNumber := value.(float64)
	if n, ok := value.(int); ok {
		number, isNumber = float64(n), true
	}
	switch to := to.(type) {
	case *string:
		switch v := value.(type) {
		case string:
			*to = v
		case []byte:
			*to = string(v)
		default:
			return false
		}
		return true
	case *bool:
		*to = isLoggedIn(value) // Python's truth
		return true
	case *float64:
		*to = number
		return isNumber
	case *time.Time:
		if t, ok := value.(time.Time); ok {
			*to = t
			return true
		}
		whole, part := math.Modf(number)
		*to = time.Unix(int64(whole), int64(part*1e9)).UTC()
		return isNumber
	case **time.Location:
		location, ok := value.(*time.Location)
		*to = location
		return ok
	}
	return false
}
