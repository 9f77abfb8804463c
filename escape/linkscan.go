package escape

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A link is a URL found in escaped text. As a regular expression it is
//
//	\b ( [\w-]+ : /{1,3} | www[.] ) ( C*E | \( C* \) )+
//
// C is "&amp;", "&quot;", or a character that is not white space and not one of & ( ).
// E is a C that is neither an entity nor ASCII punctuation, except for - / \ _.
type link struct {
	start, end int
	scheme     string // "" if the URL starts with "www."
	prefix     int    // bytes of scheme, colon and slashes
}

// A linkScanner finds the links in text in linear time, because every step is bounded. It reads a
// scheme backwards from its colon, up to a character that no scheme has. Text after a URL that
// does not belong to it is read twice at most: it ends at the next parenthesis, ampersand or
// space, or it is punctuation, in which no URL starts.
type linkScanner struct {
	text   string
	looked int // number of bytes that were read, with repetitions
}

// nextLink returns the first link that starts at or after from. from is 0 or the end of another
// link.
func (s *linkScanner) nextLink(from int) (link, bool) {
	for at := from; ; at++ {
		i := strings.IndexAny(s.text[at:], ":.")
		if i < 0 {
			s.looked += len(s.text) - at
			return link{}, false
		}
		s.looked += i + 1
		at += i
		parse := s.www
		if s.text[at] == ':' {
			parse = s.scheme
		}
		if l, ok := parse(from, at); ok {
			return l, true
		}
	}
}

// www returns the link whose "www." ends with the dot at index dot.
func (s *linkScanner) www(from, dot int) (link, bool) {
	start := dot - len("www")
	if start < from || s.text[start:dot] != "www" {
		return link{}, false
	}
	if before, _ := utf8.DecodeLastRuneInString(s.text[:start]); isWord(before) {
		return link{}, false
	}
	end := s.bodyEnd(dot + 1)
	return link{start: start, end: end}, end > dot+1
}

// scheme returns the link whose scheme ends with the colon at index colon.
func (s *linkScanner) scheme(from, colon int) (link, bool) {
	slashes := 0
	for slashes < 3 && strings.HasPrefix(s.text[colon+1+slashes:], "/") {
		slashes++
	}
	if slashes == 0 {
		return link{}, false
	}
	start := s.schemeStart(from, colon)
	if start == colon {
		return link{}, false
	}
	for ; slashes > 0; slashes-- { // "http://!" is a URL that ends with its second slash
		body := colon + 1 + slashes
		if end := s.bodyEnd(body); end > body {
			return link{start, end, s.text[start:colon], body - start}, true
		}
	}
	return link{}, false
}

// schemeStart returns the index at which the scheme before colon starts, or colon if there
// is none. A scheme cannot start with "-", because there is no \b before it.
func (s *linkScanner) schemeStart(from, colon int) int {
	start := colon
	for i := colon; i > from; {
		r, size := utf8.DecodeLastRuneInString(s.text[from:i])
		s.looked += size
		i -= size
		if isWord(r) {
			start = i
		} else if r != '-' {
			break
		}
	}
	return start
}

// bodyEnd returns the end of the URL body that starts at i, or i if there is none.
func (s *linkScanner) bodyEnd(i int) int {
	for {
		_, i = s.skipURLChars(i)
		if i == len(s.text) || s.text[i] != '(' {
			return i
		}
		stop, _ := s.skipURLChars(i + 1)
		if stop == len(s.text) || s.text[stop] != ')' {
			return i
		}
		i = stop + 1
	}
}

// skipURLChars passes over the characters C from index i. It returns the index after them in
// stop, and the end of the last E among them in last; last is i if there is no E.
func (s *linkScanner) skipURLChars(i int) (stop, last int) {
	stop, last = i, i
	for stop < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[stop:])
		switch {
		case r == '&' && strings.HasPrefix(s.text[stop:], "&amp;"):
			size = len("&amp;")
		case r == '&' && strings.HasPrefix(s.text[stop:], "&quot;"):
			size = len("&quot;")
		case r == '&' || r == '(' || r == ')' || isSpace(r):
			return stop, last
		case !strings.ContainsRune("!\"#$%'*+,.:;<=>?@[]^`{|}~", r):
			last = stop + size
		}
		s.looked += size
		stop += size
	}
	return stop, last
}

// isWord reports whether \w of Python's regular expressions matches r.
func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
}
