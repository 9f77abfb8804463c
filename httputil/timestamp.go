package httputil

import "time"

const (
	weekdays = "SunMonTueWedThuFriSat"
	months   = "JanFebMarAprMayJunJulAugSepOctNovDec"
)

// FormatTimestamp returns t in the date format of HTTP (IMF-fixdate, RFC 9110, section
// 5.6.7): "Sun, 27 Jan 2013 18:43:20 GMT". Fractions of a second are cut off.
// Tornado: format_timestamp.
func FormatTimestamp(t time.Time) string {
	var b [len("Sun, 27 Jan 2013 18:43:20 GMT")]byte
	return string(AppendTimestamp(b[:0], t))
}

// AppendTimestamp appends the result of FormatTimestamp to b.
func AppendTimestamp(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = append(b, weekdays[t.Weekday()*3:][:3]...)
	b = append(b, ", "...)
	b = append(appendTwoDigits(b, day), ' ')
	b = append(b, months[(month-1)*3:][:3]...)
	b = append(b, ' ')
	b = appendTwoDigits(appendTwoDigits(b, year/100%100), year%100)
	b = append(appendTwoDigits(append(b, ' '), hour), ':')
	b = append(appendTwoDigits(b, minute), ':')
	return append(appendTwoDigits(b, second), " GMT"...)
}

func appendTwoDigits(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }
