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

// DateOptions tune FormatDate. The zero value does what Tornado's defaults do.
type DateOptions struct {
	GMTOffset  int  // minutes that the reader is west of Greenwich. Tornado: gmt_offset
	Absolute   bool // never "2 minutes ago" or "yesterday". Tornado: relative=False
	Shorter    bool // without the time of the day
	FullFormat bool // always with month, day and year
}

// FormatDate tells when date was, seen from now: "2 minutes ago", "yesterday at
// 5:05 pm", "July 10 at 5:05 pm", "July 10, 1980 at 5:05 pm". A date up to a minute
// ahead counts as now, one further ahead is told in full. Tornado: format_date, which
// reads the clock itself.
func (l *Locale) FormatDate(date, now time.Time, o DateOptions) string {
	if ahead := date.Sub(now); ahead > 0 {
		if !o.Absolute && ahead < time.Minute {
			date = now
		} else {
			o.FullFormat = true
		}
	}
	if !o.Absolute && !o.FullFormat && now.Sub(date) < 24*time.Hour {
		return l.ago(int(now.Sub(date) / time.Second))
	}
	west := time.Duration(o.GMTOffset) * time.Minute
	local := date.UTC().Add(-west)
	yesterday := now.UTC().Add(-west - 24*time.Hour)
	format := l.Translate(dateFormat(now.Sub(date), local.Day() == yesterday.Day(), o))
	return interpolate(format, l.dateParts(local))
}

// ago is for dates within a day.
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

// dateFormat chooses the format for a date of that age.
func dateFormat(age time.Duration, onYesterday bool, o DateOptions) string {
	var format string
	days := int(math.Floor(age.Hours() / 24))
	switch {
	case o.FullFormat || days >= 334: // 11 months: the same month a year ago would be taken for this year's
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

func (l *Locale) dateParts(t time.Time) map[string]string {
	return map[string]string{
		"month_name": l.months[t.Month()-1],
		"weekday":    l.weekdays[t.Weekday()],
		"day":        strconv.Itoa(t.Day()),
		"year":       strconv.Itoa(t.Year()),
		"time":       l.clock(t),
	}
}

// clock is the time of the day: of 12 hours in English and Chinese, else of 24.
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

// FormatDay is a date such as "Monday, January 22", or without weekday "January 22".
// gmtOffset is in minutes west of Greenwich. Tornado: format_day.
func (l *Locale) FormatDay(date time.Time, gmtOffset int, weekday bool) string {
	format := "%(month_name)s %(day)s"
	if weekday {
		format = "%(weekday)s, " + format
	}
	return interpolate(l.Translate(format), l.dateParts(date.UTC().Add(-time.Duration(gmtOffset)*time.Minute)))
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

// FriendlyNumber is a number with a comma before every three digits in English, and
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

// interpolate puts values in the place of Python's named placeholders. One without a
// value, a translator's mistake, stays as it is.
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
