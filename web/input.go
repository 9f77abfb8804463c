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

// GetArgument returns the argument name of the body or the query: its last value,
// decoded, with control characters as spaces, without space around it. If there is
// none, it returns fallback, or without one ends the request: it panics with a
// [*MissingArgumentError], which is answered with 400, as is text that cannot be decoded.
// Tornado: get_argument.
func (h *RequestHandler) GetArgument(name string, fallback ...string) string {
	return h.argumentValue(h.arguments(), name, fallback)
}

// GetArguments returns all values of the argument name, the query's before the body's;
// none is an empty slice. strip false keeps the space around them. Text that cannot be
// decoded panics with an [*HTTPError] 400, which is the answer then.
// Tornado: get_arguments.
func (h *RequestHandler) GetArguments(name string, strip ...bool) []string {
	return h.argumentValues(h.arguments(), name, strip)
}

// GetQueryArgument is GetArgument for the query only: its last value there, or
// fallback, or else a panic that is answered with 400. Tornado: get_query_argument.
func (h *RequestHandler) GetQueryArgument(name string, fallback ...string) string {
	return h.argumentValue(h.peekRequest().QueryArguments(), name, fallback)
}

// GetQueryArguments is GetArguments for the query only: all values there, without the
// space around them unless strip is false. Tornado: get_query_arguments.
func (h *RequestHandler) GetQueryArguments(name string, strip ...bool) []string {
	return h.argumentValues(h.peekRequest().QueryArguments(), name, strip)
}

// GetBodyArgument is GetArgument for the form in the body only: its last value there,
// or fallback, or else a panic that is answered with 400. Tornado: get_body_argument.
func (h *RequestHandler) GetBodyArgument(name string, fallback ...string) string {
	return h.argumentValue(h.bodyArguments(), name, fallback)
}

// GetBodyArguments is GetArguments for the form in the body only: all values there,
// without the space around them unless strip is false. Tornado: get_body_arguments.
func (h *RequestHandler) GetBodyArguments(name string, strip ...bool) []string {
	return h.argumentValues(h.bodyArguments(), name, strip)
}

// DecodeArgument returns value, an argument called name or a group of the path, which
// must be UTF-8; what is none is an [*HTTPError] 400. Override it for arguments in
// another encoding. Tornado: decode_argument.
func (h *RequestHandler) DecodeArgument(value, name string) (string, error) {
	if utf8.ValidString(value) {
		return value, nil
	}
	if name == "" {
		name = "url"
	}
	return "", HTTPErrorf(400, "Invalid unicode in %s: %q", name, value[:min(len(value), 40)])
}

// maxJSONBody is the default limit of ReadJSON, in bytes. What a body becomes in
// memory can be many times larger.
const maxJSONBody = 1 << 20

// JSONOptions tune ReadJSON. The zero value takes any Content-Type, ignores fields
// that nobody asked for and makes float64 of numbers whose type is not given.
type JSONOptions struct {
	MaxBytes              int  // 0 means 1 MiB
	DisallowUnknownFields bool // a field that v has not is answered with 400
	UseNumber             bool // a number for an any is a json.Number, not a float64
}

// ReadJSON stores the body of the request, which must be one JSON value, in the value
// that v points to, as [json.Unmarshal] does. The body may be UTF-8, UTF-16 or UTF-32,
// with or without a byte order mark. An [*HTTPError] 413 says that the body is larger than
// the options allow. One of status 400 says that the body is empty, malformed text, not
// JSON (at which byte of its UTF-8), or JSON of another type (in which field). The
// details are logged, not sent. A v that is not a pointer is another error, so a 500.
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

// badJSON says what was wrong with a body, and returns a mistake of the caller as it is.
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

// mustParse refuses the request for a body that cannot be parsed, which Execute has
// done already unless it was overridden.
func mustParse(args httputil.Arguments, err error) httputil.Arguments {
	if err != nil {
		panic(HTTPErrorf(400, "Invalid body: %w", err))
	}
	return args
}

func (h *RequestHandler) argumentValue(source httputil.Arguments, name string, fallback []string) string {
	values := source[name]
	if len(values) == 0 {
		if len(fallback) > 0 {
			return fallback[0]
		}
		panic(&MissingArgumentError{name})
	}
	var text string
	for _, v := range values { // each must be text, though the last one counts
		text = h.argumentText(v, name)
	}
	return strings.TrimSpace(text)
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

// blankControl replaces control characters that have no business in an argument.
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
