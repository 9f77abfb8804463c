package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/httputil"
)

// GetArgument returns the last value of an argument of the body or the query. The value is
// decoded, control characters become spaces, and space around it is removed. If there is no
// value, GetArgument returns fallback; without fallback it panics with a
// [*MissingArgumentError], which ends the request with 400. It also panics, with an
// [*HTTPError] 400, if the value cannot be decoded. Tornado: get_argument.
func (h *RequestHandler) GetArgument(name string, fallback ...string) string {
	return h.argumentValue(h.arguments(), name, fallback)
}

// GetArguments returns all values of an argument, those of the query before those of the
// body, or an empty slice. If strip is false, space around the values stays. If a value
// cannot be decoded, it panics with an [*HTTPError] 400, which ends the request. Tornado:
// get_arguments.
func (h *RequestHandler) GetArguments(name string, strip ...bool) []string {
	return h.argumentValues(h.arguments(), name, strip)
}

// GetQueryArgument is GetArgument for arguments of the query. Without a value and fallback
// it panics, which ends the request with 400. Tornado: get_query_argument.
func (h *RequestHandler) GetQueryArgument(name string, fallback ...string) string {
	return h.argumentValue(h.peekRequest().QueryArguments(), name, fallback)
}

// GetQueryArguments is GetArguments for arguments of the query. Tornado:
// get_query_arguments.
func (h *RequestHandler) GetQueryArguments(name string, strip ...bool) []string {
	return h.argumentValues(h.peekRequest().QueryArguments(), name, strip)
}

// GetBodyArgument is GetArgument for arguments of the form in the body. Without a value and
// fallback it panics, which ends the request with 400. Tornado: get_body_argument.
func (h *RequestHandler) GetBodyArgument(name string, fallback ...string) string {
	return h.argumentValue(h.bodyArguments(), name, fallback)
}

// GetBodyArguments is GetArguments for arguments of the form in the body. Tornado:
// get_body_arguments.
func (h *RequestHandler) GetBodyArguments(name string, strip ...bool) []string {
	return h.argumentValues(h.bodyArguments(), name, strip)
}

// DecodeArgument returns value, which is an argument called name or a group of the path. If
// value is not UTF-8, it returns an [*HTTPError] 400. Override it for arguments in another
// encoding. Tornado: decode_argument.
func (h *RequestHandler) DecodeArgument(value, name string) (string, error) {
	if utf8.ValidString(value) {
		return value, nil
	}
	if name == "" {
		name = "url"
	}
	return "", HTTPErrorf(400, "Invalid unicode in %s: %q", name, value[:min(len(value), 40)])
}

// maxJSONBody is the default limit of ReadJSON, in bytes. The decoded value can take many
// times more memory.
const maxJSONBody = 1 << 20

// JSONOptions configure ReadJSON. The zero value accepts any Content-Type, ignores unknown
// fields, and stores a number as float64 where v has no type for it.
type JSONOptions struct {
	MaxBytes              int  // 0 means 1 MiB
	DisallowUnknownFields bool // return an [*HTTPError] 400 for a field that v does not have
	UseNumber             bool // store a number as json.Number instead of float64 where v is an any
}

// ReadJSON stores the body of the request, which must be one JSON value, in the value that
// v points to, as [json.Unmarshal] does. The body may be UTF-8, UTF-16 or UTF-32, with or
// without a byte order mark. The error is an [*HTTPError] 413 if the body is larger than
// the options allow. It is an [*HTTPError] 400 if the body is empty, badly encoded, not
// JSON, or JSON of another type. The details (the byte of the UTF-8 text, or the field) are
// logged, not sent. If v is not a pointer, the error is another one, which means a 500.
// Tornado: json_decode(self.request.body).
func (h *RequestHandler) ReadJSON(v any, options ...JSONOptions) error {
	var o JSONOptions
	if len(options) > 0 {
		o = options[0]
	}
	body := h.peekRequest().Body
	if limit := cmp.Or(o.MaxBytes, maxJSONBody); len(body) > limit {
		return HTTPErrorf(413, "JSON body of %d bytes is larger than %d", len(body), limit)
	}
	body, err := escape.JSONToUTF8(body)
	switch {
	case err != nil:
		return HTTPErrorf(400, "Invalid unicode in JSON body")
	case len(bytes.TrimSpace(body)) == 0:
		return HTTPErrorf(400, "Missing JSON body")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if o.DisallowUnknownFields {
		decoder.DisallowUnknownFields()
	}
	if o.UseNumber {
		decoder.UseNumber()
	}
	if err := decoder.Decode(v); err != nil {
		return badJSON(err, len(body))
	}
	if rest := bytes.TrimSpace(body[decoder.InputOffset():]); len(rest) > 0 {
		return HTTPErrorf(400, "Invalid JSON body: %.20q after the value", rest)
	}
	return nil
}

// badJSON returns the error for a body of size bytes that could not be decoded, or for a v
// that is not a pointer.
func badJSON(err error, size int) error {
	if e, ok := errors.AsType[*json.InvalidUnmarshalError](err); ok {
		return fmt.Errorf("web: ReadJSON: %w", e)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return HTTPErrorf(400, "Invalid JSON body: at byte %d: %w", e.Offset, err)
	}
	if err == io.ErrUnexpectedEOF {
		return HTTPErrorf(400, "Invalid JSON body: at byte %d: %w", size, err)
	}
	return HTTPErrorf(400, "Invalid JSON body: %w", err)
}

func (h *RequestHandler) arguments() httputil.Arguments {
	args, err := h.peekRequest().Arguments()
	return mustParse(args, err)
}

func (h *RequestHandler) bodyArguments() httputil.Arguments {
	args, err := h.peekRequest().BodyArguments()
	return mustParse(args, err)
}

// mustParse panics with a 400 if the body could not be parsed. Usually checkForm has
// refused such a body before.
func mustParse(args httputil.Arguments, err error) httputil.Arguments {
	if err != nil {
		panic(HTTPErrorf(400, "Invalid body: %w", err))
	}
	return args
}

func (h *RequestHandler) argumentValue(source httputil.Arguments, name string, fallback []string) string {
	value, ok := h.lookupArgument(source, name, nil)
	switch {
	case ok:
		return value
	case len(fallback) > 0:
		return fallback[0]
	}
	panic(&MissingArgumentError{name})
}

func (h *RequestHandler) argumentValues(source httputil.Arguments, name string, strip []bool) []string {
	values := make([]string, 0, len(source[name]))
	for _, v := range source[name] {
		text := h.argumentText(v, name)
		if len(strip) == 0 || strip[0] {
			text = strings.TrimSpace(text)
		}
		values = append(values, text)
	}
	return values
}

func (h *RequestHandler) argumentText(value, name string) string {
	text, err := h.self.DecodeArgument(value, name)
	if err != nil {
		panic(err)
	}
	return strings.Map(blankControl, text)
}

// blankControl replaces a control character by a space, except for white space.
func blankControl(r rune) rune {
	if r < 0x09 || 0x0e <= r && r < 0x20 {
		return ' '
	}
	return r
}

// decodePath decodes the groups of the route's pattern, in place.
func (h *RequestHandler) decodePath(args []string, kwargs map[string]string) (err error) {
	for i, arg := range args {
		if args[i], err = h.self.DecodeArgument(arg, ""); err != nil {
			return err
		}
	}
	for name, arg := range kwargs {
		if kwargs[name], err = h.self.DecodeArgument(arg, name); err != nil {
			return err
		}
	}
	h.pathArgs, h.pathKwargs = args, kwargs
	return nil
}
