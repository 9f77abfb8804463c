package httputil

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const formB = "multipart/form-data; boundary=B"

// shownForm parses a form and returns it on one line: "a=1 f=name(type):data", in order.
func shownForm(contentType, body string, headers *HTTPHeaders) string {
	args, files := Arguments{}, map[string][]HTTPFile{}
	if err := ParseBodyArguments(contentType, []byte(body), args, files, headers); err != nil {
		var input *HTTPInputError
		if !errors.As(err, &input) {
			return "undocumented error: " + err.Error()
		}
		return "error: " + strings.TrimPrefix(input.Reason, "invalid multipart/form-data: ")
	}
	var shown []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		for _, value := range args[name] {
			shown = append(shown, name+"="+value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, file := range files[name] {
			shown = append(shown, fmt.Sprintf("%s=%s(%s):%s", name, file.Filename, file.ContentType, file.Body))
		}
	}
	return strings.Join(shown, " ")
}

// part returns one part of a form with boundary B.
func part(disposition, data string) string {
	return "--B\r\nContent-Disposition: " + disposition + "\r\n\r\n" + data + "\r\n"
}

func TestParseBodyArguments(t *testing.T) {
	field := part(`form-data; name="a"`, "1")
	for _, tt := range []struct{ rule, contentType, body, want string }{
		{"http-81", "", "a=1", ""},
		{"http-81", "text/plain", "a=1", ""},
		{"http-81", "application/x-www-form-urlencoded", "b=%C3%A9&a=1+2&b=", "a=1 2 b=é b="},
		{"http-81", "application/x-www-form-urlencoded; charset=x", "a=1", "a=1"},
		{"http-82", "application/x-www-form-urlencoded", "a=&b", "a= b="},
		{"http-83", "multipart/form-data", field + "--B--", "error: no boundary"},
		{"http-83", "multipart/form-data; boundary=", field + "--B--", "error: no boundary"},
		{"http-83", "multipart/form-dataxyz; boundary=B", field + "--B--", "error: invalid content type"},
		{"http-83", "multipart/form-data ;charset=x; boundary=B", field + "--B--", "a=1"},
		{"http-83", `multipart/form-data; boundary="B"`, field + "--B--", "a=1"},
		{"http-83", `multipart/form-data; boundary="`, strings.ReplaceAll(field, "--B", `--"`) + `--"--`, "a=1"},
		{"boundary limit", "multipart/form-data; boundary=" + strings.Repeat("B", 257), "", "error: boundary too long"},
		{"http-84", formB, field + "--B--\r\n", "a=1"},
		{"http-84", formB, field + "--B--anything", "a=1"},
		{"http-84", formB, field + "--B--" + field + "--B--", "error: part does not end with CRLF"},
		{"http-84", formB, field, "error: no final boundary"},
		{"http-84", formB, "", "error: no final boundary"},
		{"http-84", formB, "--B--", ""},
		{"http-85", formB, "preamble\r\n" + field + "--B--", "error: missing headers"},
		{"http-86", formB, "--B\r\n\r\n1\r\n--B--", "error: missing headers"},
		{"http-86", formB, part(`invalid; name="a"`, "1") + "--B--", "error: invalid Content-Disposition"},
		{"http-86", formB, part(`FORM-DATA; name="a"`, "1") + "--B--", "error: invalid Content-Disposition"},
		{"http-86", formB, "--B\r\nContent-Type: x\r\n\r\n1\r\n--B--", "error: invalid Content-Disposition"},
		{"http-86", formB, part(`form-data`, "1") + "--B--", "error: part without a name"},
		{"http-86", formB, part(`form-data; name=""`, "1") + "--B--", "error: part without a name"},
		{"http-86", formB, part(`form-data; filename="x"`, "1") + "--B--", "error: part without a name"},
		{"http-86", formB, strings.TrimSuffix(field, "\r\n") + "--B--", "error: part does not end with CRLF"},
		{"http-86", formB, part(`form-data; name=a`, "x\r\n\r\ny\r\n") + "--B--", "a=x\r\n\r\ny\r\n"},
		{"http-86", formB, part(`form-data; name=a`, "") + "--B--", "a="},
		{"http-86", formB, "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n--B--", "a="},
		{"http-88", formB, part(`form-data; name="ā☃"`, "1") + "--B--", "ā☃=1"},
		{"http-88", formB, part("form-data; name=\"\xe9\"", "1") + "--B--", "error: part header is not UTF-8"},
		{"http-88", formB, part("form-data; name=\"a\rb\"", "1") + "--B--", "error: invalid header value"},
		{"http-88", formB, part("form-data; name=\"a\x00b\"", "1") + "--B--", "error: invalid header value"},
		{"http-89", formB, part(`form-data; name=f; filename=x`, "1") + "--B--", "f=x(application/unknown):1"},
		{"http-89", formB, part("form-data; name=f; filename=x\r\ncontent-type: text/html", "1") + "--B--", "f=x(text/html):1"},
		{"http-89", formB, part(`form-data; name=f; filename=""`, "1") + "--B--", "f=1"},
		{"http-89", formB, part(`form-data; name=f; filename=x`, "1") + part(`form-data; name=f; filename=y`, "2") + "--B--", "f=x(application/unknown):1 f=y(application/unknown):2"},
	} {
		if got := shownForm(tt.contentType, tt.body, nil); got != tt.want {
			t.Errorf("%s: %s %q: got %q, want %q", tt.rule, tt.contentType, tt.body, got, tt.want)
		}
	}
}

func TestParseDisposition(t *testing.T) {
	for _, tt := range []struct{ rule, header, want string }{
		{"http-88", `form-data; name="f"; filename="ā☃.txt"`, "f ā☃.txt"},
		{"http-90", `form-data; name=f; filename=x.txt`, "f x.txt"},
		{"http-90", `form-data;NAME = "f" ; fileName= "x.txt" `, "f x.txt"},
		{"http-90", `form-data; name="a;b"; filename="c;\";.txt"`, `a;b c;";.txt`},
		{"http-90", `form-data; name="f"; filename="a\\b.txt"`, `f a\b.txt`},
		{"http-90", `form-data; name="f"; filename="a\\"; x="y"`, `f a\`},
		{"http-90", `form-data; name="f"; filename="C:\dir\x.txt"`, `f C:\dir\x.txt`},
		{"http-90", `form-data; name="f"; filename="a\"b"`, `f a"b`},
		{"http-90", `form-data; name="f"; filename="a b"c`, `f "a b"c`},
		{"http-90", `form-data; name="f"; filename=";`, `f ";`},
		{"http-90", `form-data; name="f"; filename="x"; filename*=utf-8''%C3%A9%20%e2%98%83`, "f é ☃"},
		{"http-90", `form-data; name="f"; filename*=UTF-8'en'y; filename=x`, "f y"},
		{"http-90", `form-data; name="f"; filename*="utf-8''y%3B"`, "f y;"},
		{"http-90", `form-data; name="f"; filename*=ISO-8859-1''%e9`, "f é"},
		{"http-90", `form-data; name="f"; filename*=utf-8''%ff`, "f \uFFFD"},
		{"http-90", `form-data; name="f"; filename*=y%41`, "f y%41"},
		{"http-90", `form-data; name="f"; filename*=utf-8'y`, "f utf-8'y"},
		{"http-90", `form-data; name="x"; name*=utf-8''f`, "f "},
		{"http-90", `form-data; name="x"; name="f"; novalue; ;`, "f "},
	} {
		d := parseDisposition(tt.header)
		if got := d.name + " " + d.filename; d.kind != "form-data" || got != tt.want {
			t.Errorf("%s: %s: got %q, want %q", tt.rule, tt.header, got, tt.want)
		}
	}
}

func TestFormLimits(t *testing.T) {
	field := part(`form-data; name=a`, "1")
	long := part(`form-data; name=a; x=`+strings.Repeat("x", 10240-len("Content-Disposition: form-data; name=a; x=")), "1")
	for _, tt := range []struct {
		rule   string
		config *ParseBodyConfig
		form   string
		want   string
	}{
		{"http-87", nil, strings.Repeat(field, 99) + "--B--", ""},
		{"http-87", nil, strings.Repeat(field, 100) + "--B--", "too many parts"},
		{"http-87", &ParseBodyConfig{Multipart: ParseMultipartConfig{MaxParts: 2}}, strings.Repeat(field, 1) + "--B--", ""},
		{"http-87", &ParseBodyConfig{Multipart: ParseMultipartConfig{MaxParts: 2}}, strings.Repeat(field, 2) + "--B--", "too many parts"},
		{"http-87", nil, long + "--B--", ""},
		{"http-87", nil, strings.Replace(long, "x=", "x=y", 1) + "--B--", "part header too large"},
		{"http-87", &ParseBodyConfig{Multipart: ParseMultipartConfig{MaxPartHeaderSize: 20}}, field + "--B--", "part header too large"},
		{"http-87", &ParseBodyConfig{Multipart: ParseMultipartConfig{Disabled: true}}, field + "--B--", "forms of this type are disabled"},
	} {
		err := tt.config.ParseBodyArguments(formB, []byte(tt.form), Arguments{}, map[string][]HTTPFile{}, nil)
		if got := strings.TrimPrefix(fmt.Sprint(err), "httputil: invalid multipart/form-data: "); got != tt.want && (err != nil || tt.want != "") {
			t.Errorf("%s: %d bytes: got %q, want %q", tt.rule, len(tt.form), got, tt.want)
		}
	}
}

func TestURLEncodedFormsAreLimited(t *testing.T) {
	parse := func(config *ParseBodyConfig, n int) error {
		body := []byte(strings.Repeat("&a", n)[1:])
		return config.ParseBodyArguments("application/x-www-form-urlencoded", body, Arguments{}, nil, nil)
	}
	require.NoError(t, parse(nil, 100_000))
	require.EqualError(t, parse(nil, 100_001), "httputil: too many arguments in x-www-form-urlencoded body")
	require.NoError(t, parse(&ParseBodyConfig{MaxArguments: 3}, 3))
	require.Error(t, parse(&ParseBodyConfig{MaxArguments: 3}, 4))
}

func TestFormsWithContentEncodingAreRefused(t *testing.T) { // http-48
	headers := NewHTTPHeaders([]Field{{"Content-Encoding", "gzip"}})
	for _, tt := range []struct{ contentType, want string }{
		{"application/x-www-form-urlencoded", "error: unsupported Content-Encoding: gzip"},
		{formB, "error: unsupported Content-Encoding: gzip"},
		{"text/plain", ""},
	} {
		if got := shownForm(tt.contentType, "", &headers); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.contentType, got, tt.want)
		}
	}
}

func TestFileBodyCannotBeAppendedOverTheNextPart(t *testing.T) {
	body := []byte(part("form-data; name=f; filename=x", "1") + part("form-data; name=f; filename=y", "2") + "--B--")
	files := map[string][]HTTPFile{}
	require.NoError(t, ParseBodyArguments(formB, body, Arguments{}, files, nil))
	first := files["f"][0].Body
	require.Equal(t, len(first), cap(first))
}

func TestDispositionIsParsedInLinearTime(t *testing.T) { // http-91
	for _, piece := range []string{`;`, `;"`, `\";`, `a=";"`, `"\`} {
		requireLinear(t, piece, 2000, func(n int) func() {
			header := "form-data; name=" + strings.Repeat(piece, n)
			return func() { parseDisposition(header) }
		})
	}
}

// FuzzParseMultipart checks that errors are *HTTPInputError and accepted forms keep the limits.
func FuzzParseMultipart(f *testing.F) {
	f.Add("boundary=B", part(`form-data; name="a"`, "1")+"--B--")
	f.Add(`boundary="B"`, part(`form-data; name="f"; filename*=utf-8''%C3%A9`, "1")+"--B--\r\n")
	f.Add("boundary=B", "--B\r\n\r\n--B--")
	f.Add("boundary", "--\r\n----")
	f.Fuzz(func(t *testing.T, parameter, body string) {
		got := shownForm("multipart/form-data;"+parameter, body, nil)
		require.False(t, strings.HasPrefix(got, "undocumented"), got)
		require.LessOrEqual(t, strings.Count(got, "="), 100+strings.Count(body, "=")+strings.Count(body, "%"))
	})
}

// FuzzMultipartRoundTrip checks that a form written by mime/multipart is parsed correctly.
func FuzzMultipartRoundTrip(f *testing.F) {
	f.Add("a", "1", "f", "x.txt", []byte("data"))
	f.Add(`"\;=é`, "", "b\\", `\"`, []byte("\r\n--B--"))
	f.Fuzz(func(t *testing.T, name, value, fileName, filename string, data []byte) {
		for _, s := range []string{name, fileName, filename} {
			if s == "" || !IsText(s) || strings.ToValidUTF8(s, "") != s {
				return
			}
		}
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		require.NoError(t, w.WriteField(name, value))
		file, err := w.CreateFormFile(fileName, filename)
		require.NoError(t, err)
		_, err = io.Copy(file, bytes.NewReader(data))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		args, files := Arguments{}, map[string][]HTTPFile{}
		require.NoError(t, ParseBodyArguments(w.FormDataContentType(), body.Bytes(), args, files, nil))
		require.Equal(t, Arguments{name: {value}}, args)
		require.Equal(t, map[string][]HTTPFile{fileName: {{filename, append([]byte{}, data...), "application/octet-stream"}}}, files)
	})
}
