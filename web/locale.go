package web

import (
	"fmt"
	"math"
	"time"

	"github.com/gotornado/tornado/locale"
	"github.com/gotornado/tornado/template"
)

// Locale returns the language of the response: the value given to SetLocale, or the result
// of GetUserLocale, or else of GetBrowserLocale. These are called once per request.
// Tornado: locale.
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

// SetLocale sets the language of the response, for example in Prepare. After
// SetLocale(nil), Locale calls the hooks again. Tornado: an assignment to locale.
func (h *RequestHandler) SetLocale(l *locale.Locale) { h.extra().locale = l }

// GetUserLocale returns nil, which means that the user has not chosen a language. Override
// it to return the chosen one from Settings.Translations. Tornado: get_user_locale.
func (h *RequestHandler) GetUserLocale() *locale.Locale { return nil }

// GetBrowserLocale returns the closest match for the header Accept-Language (RFC 9110,
// section 12.5.4). If the header names no language, it returns the match for fallback,
// "en_US" by default. Tornado: get_browser_locale.
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

// A templateLocale is the locale in templates: its methods take Python's arguments, and use
// the loop's clock. It has the other methods of the locale unchanged.
type templateLocale struct {
	*locale.Locale
	handler *RequestHandler
}

// Translate implements translate(message, plural_message=None, count=None).
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

// Pgettext implements pgettext(context, message, plural_message=None, count=None).
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

// FormatDate implements format_date(date, gmt_offset=0, relative=True, shorter=False,
// full_format=False, location=None). date is a datetime, or seconds since 1970. location is
// a *time.Location; Tornado has no such argument.
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

// FormatDay implements format_day(date, gmt_offset=0, dow=True, location=None).
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

// wholeCount converts a count to an int. A count that is not a whole number becomes 2,
// which is plural.
func wholeCount(function string, count float64) (int, error) {
	switch {
	case math.IsNaN(count):
		return 0, fmt.Errorf("web: %s: plural_message needs a count", function)
	case count != math.Trunc(count) || math.Abs(count) > 1<<52:
		return 2, nil
	}
	return int(count), nil
}

// A pythonParameter is a parameter of a function in Python's form: its name, a pointer to
// its value, which holds the default, and whether it is required.
type pythonParameter struct {
	name     string
	to       any // *string, *bool, *float64, *time.Time or **time.Location
	required bool
}

// bindArguments stores the arguments of a call in the parameters, by position and then by
// name. None means the default. It removes the named arguments from kwargs.
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

// assignArgument stores a value of a template in to. It returns false if the types do not
// fit.
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
