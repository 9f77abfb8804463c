package locale

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	months = [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September",
		"October", "November", "December"}
	weekdays = [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
)

// DateOptions configure FormatDate. The zero value has Tornado's defaults.
type DateOptions struct {
	// Location is the zone for the shown date, such as the reader's, with its daylight
	// saving time; see time.LoadLocation. nil means the date's own zone.
	Location *time.Location
	// GMTOffset is the zone in minutes west of Greenwich, if Location is nil. 0 means the
	// date's own zone. Tornado: gmt_offset.
	GMTOffset int

	Absolute   bool // do not use "2 minutes ago" or "yesterday". Tornado: relative=False
	Shorter    bool // without the time of day
	FullFormat bool // always with month, day and year
}

// in returns date in the zone in which it is shown.
func (o DateOptions) in(date time.Time) time.Time {
	switch {
	case o.Location != nil:
		return date.In(o.Location)
	case o.GMTOffset != 0:
		return date.In(time.FixedZone("", -60*o.GMTOffset))
	}
	return date
}

// FormatDate returns a date relative to now: "2 minutes ago", "yesterday at 5:05 pm", "July
// 10 at 5:05 pm", "July 10, 1980 at 5:05 pm". It shows the date in its own zone unless
// o.Location is set. A date up to a minute ahead of now counts as now. A later one is shown
// with month, day and year. Tornado: format_date, which reads the clock itself.
func (l *Locale) FormatDate(date, now time.Time, o DateOptions) string {
	shown := o.in(date)
	if ahead := date.Sub(now); ahead > 0 {
		if !o.Absolute && ahead < time.Minute {
			date, shown = now, now.In(shown.Location())
		} else {
			o.FullFormat = true
		}
	}
	age := now.Sub(date)
	if !o.Absolute && !o.FullFormat && age < 24*time.Hour {
		return l.ago(int(age / time.Second))
	}
	onYesterday := dayNumber(now.In(shown.Location()))-dayNumber(shown) == 1
	return interpolate(l.Translate(dateFormat(age, onYesterday, o)), l.dateParts(shown))
}

// dayNumber returns the number of the calendar day of t, in t's zone.
func dayNumber(t time.Time) int64 {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
}

// ago returns the text for a date within the last day.
func (l *Locale) ago(seconds int) string {
	singular, plural, name, count := "1 second ago", "%(seconds)d seconds ago", "seconds", seconds
	switch {
	case seconds < 50:
	case seconds < 50*60:
		singular, plural, name = "1 minute ago", "%(minutes)d minutes ago", "minutes"
		count = int(math.RoundToEven(float64(seconds) / 60))
	default:
		singular, plural, name = "1 hour ago", "%(hours)d hours ago", "hours"
		count = int(math.RoundToEven(float64(seconds) / 3600))
	}
	return interpolate(l.TranslatePlural(singular, plural, count), map[string]string{name: strconv.Itoa(count)})
}

// dateFormat returns the format for a date of the given age.
func dateFormat(age time.Duration, onYesterday bool, o DateOptions) string {
	var format string
	days := int(math.Floor(age.Hours() / 24))
	switch {
	case o.FullFormat || days >= 334: // from 11 months on the date has its year, because it would seem to be one of this year otherwise
		format = "%(month_name)s %(day)s, %(year)s"
	case days == 0:
		return "%(time)s"
	case days == 1 && onYesterday && !o.Absolute:
		format = "yesterday"
	case days < 5:
		format = "%(weekday)s"
	default:
		format = "%(month_name)s %(day)s"
	}
	if !o.Shorter {
		format += " at %(time)s"
	}
	return format
}

// dateParts returns the values of the placeholders of date formats.
func (l *Locale) dateParts(t time.Time) map[string]string {
	return map[string]string{
		"month_name": l.months[t.Month()-1],
		"weekday":    l.weekdays[t.Weekday()],
		"day":        strconv.Itoa(t.Day()),
		"year":       strconv.Itoa(t.Year()),
		"time":       l.clock(t),
	}
}

// clock returns the time of day, in 12 hours for English and Chinese, in 24 hours for other
// languages.
func (l *Locale) clock(t time.Time) string {
	half, twelve := t.Hour()/12, (t.Hour()+11)%12+1
	switch l.Code {
	case "en", "en_US":
		return fmt.Sprintf("%d:%02d %s", twelve, t.Minute(), [2]string{"am", "pm"}[half])
	case "zh_CN":
		return fmt.Sprintf("%s%d:%02d", [2]string{"上午", "下午"}[half], twelve, t.Minute())
	}
	return fmt.Sprintf("%d:%02d", t.Hour(), t.Minute())
}

// FormatDay returns a date such as "Monday, January 22", or without weekday "January 22".
// gmtOffset is the zone in minutes west of Greenwich; 0 means the date's own zone.
// Tornado: format_day.
func (l *Locale) FormatDay(date time.Time, gmtOffset int, weekday bool) string {
	format := "%(month_name)s %(day)s"
	if weekday {
		format = "%(weekday)s, " + format
	}
	return interpolate(l.Translate(format), l.dateParts(DateOptions{GMTOffset: gmtOffset}.in(date)))
}

// List joins parts as in a sentence: "A, B and C", "A and B", "A", or "" for no parts.
// Tornado: list.
func (l *Locale) List(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	comma := ", "
	if strings.HasPrefix(l.Code, "fa") {
		comma = " \u0648 "
	}
	last := len(parts) - 1
	return interpolate(l.Translate("%(commas)s and %(last)s"), map[string]string{
		"commas": strings.Join(parts[:last], comma), "last": parts[last],
	})
}

// FriendlyNumber returns a number with a comma before every three digits in English, and
// its plain digits in other languages. Tornado: friendly_number.
func (l *Locale) FriendlyNumber(value int) string {
	s := strconv.Itoa(value)
	if l.Code != "en" && l.Code != "en_US" {
		return s
	}
	sign := ""
	if value < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

var placeholder = regexp.MustCompile(`%\(([a-z_]+)\)[sd]|%%`)

// interpolate replaces Python's named placeholders by values. A placeholder without a
// value, which is an error of the translation, stays as it is.
func interpolate(format string, values map[string]string) string {
	return placeholder.ReplaceAllStringFunc(format, func(p string) string {
		if p == "%%" {
			return "%"
		}
		if v, ok := values[p[2:len(p)-2]]; ok {
			return v
		}
		return p
	})
}
