package httputil

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"
)

// readParts feeds body to a reader in steps of at most step bytes. It returns what the reader
// found: "name=data" or "name(file)=data" for each part, then "end" or the error.
func readParts(t testing.TB, r *MultipartReader, body string, step int) string {
	var out strings.Builder
	var held []byte
	for rest := body; ; {
		event, data, n, err := r.Next(held)
		if n > len(held) || len(data) > n {
			t.Fatalf("took %d of %d bytes for %d of data", n, len(held), len(data))
		}
		held = held[n:]
		switch {
		case err != nil:
			return out.String() + err.Error()
		case event == MultipartMore && rest == "":
			return out.String() + "cut off"
		case event == MultipartMore:
			size := min(step, len(rest))
			held, rest = append(bytes.Clone(held), rest[:size]...), rest[size:]
		case event == MultipartBegin:
			p := r.Part()
			out.WriteString(p.Name)
			if p.Filename != "" {
				fmt.Fprintf(&out, "(%s %s)", p.Filename, p.ContentType)
			}
			out.WriteString("=")
		case event == MultipartData:
			out.Write(data)
		case event == MultipartPartEnd:
			out.WriteString("; ")
		case event == MultipartEnd:
			return out.String() + "end"
		}
	}
}

func newFormReader(t testing.TB) *MultipartReader {
	r, err := NewMultipartReader("multipart/form-data; boundary=B", ParseMultipartConfig{MaxParts: 4, MaxPartHeaderSize: 80})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const formError = "httputil: invalid multipart/form-data: "

func TestMultipartReader(t *testing.T) { // in the rows, <name> stands for the head of a field
	for _, tt := range []struct{ name, body, want string }{
		{"no parts", "--B--\r\n", "end"},
		{"a field", "--B\r\n<a>1\r\n--B--\r\n", "a=1; end"},
		{"a file", "--B\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\nabc\r\n--B--", "f(x application/unknown)=abc; end"},
		{"two fields", "--B\r\n<a>1\r\n--B\r\n<b>2\r\n--B--", "a=1; b=2; end"},
		{"http-86 empty data", "--B\r\n<a>\r\n--B\r\n<b>--B\r\n<c>\r\n--B--", "a=; b=; c=; end"},
		{"http-84 text after the end is ignored", "--B\r\n<a>1\r\n--B--x\r\n--B\r\n<b>2", "a=1; end"},
		{"boundaries in data", "--B\r\n<a>--B \r\n--B\r \r\n--Bx--B--\r\n--\r\n--B--", "a=--B \r\n--B\r \r\n--Bx--B--\r\n--; end"},
		{"almost a boundary first", "--B\r\n<a>--Bx\r\n--B--", "a=--Bx; end"},
		{"line ends in data", "--B\r\n<a>\r\r\n\n\r\n\r\n\r\n--B--", "a=\r\r\n\n\r\n\r\n; end"},
		{"http-85 text in front", "x--B\r\n<a>1\r\n--B--", formError + "text before the first boundary"},
		{"http-85 other text", "--C\r\n", formError + "text before the first boundary"},
		{"http-85 longer boundary", "--Bx\r\n", formError + "text before the first boundary"},
		{"http-84 no final boundary", "--B\r\n<a>1\r\n--B\r\n", "a=1; cut off"},
		{"http-86 no name", "--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n--B--", formError + "part without a name"},
		{"http-86 no form-data", "--B\r\nX: y\r\n\r\n1\r\n--B--", formError + "invalid Content-Disposition"},
		{"http-88 not UTF-8", "--B\r\nX: \xff\r\n\r\n1\r\n--B--", formError + "part header is not UTF-8"},
		{"http-87 long header", "--B\r\nX: " + strings.Repeat("x", 80) + "\r\n\r\n1\r\n--B--", formError + "part header too large"},
		{"http-87 three parts", strings.Repeat("--B\r\n<a>1\r\n", 3) + "--B--", "a=1; a=1; a=1; end"},
		{"http-87 four parts", strings.Repeat("--B\r\n<a>1\r\n", 4) + "--B--", "a=1; a=1; a=1; " + formError + "too many parts"},
	} {
		body := withFieldHeads(tt.body)
		for _, step := range []int{1, 2, 7, len(body) + 1} {
			if got := readParts(t, newFormReader(t), body, step); got != tt.want {
				t.Errorf("%s, by %d:\ngot  %q\nwant %q", tt.name, step, got, tt.want)
			}
		}
	}
}

func withFieldHeads(body string) string {
	for _, name := range []string{"a", "b", "c"} {
		body = strings.ReplaceAll(body, "<"+name+">", "Content-Disposition: form-data; name="+name+"\r\n\r\n")
	}
	return body
}

func TestMultipartReaderRefusesOtherBodies(t *testing.T) { // http-83
	for _, contentType := range []string{"", "text/plain", "multipart/form-data", "multipart/mixed; boundary=B"} {
		if _, err := NewMultipartReader(contentType, ParseMultipartConfig{}); err == nil {
			t.Errorf("%q: no error", contentType)
		}
	}
	if _, err := NewMultipartReader("multipart/form-data; boundary=B", ParseMultipartConfig{Disabled: true}); err == nil {
		t.Error("disabled: no error")
	}
}

// FuzzMultipartReader checks that forms written by the standard library are parsed correctly,
// and that the result does not depend on how the bytes are split.
func FuzzMultipartReader(f *testing.F) {
	f.Add("--B\r\n\r\n--B--", "\r\n--B", 3)
	f.Add(withFieldHeads("--B\r\n<a>1\r\n--B\r\n<b>--B\r\n--B--"), "x", 1)
	f.Fuzz(func(t *testing.T, raw, value string, step int) {
		step = max(1, step%64)
		if whole, cut := readParts(t, newFormReader(t), raw, len(raw)+1), readParts(t, newFormReader(t), raw, step); whole != cut {
			t.Errorf("whole %q, by %d %q", whole, step, cut)
		}
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		w.WriteField("a", value)
		file, _ := w.CreateFormFile("f", "x")
		file.Write([]byte(value))
		w.Close()
		r, err := NewMultipartReader(w.FormDataContentType(), ParseMultipartConfig{})
		if err != nil {
			t.Fatal(err)
		}
		want := "a=" + value + "; f(x application/octet-stream)=" + value + "; end"
		if got := readParts(t, r, b.String(), step); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
