package locale

import (
	"errors"
	"fmt"
	"strconv"
)

// A pluralRule returns the index of the plural form for a count n. It evaluates the
// expression of a Plural-Forms header, which is a C expression on unsigned numbers (GNU
// gettext manual, section 11.2.6). It fails only on a division by zero.
type pluralRule func(n uint64) (form uint64, err error)

const (
	maxRuleLength = 1000 // far above the length of the longest rule of a language, which is Arabic's
	maxRuleDepth  = 50
)

var errDivision = errors.New("division by zero")

// parsePluralRule parses the expression of a Plural-Forms header.
func parsePluralRule(text string) (pluralRule, error) {
	if len(text) > maxRuleLength {
		return nil, errors.New("too long")
	}
	p := &ruleParser{text: text}
	rule, err := p.choice()
	if err == nil && p.peek() != "" {
		err = fmt.Errorf("unexpected %q", p.peek())
	}
	return rule, err
}

// A ruleParser parses an expression from left to right, with one function for each
// precedence level of C.
type ruleParser struct {
	text  string // the rest of the expression
	depth int
}

// peek returns the next token, or "" at the end.
func (p *ruleParser) peek() string {
	for len(p.text) > 0 && (p.text[0] == ' ' || p.text[0] == '\t') {
		p.text = p.text[1:]
	}
	switch {
	case p.text == "":
		return ""
	case isDigit(p.text[0]):
		n := 1
		for n < len(p.text) && isDigit(p.text[n]) {
			n++
		}
		return p.text[:n]
	case len(p.text) > 1:
		switch two := p.text[:2]; two {
		case "||", "&&", "==", "!=", "<=", ">=":
			return two
		}
	}
	return p.text[:1]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// accept consumes the next token if it is the given one.
func (p *ruleParser) accept(token string) bool {
	if p.peek() != token {
		return false
	}
	p.text = p.text[len(token):]
	return true
}

func (p *ruleParser) expect(token string) error {
	if p.accept(token) {
		return nil
	}
	return fmt.Errorf("%q in place of %q", p.peek(), token)
}

func (p *ruleParser) choice() (pluralRule, error) {
	if p.depth++; p.depth > maxRuleDepth {
		return nil, errors.New("too deep")
	}
	defer func() { p.depth-- }()
	test, err := p.binary(0)
	if err != nil || !p.accept("?") {
		return test, err
	}
	yes, err := p.choice()
	if err != nil {
		return nil, err
	}
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	no, err := p.choice()
	return func(n uint64) (uint64, error) {
		switch v, err := test(n); {
		case err != nil:
			return 0, err
		case v != 0:
			return yes(n)
		}
		return no(n)
	}, err
}

// levels are the binary operators, from the lowest precedence to the highest.
var levels = [][]string{{"||"}, {"&&"}, {"==", "!="}, {"<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/", "%"}}

// binary parses an expression with the operators of a level and of higher levels.
func (p *ruleParser) binary(level int) (pluralRule, error) {
	if level == len(levels) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	for err == nil {
		operator := ""
		for _, candidate := range levels[level] {
			if operator == "" && p.accept(candidate) {
				operator = candidate
			}
		}
		if operator == "" {
			break
		}
		var right pluralRule
		if right, err = p.binary(level + 1); err == nil {
			left = combine(operator, left, right)
		}
	}
	return left, err
}

// combine returns the rule that applies an operator. Only a division can fail, so
// evaluating both sides of && and || is harmless.
func combine(operator string, left, right pluralRule) pluralRule {
	return func(n uint64) (uint64, error) {
		a, err := left(n)
		if err != nil {
			return 0, err
		}
		b, err := right(n)
		if err != nil {
			return 0, err
		}
		return apply(operator, a, b)
	}
}

func apply(operator string, a, b uint64) (uint64, error) {
	switch operator {
	case "||":
		return truth(a != 0 || b != 0), nil
	case "&&":
		return truth(a != 0 && b != 0), nil
	case "==":
		return truth(a == b), nil
	case "!=":
		return truth(a != b), nil
	case "<=":
		return truth(a <= b), nil
	case ">=":
		return truth(a >= b), nil
	case "<":
		return truth(a < b), nil
	case ">":
		return truth(a > b), nil
	case "+":
		return a + b, nil
	case "-":
		return a - b, nil
	case "*":
		return a * b, nil
	}
	switch {
	case b == 0:
		return 0, errDivision
	case operator == "/":
		return a / b, nil
	}
	return a % b, nil
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func (p *ruleParser) unary() (pluralRule, error) {
	switch token := p.peek(); {
	case token == "":
		return nil, errors.New("unexpected end")
	case p.accept("n"):
		return func(n uint64) (uint64, error) { return n, nil }, nil
	case isDigit(token[0]):
		p.accept(token)
		value, err := strconv.ParseUint(token, 10, 32)
		return func(uint64) (uint64, error) { return value, nil }, err
	case p.accept("("):
		inner, err := p.choice()
		if err == nil {
			err = p.expect(")")
		}
		return inner, err
	case p.accept("!"):
		if p.depth++; p.depth > maxRuleDepth {
			return nil, errors.New("too deep")
		}
		defer func() { p.depth-- }()
		operand, err := p.unary()
		return func(n uint64) (uint64, error) {
			v, err := operand(n)
			return truth(v == 0), err
		}, err
	default:
		return nil, fmt.Errorf("unexpected %q", token)
	}
}
