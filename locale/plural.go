package locale

import (
	"errors"
	"fmt"
	"strconv"
)

// A pluralRule says which form of a message is for a count n: the expression of a
// Plural-Forms header, which is C's on unsigned numbers (manual of GNU gettext,
// section 11.2.6). It fails only where C would divide by zero.
type pluralRule func(n uint64) (form uint64, err error)

const (
	maxRuleLength = 1000 // far above the longest rule that a language has, Arabic's
	maxRuleDepth  = 50
)

var errDivision = errors.New("division by zero")

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

// A ruleParser reads an expression from left to right, a function for each level of C's
// precedence.
type ruleParser struct {
	text  string // what is left
	depth int
}

// peek returns the next token, "" at the end.
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

// accept takes the next token if it is that one.
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

// levels are the operators of two operands, those that bind least first.
var levels = [][]string{{"||"}, {"&&"}, {"==", "!="}, {"<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/", "%"}}

// binary parses a level of operators and what binds more.
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

// combine applies an operator. Nothing but a division can go wrong, so that both sides
// of && and || may be evaluated.
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
