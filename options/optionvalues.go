package options

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

func isInteger(t reflect.Type) bool {
	return t != durationType && (t.Kind() == reflect.Int || t.Kind() == reflect.Int64)
}

func isKnown(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int64, reflect.Float64, reflect.Bool:
		return true
	}
	return t == timeType || isText(t)
}

// typeName returns Python's name of a type, as in Tornado's errors.
func typeName(t reflect.Type) string {
	switch {
	case t == timeType:
		return "datetime"
	case t == durationType:
		return "timedelta"
	case isText(t):
		return t.Name()
	}
	switch t.Kind() {
	case reflect.String:
		return "str"
	case reflect.Int, reflect.Int64:
		return "int"
	case reflect.Float64:
		return "float"
	case reflect.Slice:
		return "list"
	}
	return t.String()
}

// parseText returns the value of type t that text stands for. An error without a text means only
// that text is not such a value.
func parseText(t reflect.Type, text string) (reflect.Value, error) {
	v := reflect.New(t).Elem()
	switch {
	case t == timeType:
		at, err := parseTime(text)
		return reflect.ValueOf(at), err
	case t == durationType:
		d, err := parseDuration(text)
		return reflect.ValueOf(d), err
	case isText(t):
		return v, v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
	}
	switch t.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := parseBool(text)
		v.SetBool(b)
		return v, err
	case reflect.Float64:
		f, err := strconv.ParseFloat(plainNumber(text), 64)
		v.SetFloat(f)
		return v, silent(err)
	default:
		n, err := strconv.ParseInt(plainNumber(text), 10, t.Bits())
		v.SetInt(n)
		return v, silent(err)
	}
	return v, nil
}

var underscore = regexp.MustCompile(`(\d)_(\d)`)

// plainNumber returns the text of a Python number without the blanks around it and the "_"
// between its digits.
func plainNumber(text string) string {
	text = strings.TrimSpace(text)
	for underscore.MatchString(text) {
		text = underscore.ReplaceAllString(text, "$1$2")
	}
	return text
}

var errNoNumber = errors.New("")

// silent returns an error without a text in place of an error of strconv, unless that is about
// the range.
func silent(err error) error {
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return errors.Unwrap(err)
	}
	return errNoNumber
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "t", "1", "yes", "y", "on":
		return true, nil
	case "false", "f", "0", "no", "n", "off":
		return false, nil
	}
	return false, errors.New("use true or false")
}

// timeLayouts are Tornado's ten formats, in the order in which they are tried.
var timeLayouts = []string{
	"Mon Jan 2 15:04:05 2006",
	"2006-1-2 15:4:5", "2006-1-2 15:4", "2006-1-2T15:4",
	"20060102 15:4:5", "20060102 15:4",
	"2006-1-2", "20060102", "15:4:5", "15:4",
}

// parseTime returns a local time. A time without a date has the date 1900-01-01.
func parseTime(text string) (time.Time, error) {
	for i, layout := range timeLayouts {
		t, err := time.ParseInLocation(layout, text, time.Local)
		if err != nil {
			continue
		}
		if i >= len(timeLayouts)-2 {
			t = time.Date(1900, 1, 1, t.Hour(), t.Minute(), t.Second(), 0, time.Local)
		}
		return t, nil
	}
	return time.Time{}, errors.New("Unrecognized date/time format: " + quoted(text))
}

var units = map[string]time.Duration{
	"": time.Second, "s": time.Second, "sec": time.Second, "seconds": time.Second,
	"h": time.Hour, "hours": time.Hour, "m": time.Minute, "min": time.Minute, "minutes": time.Minute,
	"ms": time.Millisecond, "milliseconds": time.Millisecond, "us": time.Microsecond, "microseconds": time.Microsecond,
	"d": 24 * time.Hour, "days": 24 * time.Hour, "w": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour,
}

var durationPart = regexp.MustCompile(`^\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\s*([A-Za-z]*)\s*`)

// parseDuration returns the sum of the parts of text, such as "1h 30m" or "1.5 hours".
func parseDuration(text string) (time.Duration, error) {
	var sum float64
	for text != "" {
		m := durationPart.FindStringSubmatch(text)
		if m == nil {
			return 0, fmt.Errorf("%s is not a number and a unit", quoted(text))
		}
		unit, ok := units[m[2]]
		if !ok {
			return 0, fmt.Errorf("unknown unit %s; use h, m, s, ms, us, d or w", quoted(m[2]))
		}
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0, errNoNumber
		}
		sum += n * float64(unit)
		text = text[len(m[0]):]
	}
	if sum > float64(1<<63-1) || sum < -float64(1<<63-1) {
		return 0, errors.New("it is too long")
	}
	return time.Duration(sum), nil
}

// valueText returns value as Python's str shows it.
func valueText(value any) string {
	v := reflect.ValueOf(value)
	switch x := value.(type) {
	case time.Time:
		return x.Format("2006-01-02 15:04:05")
	case time.Duration:
		return durationText(x)
	case encoding.TextMarshaler:
		text, _ := x.MarshalText()
		return string(text)
	case fmt.Stringer:
		return x.String()
	case float64:
		return floatText(x)
	case bool:
		if x {
			return "True"
		}
		return "False"
	}
	if v.Kind() != reflect.Slice {
		return fmt.Sprint(value)
	}
	var items []string
	for i := range v.Len() {
		item := v.Index(i).Interface()
		text := valueText(item)
		if v.Index(i).Kind() == reflect.String {
			text = quoted(text)
		}
		items = append(items, text)
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func floatText(f float64) string {
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if f == float64(int64(f)) && f < 1e16 && f > -1e16 {
		text = strconv.FormatFloat(f, 'f', 1, 64)
	}
	return text
}

// durationText returns d like Python's timedelta: "1 day, 0:00:45".
func durationText(d time.Duration) string {
	const day = 24 * time.Hour
	days, rest := d/day, d%day
	if rest < 0 {
		days, rest = days-1, rest+day
	}
	text := ""
	switch days {
	case 0:
	case 1, -1:
		text = fmt.Sprintf("%d day, ", days)
	default:
		text = fmt.Sprintf("%d days, ", days)
	}
	text += fmt.Sprintf("%d:%02d:%02d", rest/time.Hour, rest/time.Minute%60, rest/time.Second%60)
	if micros := rest % time.Second / time.Microsecond; micros != 0 {
		text += fmt.Sprintf(".%06d", micros)
	}
	return text
}

// isNumber reports whether an argument that begins with "-" is a value and not an option.
func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && !slices.Contains([]string{"-inf", "-Inf", "-nan", "-NaN"}, text)
}
