package http1

import "github.com/gotornado/tornado/httputil"

// AppendFields appends each field as a line "Name: value" with CRLF. It does not check the
// fields.
func AppendFields(dst []byte, headers *httputil.HTTPHeaders) []byte {
	for _, f := range headers.Fields() {
		dst = AppendField(dst, f.Name, f.Value)
	}
	return dst
}

// AppendField appends one field as a line. It does not check the field.
func AppendField(dst []byte, name, value string) []byte {
	dst = append(dst, name...)
	dst = append(dst, ": "...)
	dst = append(dst, value...)
	return append(dst, "\r\n"...)
}
