package pysyntax

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tokens of Python's expressions and simple statements.
type tokenKind uint8

const (
	endToken tokenKind = iota
	nameToken
	numberToken // value is int64, *big.Int or float64
	stringToken // text is the value
	bytesToken
	fstringToken // text is the source between the quotes, raw says whether escapes hold
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

// operators, the longest first.
var operators = []string{
	"**=", "//=", ">>=", "<<=", "...",
	"**", "//", ">>", "<<", "<=", ">=", "==", "!=", "->", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=",
	"+", "-", "*", "/", "%", "@", "&", "|", "^", "~", "<", ">", "(", ")", "[", "]", "{", "}", ",", ":", ".", ";", "=",
}

// tokenize splits source into tokens; the last is endToken. A line break counts only
// between brackets, as in Python.
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

func (s *scanner) skipBlank() error {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == ' ' || c == '\t' || c == '\f':
			s.pos++
		case c == '\\' && strings.HasPrefix(s.text[s.pos:], "\\\n"):
			s.pos += 2
		case c == '\n' || c == '\r':
			if s.depth <= 0 {
				return fmt.Errorf("invalid syntax: a line break outside brackets; put the expression into parentheses")
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

func (s *scanner) number() (token, error) {
	start := s.pos
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		exponent := (c == '+' || c == '-') && s.pos > start && s.text[s.pos-1]|0x20 == 'e' && !strings.HasPrefix(strings.ToLower(s.text[start:]), "0x")
		if c != '.' && c != '_' && !exponent && !('0' <= c && c <= '9') && !('a' <= c|0x20 && c|0x20 <= 'z') {
			break
		}
		s.pos++
	}
	text := s.text[start:s.pos]
	if len(text) > 4300 {
		return token{}, fmt.Errorf("a number of more than 4300 digits")
	}
	if integer, ok := parseInt(text); ok {
		return token{kind: numberToken, value: integer}, nil
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

// parseInt reads Python's integer literals.
func parseInt(text string) (any, bool) {
	if len(text) > 1 && text[0] == '0' && strings.Trim(text, "0_") != "" && '0' <= text[1] && text[1] <= '9' {
		return nil, false // 017 is no number
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

// quoted reads a string literal from its quote on.
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
			return token{}, fmt.Errorf("unterminated string literal")
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
		return token{}, fmt.Errorf("bytes can only contain ASCII literal characters")
	}
	if t.raw || t.kind == fstringToken {
		return t, nil
	}
	var err error
	t.text, err = Unescape(t.text, t.kind == bytesToken)
	return t, err
}

// Unescape replaces the backslash escapes of a string literal, or of a bytes literal.
func Unescape(s string, isBytes bool) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	var b strings.Builder
	for s != "" {
		if s[0] != '\\' || len(s) == 1 {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		char, size, err := unescapeOne(s, isBytes)
		if err != nil {
			return "", err
		}
		b.WriteString(char)
		s = s[size:]
	}
	return b.String(), nil
}

// unescapeOne reads the escape that s begins with and says how long it is.
func unescapeOne(s string, isBytes bool) (char string, size int, err error) {
	const simple = "\\'\"abfnrtv"
	const value = "\\'\"\a\b\f\n\r\t\v"
	if i := strings.IndexByte(simple, s[1]); i >= 0 {
		return value[i : i+1], 2, nil
	}
	digits, base := 0, 16
	switch c := s[1]; {
	case c == '\n':
		return "", 2, nil
	case '0' <= c && c <= '7':
		size = 1
		for size < 4 && size < len(s) && '0' <= s[size] && s[size] <= '7' {
			size++
		}
		n, _ := strconv.ParseUint(s[1:size], 8, 32)
		return codePoint(rune(n), isBytes), size, nil
	case c == 'x':
		digits = 2
	case c == 'u' && !isBytes:
		digits = 4
	case c == 'U' && !isBytes:
		digits = 8
	case c == 'N' && !isBytes:
		return "", 0, fmt.Errorf(`\N{...} is not supported: write the character, or \u and its number`)
	default:
		return s[:2], 2, nil // Python keeps unknown escapes
	}
	if len(s) < 2+digits {
		return "", 0, fmt.Errorf("truncated \\%c escape", s[1])
	}
	n, err := strconv.ParseUint(s[2:2+digits], base, 32)
	if err != nil || n > unicode.MaxRune {
		return "", 0, fmt.Errorf("invalid \\%c escape", s[1])
	}
	return codePoint(rune(n), isBytes), 2 + digits, nil
}

func codePoint(r rune, isBytes bool) string {
	if isBytes {
		return string([]byte{byte(r)})
	}
	return string(r)
}

func isWide(r rune) bool { return r >= utf8.RuneSelf }
