// Package parsing_benchmark measures the parsing of the headers that a browser sends.
package parsing_benchmark

import (
	"regexp"
	"strings"
	"testing"

	"github.com/gotornado/tornado/httputil"
)

const headers = "Host: example.com\r\n" +
	"Connection: keep-alive\r\n" +
	"Cache-Control: max-age=0\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n" +
	"Accept-Language: de-AT,de;q=0.9,en;q=0.7\r\n" +
	"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Upgrade-Insecure-Requests: 1\r\n"

// splitters are ways to split headers into lines.
var splitters = map[string]func(text string) []string{
	"regexp": func(text string) []string { return lineEnd.Split(text, -1) },
	"lines": func(text string) (lines []string) {
		for line := range strings.Lines(text) {
			lines = append(lines, strings.TrimRight(line, "\r\n"))
		}
		return lines
	},
}

var lineEnd = regexp.MustCompile(`\r?\n`)

// BenchmarkHeadersSplit only splits. Tornado: --benchmark=headers-split.
func BenchmarkHeadersSplit(b *testing.B) {
	for name, split := range splitters {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				split(headers)
			}
		})
	}
}

// BenchmarkHeadersFull splits, and adds each line to HTTPHeaders. "parse" is the function that the
// server uses. Tornado: --benchmark=headers-full.
func BenchmarkHeadersFull(b *testing.B) {
	for name, split := range splitters {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := parseLines(split(headers)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			if _, err := httputil.ParseHeaders(headers); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func parseLines(lines []string) (h httputil.HTTPHeaders, err error) {
	for _, line := range lines {
		if line != "" && err == nil {
			err = h.ParseLine(line)
		}
	}
	return h, err
}

func TestAllWaysParseTheSame(t *testing.T) {
	want, err := httputil.ParseHeaders(headers)
	if err != nil {
		t.Fatal(err)
	}
	for name, split := range splitters {
		if got, err := parseLines(split(headers)); err != nil || got.String() != want.String() {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, want)
		}
	}
}
