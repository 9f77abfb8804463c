package locale

import (
	"fmt"
	"strings"
	"testing"
)

func TestPluralRules(t *testing.T) {
	for _, tt := range []struct{ rule, want string }{ // want has the forms for 0 to 5, 11 and 21
		{"n", "0 1 2 3 4 5 11 21"},
		{" ( n )\t", "0 1 2 3 4 5 11 21"},
		{"n != 1", "1 0 1 1 1 1 1 1"},
		{"n>1 ? n>3 ? 2 : 1 : 0", "0 0 1 1 2 2 2 2"},
		{"n==1 || n==2 && n==3", "0 1 0 0 0 0 0 0"},
		{"1+2*3-n%4", "7 6 5 4 7 6 4 6"},
		{"20/n", "! 20 10 6 5 4 1 0"},
		{"!n*2+!!n", "2 1 1 1 1 1 1 1"},
		{"n<=2 == n<3", "1 1 1 1 1 1 1 1"},
		{"10-2-n>=n", "1 1 1 1 1 0 1 1"},
		{"", "unexpected end"},
		{"n n", `unexpected "n"`},
		{"n ? 1", `"" in place of ":"`},
		{"(n", `"" in place of ")"`},
		{"n = 1", `unexpected "="`},
		{"x", `unexpected "x"`},
		{"99999999999", `strconv.ParseUint: parsing "99999999999": value out of range`},
		{strings.Repeat("(", 100), "too deep"},
		{strings.Repeat("!", 100), "too deep"},
		{strings.Repeat("n?", 100), "too deep"},
		{strings.Repeat("1+", 1000), "too long"},
	} {
		if got := forms(tt.rule); got != tt.want {
			t.Errorf("%.20q: got %s, want %s", tt.rule, got, tt.want)
		}
	}
}

func forms(text string) string {
	rule, err := parsePluralRule(text)
	if err != nil {
		return err.Error()
	}
	var got []string
	for _, n := range []uint64{0, 1, 2, 3, 4, 5, 11, 21} {
		if form, err := rule(n); err != nil {
			got = append(got, "!")
		} else {
			got = append(got, fmt.Sprint(form))
		}
	}
	return strings.Join(got, " ")
}

// A rule is also a Go expression, except for ?: and for numbers as truth values.
func FuzzPluralRule(f *testing.F) {
	f.Add("n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2")
	f.Add("n==1 ? 0 : n==2 ? 1 : (n>2 && n<7) ? 2 :(n>6 && n<11) ? 3 : 4")
	f.Fuzz(func(t *testing.T, text string) {
		if got, spaced := forms(text), forms(" ("+text+" ) "); len(text) < 900 && !strings.ContainsAny(got, `"tu`) && got != spaced && spaced != "too deep" {
			t.Errorf("%q: %s, in parentheses %s", text, got, spaced)
		}
	})
}
