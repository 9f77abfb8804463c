package escape

import (
	"strings"
	"unicode/utf8"
)

// LinkifyOptions configure Linkify. The zero value does what Tornado does by default.
type LinkifyOptions struct {
	// Shorten cuts the visible text of long URLs; the whole URL becomes the title.
	Shorten bool
	// ExtraParams is inserted into every tag unchanged, such as `rel="nofollow"`.
	ExtraParams string
	// ExtraParamsFunc returns the extra parameters for one link and overrides ExtraParams.
	// href is escaped, as in the tag.
	ExtraParamsFunc func(href string) string
	// RequireProtocol ignores URLs that start with "www." instead of a scheme.
	RequireProtocol bool
	// PermittedProtocols are the schemes to link, compared exactly; nil means http and
	// https. Schemes such as "javascript" are not safe to permit.
	PermittedProtocols []string
}

// Linkify escapes plain text as XHTMLEscape does and turns its URLs into links. A URL starts
// with a scheme and one to three slashes, or with "www.". Punctuation after a URL is not
// part of it; parentheses are if they are balanced, one level deep. The running time is
// linear in the length of text. Tornado: linkify.
func Linkify(text string, o LinkifyOptions) string {
	text = XHTMLEscape(text)
	scanner := linkScanner{text: text}
	var b strings.Builder
	b.Grow(len(text))
	done := 0
	for l, ok := scanner.nextLink(0); ok; l, ok = scanner.nextLink(l.end) {
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
	maxVisible = 30 // largest number of characters of a URL that is not shortened
	maxHost    = 45 // largest number of characters of a host and first path segment that are not cut again
)

// shorten cuts an escaped URL to its host and the start of its path. The first prefix bytes
// are the scheme and slashes. It returns url itself if the result would not be shorter.
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
	// An entity that starts this close to the cut may be incomplete.
	if amp := strings.LastIndexByte(short, '&'); amp >= 0 && utf8.RuneCountInString(short[:amp]) > maxVisible-5 {
		short = short[:amp]
	}
	if short += "..."; utf8.RuneCountInString(short) >= length {
		return url
	}
	return short
}

// firstRunes returns the first n characters of s, or all of s if it has fewer.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
