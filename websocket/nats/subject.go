package nats

import "strings"

// subjectOf returns the subject of a topic. The parts before the second dot stay. In the rest,
// bytes other than letters, digits, "_" and "-" become "=" and two hexadecimal digits, because
// dots, wildcards and white space have a meaning in subjects.
func subjectOf(topic string) string {
	name, rest, _ := strings.Cut(topic, ".")
	kind, rest, ok := strings.Cut(rest, ".")
	if !ok {
		return topic
	}
	var b strings.Builder
	b.WriteString(name)
	b.WriteByte('.')
	b.WriteString(kind)
	b.WriteByte('.')
	const digits = "0123456789ABCDEF"
	for i := range len(rest) {
		c := rest[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('=')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}
