package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// parseDate returns the time of an HTTP date (RFC 9110, section 5.6.7). Like Tornado, it
// also accepts the dates of Python's email.utils.parsedate_to_datetime: any case, a wrong
// weekday or none, two-digit years, a time without seconds, zones other than GMT. A date
// without a known zone is in UTC.
func parseDate(text string) (time.Time, bool) {
	if text == "" { // most requests have no such header
		return time.Time{}, false
	}
	if t, err := http.ParseTime(text); err == nil {
		return t, true
	}
	fields, ok := dateFields(text)
	if !ok {
		return time.Time{}, false
	}
	return fields.time()
}

// A lenientDate holds the parts of a date as text, in lower case.
type lenientDate struct{ day, month, year, clock, zone string }

// dateFields splits a date into its parts.
func dateFields(text string) (d lenientDate, ok bool) {
	parts := strings.Fields(strings.ToLower(text))
	if len(parts) == 0 {
		return d, false
	}
	if strings.HasSuffix(parts[0], ",") || len(parts[0]) == 3 && strings.Contains(weekdays, parts[0]) {
		parts = parts[1:]
	} else if _, day, found := strings.Cut(parts[0], ","); found {
		parts[0] = day
	}
	if len(parts) > 0 && strings.Count(parts[0], "-") == 2 { // 01-Dec-26
		parts = append(strings.Split(parts[0], "-"), parts[1:]...)
	}
	if len(parts) == 4 {
		parts = append(parts, "")
	}
	if len(parts) < 5 {
		return d, false
	}
	d = lenientDate{parts[0], parts[1], strings.TrimSuffix(parts[2], ","), strings.TrimSuffix(parts[3], ","), parts[4]}
	if monthOf(d.month) == 0 {
		d.day, d.month = d.month, d.day
	}
	if strings.Contains(d.year, ":") { // Dec 1 02:03:04 2026
		d.year, d.clock = d.clock, d.year
	}
	d.day = strings.TrimSuffix(d.day, ",")
	return d, true
}

// time returns the time of d, unless one of its parts is out of range.
func (d lenientDate) time() (t time.Time, ok bool) {
	month := monthOf(d.month)
	day, dayErr := strconv.Atoi(d.day)
	year, yearErr := strconv.Atoi(d.year)
	clock := strings.FieldsFunc(d.clock, func(r rune) bool { return r == ':' || r == '.' })
	if month == 0 || dayErr != nil || yearErr != nil || year < 0 || year > 9999 || len(clock) < 2 || len(clock) > 3 {
		return t, false
	}
	switch {
	case year < 69:
		year += 2000
	case year < 100:
		year += 1900
	}
	var hms [3]int
	for i, text := range clock {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > []int{23, 59, 59}[i] {
			return t, false
		}
		hms[i] = n
	}
	t = time.Date(year, month, day, hms[0], hms[1], hms[2], 0, zoneOf(d.zone))
	return t, t.Day() == day // time.Date turns 31 February into 3 March
}

const weekdays = "mon tue wed thu fri sat sun"

// monthOf returns the month with a short or full name in lower case, or 0 if there is none.
func monthOf(name string) time.Month {
	for m := time.January; m <= time.December; m++ {
		if full := strings.ToLower(m.String()); name == full || name == full[:3] {
			return m
		}
	}
	return 0
}

// zoneHours has the zones of RFC 5322, section 4.3, in hours east of UTC.
var zoneHours = map[string]int{
	"ast": -4, "adt": -3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}

// zoneOf returns the zone called name in lower case, such as est or +0100. An unknown zone
// is UTC.
func zoneOf(name string) *time.Location {
	if hours, ok := zoneHours[name]; ok {
		return time.FixedZone("", hours*3600)
	}
	if t, err := time.Parse("-0700", name); err == nil {
		return t.Location()
	}
	return time.UTC
}
