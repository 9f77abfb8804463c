package pyvalue

import (
	"errors"
	"regexp"
	"strings"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
)

// messages has messages of the interpreter, and Python's messages for the same errors.
var messages = []struct {
	pattern *regexp.Regexp
	kind    string
	message string
}{
	{regexp.MustCompile(`^(\w+) has no \.(\w+)(?:\(\))? field or method.*`), "AttributeError", "'$1' object has no attribute '$2'"},
	{regexp.MustCompile(`^(?:local|global) variable (\w+) referenced before assignment$`), "UnboundLocalError", "cannot access local variable '$1' where it is not associated with a value"},
	{regexp.MustCompile(`^key (.*) not in \w+$`), "KeyError", "$1"},
	{regexp.MustCompile(`^missing key: (.*)$`), "KeyError", "$1"},
	{regexp.MustCompile(`^(?:(\w+) )?index -?\d+ out of range.*$`), "IndexError", "$1 index out of range"},
	{regexp.MustCompile(`^unknown binary op: (\w+) (\S+) (\w+)$`), "TypeError", "unsupported operand type(s) for $2: '$1' and '$3'"},
	{regexp.MustCompile(`^(\w+) (<=|>=|<|>) (\w+) not implemented$`), "TypeError", "'$2' not supported between instances of '$1' and '$3'"},
	{regexp.MustCompile(`^list index: got string, want int$`), "TypeError", "list indices must be integers or slices, not str"},
	{regexp.MustCompile(`^tuple index: got string, want int$`), "TypeError", "tuple indices must be integers or slices, not str"},
	{regexp.MustCompile(`^range index: got string, want int$`), "TypeError", "range indices must be integers or slices, not str"},
	{regexp.MustCompile(`^bytes index: got string, want int$`), "TypeError", "byte indices must be integers or slices, not str"},
	{regexp.MustCompile(`^string index: got string, want int$`), "TypeError", "string indices must be integers, not 'str'"},
	{regexp.MustCompile(`^got (?:string|bytes) in sequence assignment$`), "TypeError", "unpacking text is not supported in a template: make a list of it"},
	{regexp.MustCompile(`^got (\w+) in sequence assignment$`), "TypeError", "cannot unpack non-iterable $1 object"},
	{regexp.MustCompile(`^function lambda accepts no arguments \(1 given\)$`), "TypeError", "<lambda>() takes 0 positional arguments but 1 was given"},
	{regexp.MustCompile(`^function lambda accepts no arguments \((\d+) given\)$`), "TypeError", "<lambda>() takes 0 positional arguments but $1 were given"},
	{regexp.MustCompile(`^function lambda accepts (?:at most )?1 positional argument \((\d+) given\)$`), "TypeError", "<lambda>() takes 1 positional argument but $1 were given"},
	{regexp.MustCompile(`^function lambda accepts (?:at most )?(\d+) positional arguments \((\d+) given\)$`), "TypeError", "<lambda>() takes $1 positional arguments but $2 were given"},
	{regexp.MustCompile(`^function lambda missing 1 argument \((\w+)\)$`), "TypeError", "<lambda>() missing 1 required positional argument: '$1'"},
	{regexp.MustCompile(`^function lambda got an unexpected keyword argument "(\w+)"$`), "TypeError", "<lambda>() got an unexpected keyword argument '$1'"},
	{regexp.MustCompile(`^function lambda got multiple values for parameter "(\w+)"$`), "TypeError", "<lambda>() got multiple values for argument '$1'"},
	{regexp.MustCompile(`^invalid call of non-function \((\w+)\)$`), "TypeError", "'$1' object is not callable"},
	{regexp.MustCompile(`^(\w+) value is not iterable$`), "TypeError", "'$1' object is not iterable"},
	{regexp.MustCompile(`^too many values to unpack.*want (\d+)\)$`), "ValueError", "too many values to unpack (expected $1)"},
	{regexp.MustCompile(`^too few values to unpack \(got (\d+), want (\d+)\)$`), "ValueError", "not enough values to unpack (expected $2, got $1)"},
	{regexp.MustCompile(`^unhashable( type)?: (\w+)$`), "TypeError", "unhashable type: '$2'"},
	{regexp.MustCompile(`^(.*called recursively)$`), "RecursionError", "$1"},
	{regexp.MustCompile(`^(unhandled index operation) (\w+)\[.*$`), "TypeError", "'$2' object is not subscriptable"},
	{regexp.MustCompile(`^in operator requires`), "TypeError", "$0"},
	{regexp.MustCompile(`^'in <string>' requires string as left operand, not (\w+)`), "TypeError", "'in <string>' requires string as left operand, not $1"},
	{regexp.MustCompile(`^int: invalid literal with base (\d+): (.*)$`), "ValueError", "invalid literal for int() with base $1: '$2'"},
	{regexp.MustCompile(`^(.*(?:not found|invalid|must be).*)$`), "ValueError", "$1"},
}

// starlarkTypeNames replaces Starlark's names of types by Python's.
var starlarkTypeNames = strings.NewReplacer("'string'", "'str'", "'builtin_function_or_method'", "'builtin_function_or_method'", "string index", "string index", "not string", "not str")

// pythonError gives an error of the interpreter the class and the message that it has in Python.
func pythonError(err error) error {
	var already *pyError
	var limit *limitError
	switch {
	case errors.As(err, &limit):
		return limit
	case errors.As(err, &already):
		return already
	}
	var cause error = err
	for eval := (*starlark.EvalError)(nil); errors.As(cause, &eval); {
		if inner := eval.Unwrap(); inner != nil {
			cause, eval = inner, nil
			continue
		}
		break
	}
	text := cause.Error()
	if strings.HasPrefix(text, "Starlark computation cancelled: ") {
		return &limitError{strings.TrimPrefix(text, "Starlark computation cancelled: ")}
	}
	for _, m := range messages {
		if m.pattern.MatchString(text) {
			message := starlarkTypeNames.Replace(m.pattern.ReplaceAllString(text, m.message))
			if m.kind == "KeyError" {
				return pyKeyError(message)
			}
			return &pyError{kind: m.kind, message: strings.TrimSpace(message)}
		}
	}
	if isGoError(cause) {
		return cause
	}
	return &pyError{kind: "TypeError", message: text}
}

// pyKeyError returns the error for a key that Starlark has not found. A text key has Starlark's
// quotes. Starlark itself looks up no other keys.
func pyKeyError(key string) error {
	if len(key) > 1 && key[0] == '"' {
		if s, err := pysyntax.Unescape(key[1:len(key)-1], false); err == nil {
			return keyError(starlark.String(s))
		}
	}
	return &pyError{kind: "KeyError", message: key}
}
