package pysyntax

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A tokenKind is a class of tokens of Python's expressions and simple statements.
type tokenKind uint8

const (
	endToken tokenKind = iota
	nameToken
	numberToken // value is int64, *big.Int or float64
	stringToken // text is the value
	bytesToken
	fstringToken // text is the source between the quotes; raw is true after the prefix r
	opToken      // operators and keywords: text is the operator
)

type token struct {
	kind  tokenKind
	text  string
	value any
	raw   bool
}

func (t token) String() string {
	switch t.kind {
	case endToken:
		return "the end"
	case stringToken, bytesToken, fstringToken:
		return "a string"
	case numberToken:
		return fmt.Sprint(t.value)
	}
	return t.text
}

// isKeyword reports whether name may not be a variable.
func isKeyword(name string) bool {
	switch name {
	case "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
		"elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
		"not", "or", "pass", "raise", "return", "try", "while", "with", "yield":
		return true
	}
	return false
}

// operators lists the operators. An operator precedes those with which it begins, such as "**"
// before "*".
var operators = []string{
	"**=", "//=", ">>=", "<<=", "...",
	"**", "//", ">>", "<<", "<=", ">=", "==", "!=", "->", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=",
	"+", "-", "*", "/", "%", "@", "&", "|", "^", "~", "<", ">", "(", ")", "[", "]", "{", "}", ",", ":", ".", ";", "=",
}

// tokenize splits source into tokens. The last token is endToken. A line break is allowed only in
// brackets, as in Python.
func tokenize(source string) ([]token, error) {
	s := &scanner{text: source}
	for {
		t, err := s.next()
		if err != nil {
			return nil, err
		}
		s.tokens = append(s.tokens, t)
		if t.kind == endToken {
			return s.tokens, nil
		}
	}
}

// A scanner splits the text of one directive into tokens.
type scanner struct {
	text   string
	pos    int
	depth  int // open brackets
	tokens []token
}

func (s *scanner) next() (token, error) {
	if err := s.skipBlank(); err != nil {
		return token{}, err
	}
	rest := s.text[s.pos:]
	if rest == "" {
		return token{}, nil
	}
	r, _ := utf8.DecodeRuneInString(rest)
	switch {
	case r == '_' || unicode.IsLetter(r):
		return s.word()
	case '0' <= r && r <= '9', r == '.' && len(rest) > 1 && '0' <= rest[1] && rest[1] <= '9':
		return s.number()
	case r == '"' || r == '\'':
		return s.quoted("")
	}
	for _, op := range operators {
		if strings.HasPrefix(rest, op) {
			s.pos += len(op)
			switch op {
			case "(", "[", "{":
				s.depth++
			case ")", "]", "}":
				s.depth--
			}
			return token{kind: opToken, text: op}, nil
		}
	}
	return token{}, fmt.Errorf("invalid character %q", r)
}

// skipBlank skips white space, comments and joined lines.
func (s *scanner) skipBlank() error {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == ' ' || c == '\t' || c == '\f':
			s.pos++
		case c == '\\' && strings.HasPrefix(s.text[s.pos:], "\\\n"):
			s.pos += 2
		case c == '\n' || c == '\r':
			if s.depth <= 0 {
				return errors.New("invalid syntax: a line break outside brackets; put the expression into parentheses")
			}
			s.pos++
		case c == '#':
			end := strings.IndexByte(s.text[s.pos:], '\n')
			if end < 0 {
				end = len(s.text) - s.pos
			}
			s.pos += end
		default:
			return nil
		}
	}
	return nil
}

// word reads a name, a keyword, or a string literal with a prefix such as r or b.
func (s *scanner) word() (token, error) {
	end := strings.IndexFunc(s.text[s.pos:], func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
	})
	if end < 0 {
		end = len(s.text) - s.pos
	}
	name := s.text[s.pos : s.pos+end]
	if next := s.pos + end; len(name) <= 2 && next < len(s.text) && (s.text[next] == '"' || s.text[next] == '\'') {
		switch prefix := strings.ToLower(name); prefix {
		case "r", "b", "u", "f", "br", "rb", "fr", "rf":
			s.pos = next
			return s.quoted(prefix)
		}
	}
	s.pos += end
	if isKeyword(name) {
		return token{kind: opToken, text: name}, nil
	}
	return token{kind: nameToken, text: name}, nil
}

// number reads an integer or a float literal.
func (s *scanner) number() (token, error) {
	start := s.pos
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		exponent := (c == '+' || c == '-') && s.pos > start && s.text[s.pos-1]|0x20 == 'e' && !strings.HasPrefix(strings.ToLower(s.text[start:]), "0x")
		if c == '.' && strings.ContainsAny(s.text[start:s.pos], ".eExXjJ") { // an attribute
			break
		}
		if c != '.' && c != '_' && !exponent && !('0' <= c && c <= '9') && !('a' <= c|0x20 && c|0x20 <= 'z') {
			break
		}
		s.pos++
	}
	text := s.text[start:s.pos]
	if len(text) > 4300 {
		return token{}, errors.New("a number of more than 4300 digits")
	}
	if integer, ok := parseInt(text); ok {
		return token{kind: numberToken, value: integer}, nil
	}
	if last := text[len(text)-1]; last == 'j' || last == 'J' {
		return token{}, errors.New("complex numbers are not supported")
	}
	clean := strings.ReplaceAll(text, "_", "")
	if !strings.ContainsAny(text, ".eE") || strings.ContainsAny(text, "xXpPnNiI") || strings.HasPrefix(text, "_") || strings.HasSuffix(text, "_") || strings.Contains(text, "__") {
		return token{}, fmt.Errorf("invalid number %q", text)
	}
	f, err := strconv.ParseFloat(clean, 64)
	if err != nil && !strings.Contains(err.Error(), "range") {
		return token{}, fmt.Errorf("invalid number %q", text)
	}
	return token{kind: numberToken, value: f}, nil
}

// parseInt returns the int64 or *big.Int that an integer literal of Python denotes.
func parseInt(text string) (any, bool) {
	if len(text) > 1 && text[0] == '0' && strings.Trim(text, "0_") != "" && '0' <= text[1] && text[1] <= '9' {
		return nil, false // Python refuses 017
	}
	base := 0
	if strings.Trim(text, "0_") == "" {
		base, text = 10, strings.ReplaceAll(text, "_", "")
	}
	if n, err := strconv.ParseInt(text, base, 64); err == nil {
		return n, true
	}
	if n, ok := new(big.Int).SetString(text, base); ok {
		return n, true
	}
	return nil, false
}

// quoted reads a string literal from its opening quote on. prefix has the letters before the
// quote.
func (s *scanner) quoted(prefix string) (token, error) {
	t := token{kind: stringToken, raw: strings.Contains(prefix, "r")}
	switch {
	case strings.Contains(prefix, "b"):
		t.kind = bytesToken
	case strings.Contains(prefix, "f"):
		t.kind = fstringToken
	}
	quote := s.text[s.pos : s.pos+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.pos:], triple) {
		quote = triple
	}
	s.pos += len(quote)
	start := s.pos
	for {
		rest := s.text[s.pos:]
		switch {
		case rest == "" || rest[0] == '\n' && len(quote) == 1:
			return token{}, errors.New("unterminated string literal")
		case rest[0] == '\\' && len(rest) > 1:
			s.pos += 2
			continue
		case !strings.HasPrefix(rest, quote):
			s.pos++
			continue
		}
		break
	}
	t.text = s.text[start:s.pos]
	s.pos += len(quote)
	if t.kind == bytesToken && strings.IndexFunc(t.text, isWide) >= 0 {
		return token{}, errors.New("bytes can only contain ASCII literal characters")
	}
	if t.raw || t.kind == fstringToken {
		return t, nil
	}
	var err error
	t.text, err = Unescape(t.text, t.kind == bytesToken)
	return t, err
}

// isWide reports whether r is outside ASCII.
func isWide(r rune) bool { return r >= utf8.RuneSelf }
