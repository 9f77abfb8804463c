package httputil_test

import (
	"fmt"
	"time"

	"github.com/gotornado/tornado/httputil"
)

// Names of headers are the same in any case, and a header may have several values.
func ExampleHTTPHeaders() {
	var h httputil.HTTPHeaders
	h.Set("content-type", "text/html")
	h.Add("Set-Cookie", "A=B")
	h.Add("Set-Cookie", "C=D")
	fmt.Println(h.Get("Content-Type"))
	fmt.Println(h.Get("set-cookie"))
	fmt.Println(h.GetList("Set-Cookie"))
	for name, value := range h.All() {
		fmt.Println(name+":", value)
	}
	// Output:
	// text/html
	// A=B,C=D
	// [A=B C=D]
	// Content-Type: text/html
	// Set-Cookie: A=B
	// Set-Cookie: C=D
}

func ExampleParseHeaders() {
	h, err := httputil.ParseHeaders("Content-Type: text/html\r\nContent-Length: 42\r\n")
	fmt.Println(h.Get("content-length"), h.Len(), err)
	_, err = httputil.ParseHeaders("a line without a colon\r\n")
	fmt.Println(err != nil)
	// Output:
	// 42 2 <nil>
	// true
}

func ExampleURLConcat() {
	for _, args := range [][]httputil.Pair{
		{{Name: "c", Value: "d"}},
		{{Name: "c", Value: "d"}, {Name: "c", Value: "d&2"}},
	} {
		address, err := httputil.URLConcat("http://example.com/foo?a=b", args)
		fmt.Println(address, err)
	}
	// Output:
	// http://example.com/foo?a=b&c=d <nil>
	// http://example.com/foo?a=b&c=d&c=d%262 <nil>
}

func ExampleFormatTimestamp() {
	fmt.Println(httputil.FormatTimestamp(time.Unix(1359312200, 0)))
	// Output: Sun, 27 Jan 2013 18:43:20 GMT
}

func ExampleParseRequestStartLine() {
	fmt.Println(httputil.ParseRequestStartLine("GET /foo HTTP/1.1"))
	fmt.Println(httputil.ParseResponseStartLine("HTTP/1.1 200 OK"))
	// Output:
	// {GET /foo HTTP/1.1} <nil>
	// {HTTP/1.1 200 OK} <nil>
}

func ExampleParseRequestRange() {
	for _, header := range []string{"bytes=1-2", "bytes=6-", "bytes=-6", "bytes=-0", "foo=42"} {
		start, end, ok := httputil.ParseRequestRange(header)
		fmt.Println(header, text(start), text(end), ok)
	}
	// Output:
	// bytes=1-2 1 3 true
	// bytes=6- 6 none true
	// bytes=-6 -6 none true
	// bytes=-0 none 0 true
	// foo=42 none none false
}

// text returns the number that n points to.
func text(n *int64) string {
	if n == nil {
		return "none"
	}
	return fmt.Sprint(*n)
}

func ExampleSplitHostAndPort() {
	fmt.Println(httputil.SplitHostAndPort("example.com:8888"))
	// Output: example.com 8888
}
