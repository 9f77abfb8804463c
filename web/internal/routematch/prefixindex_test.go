package routematch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestCandidatesAreInOrder(t *testing.T) {
	x := NewPrefixIndex(strings.Split("/a /b  /ab /a /abc/d /b", " "))
	for _, tt := range []struct{ path, want string }{
		{"/a", "[0 2 4]"},
		{"/ab", "[0 2 3 4]"},
		{"/abc", "[0 2 3 4]"},
		{"/abc/d/e", "[0 2 3 4 5]"},
		{"/ac", "[0 2 4]"},
		{"/b", "[1 2 6]"},
		{"/z", "[2]"},
		{"", "[2]"},
	} {
		if got := fmt.Sprint(x.Candidates(tt.path)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.path, got, tt.want)
		}
	}
	none := NewPrefixIndex(nil)
	if got := none.Candidates("/a"); got != nil {
		t.Errorf("got %v of no rules", got)
	}
}

// FuzzCandidates compares the index with a search through all prefixes.
func FuzzCandidates(f *testing.F) {
	f.Add("/a /b  /ab /a /abc/d", "/abc")
	f.Add("b a\x00 a", "a")
	f.Add("ab abc abd a abe", "abdz")
	f.Fuzz(func(t *testing.T, text, path string) {
		prefixes := strings.Split(text, " ")
		if len(prefixes) > 1000 {
			return // more than are needed
		}
		var want []int
		for i, prefix := range prefixes {
			if strings.HasPrefix(path, prefix) {
				want = append(want, i)
			}
		}
		x := NewPrefixIndex(prefixes)
		if got := x.Candidates(path); !slices.Equal(got, want) {
			t.Errorf("%q in %q: got %v, want %v", path, prefixes, got, want)
		}
	})
}
