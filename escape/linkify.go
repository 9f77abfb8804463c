package escape

import (
	"strings"
	"unicode/utf8"
)

// LinkifyOptions tune Linkify. The zero value does what Tornado does by default.
type LinkifyOptions struct {
	// Shorten cuts the visible text of long URLs; the whole one becomes the title.
	Shorten bool
	// ExtraParams is put into every tag as it is, such as `rel="nofollow"`.
	ExtraParams string
	// ExtraParamsFunc gives what ExtraParams does, by link, and wins over it. It gets
	// the href as it will stand in the tag, escaped.
	ExtraParamsFunc func(href string) string
	// RequireProtocol leaves alone what only starts with "www.".
	RequireProtocol bool
	// PermittedProtocols are the schemes to link, compared exactly; nil means http and
	// https. It is not safe to permit such as "javascript".
	PermittedProtocols []string
}

// Linkify escapes plain text as XHTMLEscape does and makes links of the URLs in it:
// what starts with a scheme and one to three slashes, or with "www.". Punctuation
// behind a URL is not part of it; parentheses are if they are balanced, one level deep.
// The time it takes grows with the length of text, whatever text is. Tornado: linkify.
func Linkify(text string, o LinkifyOptions) string {
	text = XHTMLEscape(text)
	scanner := linkScanner{text: text}
	var b strings.Builder
	b.Grow(len(text))
	done := 0
	for l, ok := scanner.next(0); ok; l, ok = scanner.next(l.end) {
		if !o.permits(l) {
			continue
		}
		b.WriteString(text[done:l.start])
		o.writeAnchor(&b, text[l.start:l.end], l)
		done = l.end
	}
	b.WriteString(text[done:])
	return b.String()
}

func (o *LinkifyOptions) permits(l link) bool {
	switch {
	case l.scheme == "":
		return !o.RequireProtocol
	case o.PermittedProtocols == nil:
		return l.scheme == "http" || l.scheme == "https"
	}
	for _, p := range o.PermittedProtocols {
		if l.scheme == p {
			return true
		}
	}
	return false
}

func (o *LinkifyOptions) writeAnchor(b *strings.Builder, url string, l link) {
	href := url
	if l.scheme == "" {
		href = "http://" + url
	}
	b.WriteString(`<a href="`)
	b.WriteString(href)
	b.WriteByte('"')
	if o.ExtraParamsFunc != nil {
		b.WriteByte(' ')
		b.WriteString(strings.TrimFunc(o.ExtraParamsFunc(href), isSpace))
	} else if o.ExtraParams != "" {
		b.WriteByte(' ')
		b.WriteString(strings.TrimFunc(o.ExtraParams, isSpace))
	}
	if o.Shorten {
		if short := shorten(url, l.prefix); short != url {
			b.WriteString(` title="`)
			b.WriteString(href)
			b.WriteByte('"')
			url = short
		}
	}
	b.WriteByte('>')
	b.WriteString(url)
	b.WriteString("</a>")
}

const (
	maxVisible = 30 // characters of a URL that is shown whole
	maxHost    = 45 // characters of host and first path piece that are not cut again
)

// shorten cuts an escaped URL, whose first prefix bytes are scheme and slashes, to its
// host and the start of its path. It returns url itself if that would not be shorter.
func shorten(url string, prefix int) string {
	length := utf8.RuneCountInString(url)
	if length <= maxVisible {
		return url
	}
	short := url
	if host, path, found := strings.Cut(url[prefix:], "/"); found {
		piece, _, _ := strings.Cut(path, "/")
		piece = firstRunes(piece, 8)
		if i := strings.IndexAny(piece, "?."); i >= 0 {
			piece = piece[:i]
		}
		short = url[:prefix+len(host)+len("/")] + piece
	}
	if utf8.RuneCountInString(short) > maxHost {
		short = firstRunes(short, maxVisible)
	}
	if short == url {
		return url
	}
	// An entity that starts this near the cut may be half of one.
	if amp := strings.LastIndexByte(short, '&'); amp >= 0 && utf8.RuneCountInString(short[:amp]) > maxVisible-5 {
		short = short[:amp]
	}
	if short += "..."; utf8.RuneCountInString(short) >= length {
		return url
	}
	return short
}

// firstRunes returns the first n characters of s, all of s if it has fewer.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
