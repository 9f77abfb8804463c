package web

import (
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// LookupArgument returns the last value of an argument of the body or the query, as
// GetArgument does, and whether the request has that argument. So an empty value differs from
// no value. If strip is false, space around the value stays. It panics with an [*HTTPError]
// 400 if a value cannot be decoded. Tornado: get_argument(name, None).
func (h *RequestHandler) LookupArgument(name string, strip ...bool) (value string, ok bool) {
	return h.lookupArgument(h.arguments(), name, strip)
}

// LookupQueryArgument is LookupArgument for arguments of the query. Tornado:
// get_query_argument(name, None).
func (h *RequestHandler) LookupQueryArgument(name string, strip ...bool) (value string, ok bool) {
	return h.lookupArgument(h.peekRequest().QueryArguments(), name, strip)
}

// LookupBodyArgument is LookupArgument for arguments of the form in the body. Tornado:
// get_body_argument(name, None).
func (h *RequestHandler) LookupBodyArgument(name string, strip ...bool) (value string, ok bool) {
	return h.lookupArgument(h.bodyArguments(), name, strip)
}

// LookupCookie returns the value of a cookie of the request, and whether the request has that
// cookie. Tornado: get_cookie(name), where None means that there is none.
func (h *RequestHandler) LookupCookie(name string) (value string, ok bool) {
	return h.peekRequest().Cookie(name)
}

func (h *RequestHandler) lookupArgument(source httputil.Arguments, name string, strip []bool) (value string, ok bool) {
	for _, v := range source[name] { // every value must be valid text, although only the last one is returned
		value, ok = h.argumentText(v, name), true
	}
	if len(strip) == 0 || strip[0] {
		value = strings.TrimSpace(value)
	}
	return value, ok
}
