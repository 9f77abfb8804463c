package web_test

import (
	"fmt"
	"strings"
)

var queryCases = []judgeCase{
	{"http-78 arguments", judgeGet("/args?a=1&b=2&a=3"), ""},
	{"http-78 none", judgeGet("/args"), ""},
	{"http-78 an empty query", judgeGet("/args?"), ""},
	{"http-78 blank values", judgeGet("/args?a=&b&c=d"), ""},
	{"http-78 semicolons are data", judgeGet("/args?a=1;b=2"), ""},
	{"http-78 ampersands", judgeGet("/args?&&a=1&&"), ""},
	{"http-78 a plus", judgeGet("/args?a+b=c+d"), ""},
	{"http-78 escapes", judgeGet("/args?%61=%2B%20%26%3D%3b"), ""},
	{"http-78 broken escapes", judgeGet("/args?a=%&b=%z&c=%4&d=%zz"), ""},
	{"http-78 two equals signs", judgeGet("/args?a=b=c"), ""},
	{"http-78 no name", judgeGet("/args?=b"), ""},
	{"http-78 bytes", judgeGet("/args?a=%FF%00%80"), ""},
	{"http-78 raw bytes", judgeGet("/args?a=\xe9\xff"), ""},
	{"http-78 UTF-8 in a name", judgeGet("/args?%C3%A9=1"), ""},
	{"http-78 brackets", judgeGet("/args?a[]=1&a[]=2&b[c]=3"), ""},
	{"http-78 a question mark", judgeGet("/args?a=1?b=2"), ""},
	{"http-78 a hash", judgeGet("/args?a=1#b"), ""},
	{"http-78 a slash", judgeGet("/args?a=/../b"), ""},
	{"http-78 two hundred", judgeGet("/args?" + strings.Repeat("a=1&", 200)), ""},
	{"web-58 the last value", judgeGet("/argument?a=1&a=2"), ""},
	{"web-58 stripped", judgeGet("/argument?a=%20x%20&a=%09y%0A"), ""},
	{"web-58 missing", judgeGet("/argument"), ""},
	{"web-58 control characters", judgeGet("/argument?a=x%00y%1Fz"), ""},
	{"web-58 UTF-8", judgeGet("/argument?a=%C3%A9%E2%82%AC"), ""},
	{"web-58 no UTF-8", judgeGet("/argument?a=%E9"), ""},
	{"web-58 an empty value", judgeGet("/argument?a="), ""},
}

const judgeForm = "application/x-www-form-urlencoded"

var formCases = []judgeCase{
	{"http-82 a form", judgePost("/args", judgeForm, "a=1&b=2&a=3"), ""},
	{"http-82 an empty form", judgePost("/args", judgeForm, ""), ""},
	{"http-82 blank values", judgePost("/args", judgeForm, "a=&b&c=d"), ""},
	{"http-82 a plus and escapes", judgePost("/args", judgeForm, "a+b=c%20d%2B"), ""},
	{"http-82 broken escapes", judgePost("/args", judgeForm, "a=%zz&%"), ""},
	{"http-82 bytes", judgePost("/args", judgeForm, "a=%FF&b=\xff"), ""},
	{"http-82 line ends", judgePost("/args", judgeForm, "a=1\r\nb=2"), ""},
	{"http-82 a semicolon", judgePost("/args", judgeForm, "a=1;b=2"), ""},
	{"http-82 a charset", judgePost("/args", judgeForm+"; charset=utf-8", "a=1"), ""},
	{"http-82 in chunks", judgeRequest("POST", "/args", []string{"Content-Type: " + judgeForm, "Transfer-Encoding: chunked"}, "2\r\na=\r\n1\r\n1\r\n0\r\n\r\n"), ""},
	{"http-80 query and body", judgePost("/args?a=1&b=2", judgeForm, "a=3&c=4"), ""},
	{"http-80 looked up", judgePost("/argument?a=1", judgeForm, "a=2"), ""},
	{"http-80 in the body only", judgePost("/argument", judgeForm, "a=2"), ""},
	{"http-80 in the query only", judgePost("/argument?a=1", judgeForm, "b=2"), ""},
	{"http-81 PUT", judgeRequest("PUT", "/args", []string{"Content-Type: " + judgeForm, "Content-Length: 3"}, "a=1"), ""},
	{"http-81 PATCH", judgeRequest("PATCH", "/args", []string{"Content-Type: " + judgeForm, "Content-Length: 3"}, "a=1"), ""},
	{"http-81 GET", judgeRequest("GET", "/args", []string{"Content-Type: " + judgeForm, "Content-Length: 3"}, "a=1"), ""},
	{"http-81 DELETE", judgeRequest("DELETE", "/args", []string{"Content-Type: " + judgeForm, "Content-Length: 3"}, "a=1"), ""},
	{"http-81 no type", judgeRequest("POST", "/args", []string{"Content-Length: 3"}, "a=1"), ""},
	{"http-81 another type", judgePost("/args", "text/plain", "a=1"), ""},
	{"http-81 JSON", judgePost("/args", "application/json", `{"a": 1}`), ""},
	{"http-81 the type in capitals", judgePost("/args", "Application/X-WWW-Form-Urlencoded", "a=1"), ""},
	{"http-81 the type is a prefix", judgePost("/args", judgeForm+"x", "a=1"), ""},
	{"http-48 a coding", judgePost("/args", judgeForm, "a=1", "Content-Encoding: gzip"), ""},
	{"http-48 a coding, multipart", judgePost("/args", "multipart/form-data; boundary=B", "--B--", "Content-Encoding: gzip"), ""},
	{"http-48 a coding, no form", judgePost("/args", "text/plain", "a=1", "Content-Encoding: gzip"), ""},
}

// judgeParts returns a multipart form with the boundary B. parts are the head and the data
// of each part.
func judgeParts(parts ...string) string {
	var body strings.Builder
	for _, part := range parts {
		body.WriteString("--B\r\n" + part + "\r\n")
	}
	body.WriteString("--B--\r\n")
	return judgePost("/args", "multipart/form-data; boundary=B", body.String())
}

// judgeField returns a part with additional parameters in its Content-Disposition.
func judgeField(parameters, data string, headers ...string) string {
	head := append([]string{"Content-Disposition: form-data" + parameters}, headers...)
	return strings.Join(head, "\r\n") + "\r\n\r\n" + data
}

func judgeMultipart(contentType, body string) string { return judgePost("/args", contentType, body) }

const (
	judgeFieldA  = "Content-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
	judgeBounded = "multipart/form-data; boundary=B"
)

var multipartCases = []judgeCase{
	{"http-86 a field", judgeParts(judgeField(`; name="a"`, "1")), ""},
	{"http-86 two fields", judgeParts(judgeField(`; name="a"`, "1"), judgeField(`; name="b"`, "2")), ""},
	{"http-86 a field twice", judgeParts(judgeField(`; name="a"`, "1"), judgeField(`; name="a"`, "2")), ""},
	{"http-86 an empty field", judgeParts(judgeField(`; name="a"`, "")), ""},
	{"http-86 line ends in the data", judgeParts(judgeField(`; name="a"`, "1\r\n2\n3\r\n")), ""},
	{"http-86 bytes", judgeParts(judgeField(`; name="a"`, "\x00\xff\x80")), ""},
	{"http-86 without quotes", judgeParts(judgeField(`; name=a`, "1")), ""},
	{"http-86 a name in UTF-8", judgeParts(judgeField(`; name="é"`, "1")), ""},
	{"http-86 no name", judgeParts(judgeField("", "1")), ""},
	{"http-86 an empty name", judgeParts(judgeField(`; name=""`, "1")), ""},
	{"http-86 another disposition", judgeParts("Content-Disposition: attachment; name=\"a\"\r\n\r\n1"), ""},
	{"http-86 no disposition", judgeParts("Content-Type: text/plain\r\n\r\n1"), ""},
	{"http-86 no headers", judgeParts("1"), ""},
	{"http-86 an empty head", judgeParts("\r\n1"), ""},
	{"http-86 no line end after the data", judgeMultipart(judgeBounded, "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1--B--\r\n"), ""},
	{"http-86 a bare LF after the data", judgeMultipart(judgeBounded, "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\n--B--\r\n"), ""},
	{"http-86 bare LFs in the head", judgeMultipart(judgeBounded, "--B\nContent-Disposition: form-data; name=\"a\"\n\n1\n--B--\n"), ""},
	{"http-86 the disposition in lower case", judgeParts("content-disposition: form-data; name=\"a\"\r\n\r\n1"), ""},
	{"http-86 form-data in capitals", judgeParts("Content-Disposition: Form-Data; name=\"a\"\r\n\r\n1"), ""},
	{"http-86 a malformed header", judgeParts(judgeField(`; name="a"`, "1", "nonsense")), ""},
	{"http-83 quotes around the boundary", judgeMultipart(`multipart/form-data; boundary="B"`, "--B\r\n"+judgeFieldA+"--B--"), ""},
	{"http-83 a charset before the boundary", judgeMultipart("multipart/form-data; charset=utf-8; boundary=B", "--B\r\n"+judgeFieldA+"--B--"), ""},
	{"http-83 a parameter after the boundary", judgeMultipart("multipart/form-data; boundary=B; charset=utf-8", "--B\r\n"+judgeFieldA+"--B--"), ""},
	{"http-83 no boundary", judgeMultipart("multipart/form-data", "--B--"), ""},
	{"http-83 an empty boundary", judgeMultipart("multipart/form-data; boundary=", "----"), ""},
	{"http-83 no body", judgeMultipart("multipart/form-data; boundary=B", ""), ""},
	{"http-83 a longer type", judgeMultipart("multipart/form-data-x; boundary=B", "--B--"), "6.5: 400 open"},
	{"http-83 another multipart", judgeMultipart("multipart/mixed; boundary=B", "--B--"), ""},
	{"http-83 in capitals", judgeMultipart("Multipart/Form-Data; boundary=B", "--B\r\n"+judgeFieldA+"--B--"), ""},
	{"http-83 a long boundary", judgeMultipart("multipart/form-data; boundary="+strings.Repeat("x", 200), "--"+strings.Repeat("x", 200)+"--"), ""},
	{"http-84 no parts", judgeParts(), ""},
	{"http-84 text after the end", judgeMultipart(judgeBounded, "--B\r\n"+judgeFieldA+"--B--\r\nignored"), ""},
	{"http-84 no end", judgeMultipart(judgeBounded, "--B\r\n"+judgeFieldA), ""},
	{"http-84 no end, but another boundary", judgeMultipart(judgeBounded, "--B\r\n"+judgeFieldA+"--B\r\n"), ""},
	{"http-84 two ends", judgeMultipart(judgeBounded, "--B\r\n"+judgeFieldA+"--B--\r\n--B--"), ""},
	{"http-85 text before", judgeMultipart(judgeBounded, "ignored\r\n--B\r\n"+judgeFieldA+"--B--"), ""},
	{"http-85 a line end before", judgeMultipart(judgeBounded, "\r\n--B\r\n"+judgeFieldA+"--B--"), ""},
	{"http-85 the boundary in the data", judgeMultipart(judgeBounded, "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx--By\r\n--B--"), ""},
	{"http-85 a space after the boundary", judgeMultipart(judgeBounded, "--B \r\n"+judgeFieldA+"--B--"), ""},
	{"http-87 ninety-nine fields", judgeMultipart(judgeBounded, strings.Repeat("--B\r\n"+judgeFieldA, 99)+"--B--"), ""},
	{"http-87 a hundred fields", judgeMultipart(judgeBounded, strings.Repeat("--B\r\n"+judgeFieldA, 100)+"--B--"), "6.5: 400 open"},
	{"http-87 a head of 10,000 bytes", judgeParts(judgeField(`; name="a"`, "1", "X: "+strings.Repeat("a", 10000))), ""},
	{"http-87 a head of 11,000 bytes", judgeParts(judgeField(`; name="a"`, "1", "X: "+strings.Repeat("a", 11000))), "6.5: 400 open"},
	{"http-88 a NUL in the head", judgeParts(judgeField("; name=\"a\x00\"", "1")), "6.5: 400 open"},
	{"http-88 a bare CR in the head", judgeParts(judgeField("; name=\"a\rb\"", "1")), "6.5: 400 open"},
	{"http-89 a file", judgeParts(judgeField(`; name="f"; filename="a.txt"`, "text", "Content-Type: text/plain")), ""},
	{"http-89 a file without a type", judgeParts(judgeField(`; name="f"; filename="a.txt"`, "text")), ""},
	{"http-89 an empty filename", judgeParts(judgeField(`; name="f"; filename=""`, "text")), ""},
	{"http-89 an empty file", judgeParts(judgeField(`; name="f"; filename="a"`, "")), ""},
	{"http-89 two files", judgeParts(judgeField(`; name="f"; filename="a"`, "1"), judgeField(`; name="f"; filename="b"`, "2")), ""},
	{"http-89 a file and a field of a name", judgeParts(judgeField(`; name="f"; filename="a"`, "1"), judgeField(`; name="f"`, "2")), ""},
	{"http-89 binary", judgeParts(judgeField(`; name="f"; filename="a"`, "\x00\r\n--\r\n--A\xff", "Content-Type: application/octet-stream")), ""},
	{"http-90 a filename in UTF-8", judgeParts(judgeField(`; name="f"; filename="é日.txt"`, "1")), ""},
	{"http-90 filename*", judgeParts(judgeField(`; name="f"; filename="a"; filename*=UTF-8''%C3%A9.txt`, "1")), ""},
	{"http-90 filename* alone", judgeParts(judgeField(`; name="f"; filename*=utf-8''a%20b`, "1")), ""},
	{"http-90 a quote in the filename", judgeParts(judgeField(`; name="f"; filename="a\"b.txt"`, "1")), ""},
	{"http-90 a backslash in the filename", judgeParts(judgeField(`; name="f"; filename="a\\b.txt"`, "1")), ""},
	{"http-90 a path of Windows", judgeParts(judgeField(`; name="f"; filename="C:\dir\a.txt"`, "1")), ""},
	{"http-90 a semicolon in the filename", judgeParts(judgeField(`; name="f"; filename="a;b=c.txt"`, "1")), ""},
	{"http-90 spaces around", judgeParts(judgeField(` ;  name = "f" ; filename = "a"`, "1")), ""},
	{"http-90 parameters in capitals", judgeParts(judgeField(`; NAME="f"; FileName="a"`, "1")), ""},
	{"http-90 another order", judgeParts(judgeField(`; filename="a"; name="f"`, "1")), ""},
	{"http-90 an unknown parameter", judgeParts(judgeField(`; x=y; name="f"; z`, "1")), ""},
	{"http-92 an error page, and another request", judgeMultipart(judgeBounded, "nonsense") + judgeGet("/echo"), ""},
	{"http-92 for no handler", judgePost("/none", judgeBounded, "nonsense"), ""},
}

func judgeCookie(lines ...string) string {
	for i, line := range lines {
		lines[i] = "Cookie: " + line
	}
	return judgeGet("/cookies", lines...)
}

var cookieCases = []judgeCase{
	{"http-93 one", judgeCookie("a=b"), ""},
	{"http-93 two", judgeCookie("a=b; c=d"), ""},
	{"http-93 no space", judgeCookie("a=b;c=d"), ""},
	{"http-93 much space", judgeCookie("  a = b ;\t c = d  "), ""},
	{"http-93 an empty value", judgeCookie("a=; b=c"), ""},
	{"http-93 no equals sign", judgeCookie("a; b=c"), ""},
	{"http-93 an equals sign in the value", judgeCookie("a=b=c"), ""},
	{"http-93 the last one wins", judgeCookie("a=1; a=2"), ""},
	{"http-93 empty pieces", judgeCookie("; ;a=b;;"), ""},
	{"http-93 none", judgeGet("/cookies"), ""},
	{"http-93 an empty header", judgeCookie(""), ""},
	{"http-93 a comma", judgeCookie("a=b, c=d"), ""},
	{"http-93 attributes", judgeCookie("a=b; $Path=/; $Domain=x"), ""},
	{"http-94 quotes", judgeCookie(`a="b c; d=e`), ""},
	{"http-94 quotes removed", judgeCookie(`a="b c"`), ""},
	{"http-94 an escaped quote", judgeCookie(`a="b\"c"`), ""},
	{"http-94 octal", judgeCookie(`a="\101\073\054"`), ""},
	{"http-94 octal out of range", judgeCookie(`a="\477"`), ""},
	{"http-94 a backslash", judgeCookie(`a="b\\c\d"`), ""},
	{"http-94 one quote", judgeCookie(`a="`), ""},
	{"http-94 quotes inside", judgeCookie(`a=b"c"d`), ""},
	{"http-94 JSON", judgeCookie(`a={"b":1,"c":"d"}; e=f`), ""},
	{"http-95 a name with a space", judgeCookie("a b=c; d=e"), ""},
	{"http-95 a name with a bracket", judgeCookie("a[0]=b; c=d"), ""},
	{"http-95 a name with an at sign", judgeCookie("a@b=c; d=e"), ""},
	{"http-95 a name with a colon", judgeCookie("a:b=c; d=e"), ""},
	{"http-95 a name with a comma", judgeCookie("a,b=c; d=e"), ""},
	{"http-95 an empty name", judgeCookie("=a; b=c"), ""},
	{"http-95 every token character", judgeCookie("!#$%&'*+-.^_`|~=a"), ""},
	{"http-95 a reserved name", judgeCookie("path=a; Domain=b; c=d"), "http-95: 200 open"},
	{"http-96 two lines", judgeCookie("a=b; c=d", "e=f; g=h"), "http-96: 200 open"},
}

var rangeCases = func() (cases []judgeCase) {
	for _, value := range []string{
		"bytes=0-4", "bytes=5-", "bytes=-5", "bytes=-0", "bytes=0-0", "bytes=4-2", "bytes=", "bytes=-", "bytes= 1 - 2 ", "bytes", "0-4", "lines=0-4",
		"BYTES=0-4", "bytes=0-4,6-8", "bytes=a-b", "bytes=1-b", "bytes=1.5-2", "bytes=0x1-2", "bytes=1", "bytes==1-2", " bytes =1-2",
		"bytes=99999999999-", "bytes=007-010", "bytes=1-2-3",
	} {
		cases = append(cases, judgeCase{fmt.Sprintf("http-99 %q", value), judgeGet("/range", "Range: "+value), ""})
	}
	return append(cases,
		judgeCase{"http-99 none", judgeGet("/range"), ""},
		judgeCase{"http-99 a sign", judgeGet("/range", "Range: bytes=+1-2"), "http-99: 200 open"},
		judgeCase{"http-99 an underscore", judgeGet("/range", "Range: bytes=1_0-20"), "http-99: 200 open"},
		judgeCase{"http-99 two lines", judgeGet("/range", "Range: bytes=0-1", "Range: bytes=2-3"), ""},
	)
}()
