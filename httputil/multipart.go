package httputil

import (
	"bytes"
	"cmp"
	"strings"
	"unicode/utf8"
)

// An HTTPFile is a file that was uploaded in a multipart form. Body shares memory with the
// body of the request. ContentType is "application/unknown" if the part has none.
// Tornado: httputil.HTTPFile.
type HTTPFile struct {
	Filename    string // the name as the client sent it; it must not be used as a path
	Body        []byte
	ContentType string
}

// ParseBodyConfig limits forms. The zero value and nil mean the defaults.
// Tornado: httputil.ParseBodyConfig.
type ParseBodyConfig struct {
	Multipart    ParseMultipartConfig // for multipart/form-data
	MaxArguments int                  // largest number of arguments in an urlencoded form; 0 means 100,000
}

// ParseMultipartConfig limits multipart forms. Tornado: httputil.ParseMultipartConfig.
type ParseMultipartConfig struct {
	Disabled          bool // reject every multipart form
	MaxParts          int  // largest number of parts, including the empty one before the first boundary; 0 means 100
	MaxPartHeaderSize int  // largest size of the header of one part in bytes; 0 means 10240
}

func (c *ParseBodyConfig) withDefaults() ParseBodyConfig {
	if c == nil {
		c = &ParseBodyConfig{}
	}
	return ParseBodyConfig{
		Multipart: ParseMultipartConfig{
			Disabled:          c.Multipart.Disabled,
			MaxParts:          cmp.Or(c.Multipart.MaxParts, 100),
			MaxPartHeaderSize: cmp.Or(c.Multipart.MaxPartHeaderSize, 10240),
		},
		MaxArguments: cmp.Or(c.MaxArguments, 100_000),
	}
}

// maxBoundary limits the length of a boundary, and so the work of searching for it. RFC 2046,
// section 5.1.1 allows only 70 bytes.
const maxBoundary = 256

// ParseBodyArguments parses body as the form that contentType names, urlencoded or
// multipart, and adds its contents to args and files. With any other type it does nothing.
// headers may be nil; if they contain a Content-Encoding, that is an error, because body is
// not decoded. Every error is an *HTTPInputError; args and files may then be incomplete.
// Tornado: parse_body_arguments.
func ParseBodyArguments(contentType string, body []byte, args Arguments, files map[string][]HTTPFile, headers *HTTPHeaders) error {
	return (*ParseBodyConfig)(nil).ParseBodyArguments(contentType, body, args, files, headers)
}

// ParseBodyArguments is the function of the same name with the limits of c, which may be
// nil.
func (c *ParseBodyConfig) ParseBodyArguments(contentType string, body []byte, args Arguments, files map[string][]HTTPFile, headers *HTTPHeaders) error {
	urlencoded := strings.HasPrefix(contentType, "application/x-www-form-urlencoded")
	if !urlencoded && !strings.HasPrefix(contentType, "multipart/form-data") {
		return nil
	}
	if headers != nil && headers.Has("Content-Encoding") {
		return inputError("unsupported Content-Encoding: " + headers.Get("Content-Encoding"))
	}
	limits := c.withDefaults()
	if urlencoded {
		return parseURLEncoded(body, args, limits.MaxArguments)
	}
	boundary, err := formBoundary(contentType)
	if err != nil {
		return err
	}
	return parseMultipart(boundary, body, args, files, limits.Multipart)
}

func parseURLEncoded(body []byte, args Arguments, maxArguments int) error {
	if bytes.Count(body, []byte{'&'}) >= maxArguments {
		return inputError("too many arguments in x-www-form-urlencoded body")
	}
	for name, value := range queryPairs(string(body)) {
		args.addValue(name, value)
	}
	return nil
}

// formBoundary returns the boundary parameter of a multipart/form-data content type.
func formBoundary(contentType string) (string, error) {
	mediaType, rest, _ := strings.Cut(contentType, ";")
	if trimBlanks(mediaType) != "multipart/form-data" {
		return "", multipartError("invalid content type")
	}
	for parameter := range strings.SplitSeq(rest, ";") {
		name, boundary, _ := strings.Cut(trimBlanks(parameter), "=")
		if name != "boundary" || boundary == "" {
			continue
		}
		if len(boundary) >= 2 && boundary[0] == '"' && boundary[len(boundary)-1] == '"' {
			boundary = boundary[1 : len(boundary)-1]
		}
		if len(boundary) > maxBoundary {
			return "", multipartError("boundary too long")
		}
		return boundary, nil
	}
	return "", multipartError("no boundary")
}

func parseMultipart(boundary string, body []byte, args Arguments, files map[string][]HTTPFile, limits ParseMultipartConfig) error {
	if limits.Disabled {
		return multipartError("forms of this type are disabled")
	}
	end := bytes.LastIndex(body, []byte("--"+boundary+"--"))
	if end < 0 {
		return multipartError("no final boundary")
	}
	delimiter := []byte("--" + boundary + "\r\n")
	if bytes.Count(body[:end], delimiter) >= limits.MaxParts {
		return multipartError("too many parts")
	}
	for part := range bytes.SplitSeq(body[:end], delimiter) {
		if len(part) == 0 {
			continue // before the first boundary
		}
		if err := parsePart(part, args, files, limits.MaxPartHeaderSize); err != nil {
			return err
		}
	}
	return nil
}

// parsePart parses one part: headers, an empty line, data, CRLF.
func parsePart(part []byte, args Arguments, files map[string][]HTTPFile, maxHeaderSize int) error {
	head, data, found := bytes.Cut(part, []byte("\r\n\r\n"))
	switch {
	case !found:
		return multipartError("missing headers")
	case len(head) > maxHeaderSize:
		return multipartError("part header too large")
	case !bytes.HasSuffix(part, []byte("\r\n")):
		return multipartError("part does not end with CRLF")
	}
	p, err := parsePartHead(head)
	if err != nil {
		return err
	}
	data = bytes.TrimSuffix(data, []byte("\r\n")) // this has no effect if the CRLF of an empty part belongs to its header
	if p.Filename == "" {
		args.addValue(p.Name, string(data))
		return nil
	}
	files[p.Name] = append(files[p.Name], HTTPFile{
		Filename:    p.Filename,
		Body:        data[:len(data):len(data)], // the limited capacity prevents that an append overwrites the next part
		ContentType: p.ContentType,
	})
	return nil
}

func multipartError(reason string) error { return inputError("invalid multipart/form-data: " + reason) }

// A disposition holds the used parts of a Content-Disposition header (RFC 7578, section 4.2).
type disposition struct{ kind, name, filename string }

// parseDisposition parses leniently, because browsers require it. Parameter names ignore
// case, and the last of several wins. name* and filename* (RFC 8187) override name and
// filename.
func parseDisposition(header string) (d disposition) {
	kind, rest := cutParameter(header)
	d.kind = kind
	var extName, extFilename string
	for rest != "" {
		var parameter string
		parameter, rest = cutParameter(rest)
		name, value, found := strings.Cut(parameter, "=")
		if !found {
			continue
		}
		value = trimBlanks(value)
		switch strings.ToLower(trimBlanks(name)) {
		case "name":
			d.name = unquote(value)
		case "name*":
			extName = decodeExtValue(value)
		case "filename":
			d.filename = unquote(value)
		case "filename*":
			extFilename = decodeExtValue(value)
		}
	}
	d.name, d.filename = cmp.Or(extName, d.name), cmp.Or(extFilename, d.filename)
	return d
}

// cutParameter returns the trimmed text before the first ";" outside quotes, and the text
// after it.
func cutParameter(s string) (parameter, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			quoted = !quoted
		case '\\':
			if quoted {
				i++
			}
		case ';':
			if !quoted {
				return trimBlanks(s[:i]), s[i+1:]
			}
		}
	}
	return trimBlanks(s), ""
}

// unquote removes the quotes around a value, and the backslash of \" and \\ in it. Other
// backslashes are kept, because some clients send Windows paths unescaped.
func unquote(value string) string {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return value
	}
	value = value[1 : len(value)-1]
	if !strings.Contains(value, `\`) {
		return value
	}
	b := make([]byte, 0, len(value))
	for i := 0; i < len(value); i++ {
		if value[i] == '\\' && i+1 < len(value) && (value[i+1] == '"' || value[i+1] == '\\') {
			i++
		}
		b = append(b, value[i])
	}
	return viewString(b)
}

// decodeExtValue decodes charset'language'percent-encoded (RFC 8187, section 3.2.1) to
// UTF-8. A value without a charset is only unquoted.
func decodeExtValue(value string) string {
	value = unquote(value)
	charset, rest, found := strings.Cut(value, "'")
	if !found {
		return value
	}
	_, encoded, found := strings.Cut(rest, "'")
	if !found {
		return value
	}
	b := make([]byte, 0, len(encoded))
	for i := 0; i < len(encoded); i++ {
		c, ok := percentByte(encoded[i:])
		if ok {
			i += 2
		} else {
			c = encoded[i]
		}
		if c >= utf8.RuneSelf && EqualFold(charset, "iso-8859-1") {
			b = utf8.AppendRune(b, rune(c))
		} else {
			b = append(b, c)
		}
	}
	return strings.ToValidUTF8(viewString(b), "\uFFFD")
}
