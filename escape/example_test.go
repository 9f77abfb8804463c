package escape_test

import (
	"fmt"

	"github.com/gotornado/tornado/escape"
)

func ExampleXHTMLEscape() {
	fmt.Println(escape.XHTMLEscape(`<a href="?a&b">it's</a>`))
	// Output: &lt;a href=&quot;?a&amp;b&quot;&gt;it&#x27;s&lt;/a&gt;
}

func ExampleXHTMLUnescape() {
	fmt.Println(escape.XHTMLUnescape("&lt;caf&eacute;&gt; &#9731; &copy 2012"))
	// Output: <café> ☃ © 2012
}

func ExampleJSONEncode() {
	type story struct {
		Title string   `json:"title"`
		Tags  []string `json:"tags,omitempty"`
	}
	text, err := escape.JSONEncode(story{"</script>é", []string{"a", "b"}})
	fmt.Println(text, err)
	// Output: {"title": "<\/script>\u00e9", "tags": ["a", "b"]} <nil>
}

func ExampleJSONDecode() {
	v, err := escape.JSONDecode(`{"id": 7, "tags": ["a"]}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	object := v.(map[string]any)
	fmt.Println(object["id"].(float64), object["tags"])
	// Output: 7 [a]
}

func ExampleURLEscape() {
	fmt.Println(escape.URLEscape("q=a/b c", true))
	fmt.Println(escape.URLEscape("q=a/b c", false))
	// Output:
	// q%3Da%2Fb+c
	// q%3Da/b%20c
}

func ExampleParseQSBytes() {
	args, _ := escape.ParseQSBytes("tag=a&tag=b%20c&empty=", escape.QSOptions{KeepBlankValues: true})
	fmt.Printf("%q\n", args)
	// Output: map["empty":[""] "tag":["a" "b c"]]
}

func ExampleLinkify() {
	text := "See www.example.com/a?b&c, or http://example.com/a_(b)."
	fmt.Println(escape.Linkify(text, escape.LinkifyOptions{}))
	fmt.Println(escape.Linkify(text, escape.LinkifyOptions{RequireProtocol: true, ExtraParams: `rel="nofollow"`}))
	// Output:
	// See <a href="http://www.example.com/a?b&amp;c">www.example.com/a?b&amp;c</a>, or <a href="http://example.com/a_(b)">http://example.com/a_(b)</a>.
	// See www.example.com/a?b&amp;c, or <a href="http://example.com/a_(b)" rel="nofollow">http://example.com/a_(b)</a>.
}
