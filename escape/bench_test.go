package escape

import (
	"encoding/json"
	"strings"
	"testing"
)

func BenchmarkJSON(b *testing.B) {
	stories := map[string]any{"stories": []point{{1, 2.5, "A title, with </b> in it", 0}, {2, 0, strings.Repeat("text & ", 30), 0}, {3, 1e-9, "日本語のタイトル", 0}}}
	for _, v := range []struct {
		name  string
		value any
	}{{"hello", struct {
		Message string `json:"message"`
	}{"Hello, World!"}}, {"stories", stories}} {
		b.Run("AppendJSON/"+v.name, func(b *testing.B) {
			b.ReportAllocs()
			dst := make([]byte, 0, 4096)
			for b.Loop() {
				dst, _ = AppendJSON(dst[:0], v.value)
			}
			b.SetBytes(int64(len(dst)))
		})
		b.Run("Marshal/"+v.name, func(b *testing.B) { // the share of encoding/json
			b.ReportAllocs()
			for b.Loop() {
				_, _ = json.Marshal(v.value)
			}
		})
	}
}

func BenchmarkXHTMLEscape(b *testing.B) {
	text := strings.Repeat("Some text, <b>bold</b> & 'quoted'. ", 30)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		XHTMLEscape(text)
	}
}

func BenchmarkLinkify(b *testing.B) {
	text := strings.Repeat("This comment is plain text only. ", 20) + "http://example.com/a(b)?c=1&d=2. " + strings.Repeat("There's more to say. ", 20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Linkify(text, LinkifyOptions{})
	}
}

func BenchmarkParseQSBytes(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = ParseQSBytes("id=17&name=J%C3%BCrgen+M&tag=a&tag=b", QSOptions{KeepBlankValues: true})
	}
}
