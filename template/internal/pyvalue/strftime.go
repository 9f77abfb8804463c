package pyvalue

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// strftime formats as the C library does in its own locale, with %f and the flags - _ 0
// ^ of glibc.
func strftime(d *datetime, format string) (string, error) {
	var b strings.Builder
	for {
		text, rest, found := strings.Cut(format, "%")
		b.WriteString(text)
		if !found {
			return b.String(), nil
		}
		if rest == "" {
			b.WriteByte('%')
			return b.String(), nil
		}
		var flag byte
		if len(rest) > 1 && strings.IndexByte("-_0^#", rest[0]) >= 0 {
			flag, rest = rest[0], rest[1:]
		}
		b.WriteString(directive(d, rest[0], flag))
		if format = rest[1:]; b.Len() > maxText {
			return "", errTextTooLong
		}
	}
}

// directive formats one letter. A letter without a meaning is copied.
func directive(d *datetime, letter, flag byte) string {
	t := d.t
	if s, ok := dateDirective(t, letter, flag); ok {
		return s
	}
	switch letter {
	case 'H':
		return padNumber(t.Hour(), 2, '0', flag)
	case 'I':
		return padNumber((t.Hour()+11)%12+1, 2, '0', flag)
	case 'k':
		return padNumber(t.Hour(), 2, ' ', flag)
	case 'l':
		return padNumber((t.Hour()+11)%12+1, 2, ' ', flag)
	case 'M':
		return padNumber(t.Minute(), 2, '0', flag)
	case 'S':
		return padNumber(t.Second(), 2, '0', flag)
	case 'f':
		return fmt.Sprintf("%06d", t.Nanosecond()/1000)
	case 'p':
		return t.Format("PM")
	case 'P':
		return t.Format("pm")
	case 'z':
		return d.offset("")
	case 'Z':
		if d.naive {
			return ""
		}
		return t.Format("MST")
	case 's':
		return strconv.FormatInt(t.Unix(), 10)
	case 'c':
		return t.Format("Mon Jan _2 15:04:05 2006")
	case 'T', 'X':
		return t.Format("15:04:05")
	case 'R':
		return t.Format("15:04")
	case 'r':
		return t.Format("03:04:05 PM")
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case '%':
		return "%"
	}
	if flag != 0 {
		return "%" + string([]byte{flag, letter})
	}
	return "%" + string([]byte{letter})
}

func dateDirective(t time.Time, letter, flag byte) (string, bool) {
	isoYear, isoWeek := t.ISOWeek()
	number := func(n, width int) (string, bool) { return padNumber(n, width, '0', flag), true }
	switch letter {
	case 'Y':
		return strconv.Itoa(t.Year()), true
	case 'C':
		return number(t.Year()/100, 2)
	case 'y':
		return number(t.Year()%100, 2)
	case 'G':
		return strconv.Itoa(isoYear), true
	case 'g':
		return number(isoYear%100, 2)
	case 'V':
		return number(isoWeek, 2)
	case 'm':
		return number(int(t.Month()), 2)
	case 'd':
		return number(t.Day(), 2)
	case 'e':
		return padNumber(t.Day(), 2, ' ', flag), true
	case 'j':
		return number(t.YearDay(), 3)
	case 'U':
		return number((t.YearDay()+6-int(t.Weekday()))/7, 2)
	case 'W':
		return number((t.YearDay()+6-(weekday(t)-1))/7, 2)
	case 'u':
		return strconv.Itoa(weekday(t)), true
	case 'w':
		return strconv.Itoa(int(t.Weekday())), true
	case 'a':
		return word(t.Format("Mon"), flag), true
	case 'A':
		return word(t.Format("Monday"), flag), true
	case 'b', 'h':
		return word(t.Format("Jan"), flag), true
	case 'B':
		return word(t.Format("January"), flag), true
	case 'D', 'x':
		return t.Format("01/02/06"), true
	case 'F':
		return t.Format("2006-01-02"), true
	}
	return "", false
}

func word(s string, flag byte) string {
	if flag == '^' {
		return strings.ToUpper(s)
	}
	return s
}

func padNumber(n, width int, fill, flag byte) string {
	switch flag {
	case '-':
		return strconv.Itoa(n)
	case '_':
		fill = ' '
	case '0':
		fill = '0'
	}
	s := strconv.Itoa(n)
	return strings.Repeat(string([]byte{fill}), max(0, width-len(s))) + s
}
