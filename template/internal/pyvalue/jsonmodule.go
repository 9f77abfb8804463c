package pyvalue

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/gotornado/tornado/escape"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// jsonModule holds the names of Python's module json.
func jsonModule() map[string]starlark.Value {
	table := map[string]starlark.Value{"JSONDecodeError": exceptionClasses["JSONDecodeError"]}
	for _, f := range []*function{
		newFunction("dumps(obj, *, skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, cls=None, indent=None, separators=None, default=None, sort_keys=False, **kw) python", jsonDumps),
		newFunction("loads(s, *, cls=None, object_hook=None, parse_float=None, parse_int=None, parse_constant=None, object_pairs_hook=None, **kw) python", jsonLoads),
		newFunction("dump(*args, **kwargs) python", jsonFile), newFunction("load(*args, **kwargs) python", jsonFile),
	} {
		table[f.name] = f
	}
	return table
}

func jsonFile(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
	return nil, notSupported("JSON in files")
}

// A jsonEncoder is json.dumps with its options.
type jsonEncoder struct {
	thread      *starlark.Thread
	dst         []byte
	indented    bool
	indent      string
	itemSep     string
	keySep      string
	ensureASCII bool
	sortKeys    bool
	skipKeys    bool
	allowNaN    bool
	fallback    starlark.Value
}

// newJSONEncoder returns an encoder with Python's defaults.
func newJSONEncoder(thread *starlark.Thread) *jsonEncoder {
	return &jsonEncoder{thread: thread, itemSep: ", ", keySep: ": ", ensureASCII: true, allowNaN: true, fallback: starlark.None}
}

func jsonDumps(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	e := newJSONEncoder(thread)
	e.skipKeys, e.ensureASCII, e.allowNaN = bool(args[1].Truth()), bool(args[2].Truth()), bool(args[4].Truth())
	e.fallback, e.sortKeys = args[8], bool(args[9].Truth())
	if more := keywords(args[10]); len(more) > 0 {
		return nil, raise("TypeError", "JSONEncoder.__init__() got an unexpected keyword argument '%s'", text(more[0][0]))
	}
	if args[5] != starlark.None {
		return nil, notSupported("the argument cls of json.dumps()")
	}
	if err := e.setIndent(args[6]); err != nil {
		return nil, err
	}
	if err := e.setSeparators(args[7]); err != nil {
		return nil, err
	}
	err := e.value(args[0], 0)
	return starlark.String(e.dst), err
}

func (e *jsonEncoder) setIndent(v starlark.Value) error {
	switch v := asNumber(v).(type) {
	case starlark.NoneType:
		return nil
	case starlark.String:
		e.indent = string(v)
	default:
		n, err := widthOf(v)
		if err != nil {
			return raise("TypeError", "can't multiply sequence by non-int of type '%s'", pyType(v))
		}
		e.indent = strings.Repeat(" ", max(n, 0))
	}
	e.indented, e.itemSep = true, ","
	return nil
}

func (e *jsonEncoder) setSeparators(v starlark.Value) error {
	if v == starlark.None {
		return nil
	}
	list, err := iterableElements(e.thread, v)
	if err != nil {
		return err
	}
	switch {
	case len(list) < 2:
		return raise("ValueError", "not enough values to unpack (expected 2, got %d)", len(list))
	case len(list) > 2:
		return raise("ValueError", "too many values to unpack (expected 2)")
	}
	for i, part := range list {
		if _, ok := part.(starlark.String); !ok {
			return raise("TypeError", "make_encoder() argument %d must be str, not %s", 5+i, pyType(part))
		}
	}
	e.itemSep, e.keySep = text(list[0]), text(list[1])
	return nil
}

func (e *jsonEncoder) add(s string) { e.dst = append(e.dst, s...) }

func (e *jsonEncoder) value(v starlark.Value, depth int) error {
	if depth > maxReprDepth {
		return raise("ValueError", "Circular reference detected")
	}
	if len(e.dst) > maxText {
		return errTextTooLong
	}
	switch v := v.(type) {
	case starlark.NoneType:
		e.add("null")
	case starlark.Bool:
		e.add(strings.ToLower(v.String()))
	case starlark.Int:
		e.add(v.String())
	case starlark.Float:
		return e.float(float64(v))
	case starlark.String:
		e.text(string(v))
	case *starlark.Dict:
		return e.dict(v.Items(), depth)
	case *starlark.List:
		return e.list(elements(v), depth)
	case starlark.Tuple:
		return e.list(v, depth)
	case isoDate:
		return e.list(elements(v), depth)
	case *goObject, *goSlice, *goMap:
		return e.fromGo(v, depth)
	default:
		return e.other(v, depth)
	}
	return nil
}

func (e *jsonEncoder) float(f float64) error {
	name := ""
	switch {
	case math.IsNaN(f):
		name = "NaN"
	case math.IsInf(f, 1):
		name = "Infinity"
	case math.IsInf(f, -1):
		name = "-Infinity"
	default:
		e.dst = appendFloat(e.dst, f)
		return nil
	}
	if !e.allowNaN {
		return raise("ValueError", "Out of range float values are not JSON compliant")
	}
	e.add(name)
	return nil
}

// other writes a value that JSON does not have. It writes the result of the function default for
// the value.
func (e *jsonEncoder) other(v starlark.Value, depth int) error {
	if e.fallback == starlark.None {
		return raise("TypeError", "Object of type %s is not JSON serializable", classOf(v).name)
	}
	replaced, err := callValue(e.thread, e.fallback, v)
	if err != nil {
		return err
	}
	return e.value(replaced, depth+1)
}

// fromGo encodes a value of Go as Go does, with the layout of e.
func (e *jsonEncoder) fromGo(v starlark.Value, depth int) error {
	x, err := toAny(v)
	if err != nil {
		return err
	}
	if !e.indented && e.itemSep == ", " && e.keySep == ": " && e.ensureASCII && !e.sortKeys {
		start := len(e.dst)
		if e.dst, err = escape.AppendJSON(e.dst, x); err != nil {
			return goError{err}
		}
		e.dst = append(e.dst[:start], strings.ReplaceAll(string(e.dst[start:]), `<\/`, "</")...) // only json_encode escapes it
		return nil
	}
	source, err := json.Marshal(x)
	if err != nil {
		return goError{err}
	}
	parsed, err := parseJSON(string(source))
	if err != nil {
		return err
	}
	return e.value(parsed, depth)
}

const hexDigits = "0123456789abcdef"

func (e *jsonEncoder) text(s string) {
	e.dst = append(e.dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			e.dst = append(e.dst, '\\', byte(r))
		case r < ' ' || r >= 0x7f && e.ensureASCII:
			e.escaped(r)
		default:
			e.dst = append(e.dst, string(r)...)
		}
	}
	e.dst = append(e.dst, '"')
}

func (e *jsonEncoder) escaped(r rune) {
	switch r {
	case '\n':
		e.add(`\n`)
	case '\r':
		e.add(`\r`)
	case '\t':
		e.add(`\t`)
	case '\f':
		e.add(`\f`)
	case '\b':
		e.add(`\b`)
	default:
		if r > 0xffff {
			r -= 0x10000
			e.unit(0xd800 + r>>10)
			r = 0xdc00 + r&0x3ff
		}
		e.unit(r)
	}
}

func (e *jsonEncoder) unit(r rune) {
	e.dst = append(e.dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// line begins a line of indented output.
func (e *jsonEncoder) line(depth int) {
	if e.indented {
		e.dst = append(e.dst, '\n')
		for range depth {
			e.dst = append(e.dst, e.indent...)
		}
	}
}

func (e *jsonEncoder) list(elems []starlark.Value, depth int) error {
	if len(elems) == 0 {
		e.add("[]")
		return nil
	}
	e.add("[")
	for i, elem := range elems {
		if i > 0 {
			e.add(e.itemSep)
		}
		e.line(depth + 1)
		if err := e.value(elem, depth+1); err != nil {
			return err
		}
	}
	e.line(depth)
	e.add("]")
	return nil
}

func (e *jsonEncoder) dict(items []starlark.Tuple, depth int) (err error) {
	if len(items) == 0 {
		e.add("{}")
		return nil
	}
	if e.sortKeys {
		slices.SortStableFunc(items, func(a, b starlark.Tuple) int {
			less, bad := pyCompare(syntax.LT, a[0], b[0])
			if bad != nil && err == nil {
				err = bad
			}
			if less {
				return -1
			}
			return 1
		})
	}
	if err != nil {
		return err
	}
	e.add("{")
	first := true
	for _, item := range items {
		key, ok, err := e.key(item[0])
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if !first {
			e.add(e.itemSep)
		}
		first = false
		e.line(depth + 1)
		e.text(key)
		e.add(e.keySep)
		if err := e.value(item[1], depth+1); err != nil {
			return err
		}
	}
	e.line(depth)
	e.add("}")
	return nil
}

// key returns a key of a dict as text; ok is false when the key is skipped.
func (e *jsonEncoder) key(v starlark.Value) (key string, ok bool, err error) {
	switch k := v.(type) {
	case starlark.String:
		return string(k), true, nil
	case starlark.NoneType:
		return "null", true, nil
	case starlark.Bool:
		return strings.ToLower(k.String()), true, nil
	case starlark.Int:
		return k.String(), true, nil
	case starlark.Float:
		number := &jsonEncoder{allowNaN: e.allowNaN}
		err := number.float(float64(k))
		return string(number.dst), true, err
	}
	if e.skipKeys {
		return "", false, nil
	}
	return "", false, raise("TypeError", "keys must be str, int, float, bool or None, not %s", classOf(v).name)
}

// jsonEncode implements json_encode. Dicts keep their order, and Go values have Go's JSON.
func jsonEncode(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	e := newJSONEncoder(thread)
	err := e.value(args[0], 0)
	return starlark.String(strings.ReplaceAll(string(e.dst), "</", `<\/`)), err
}
