package locale

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxLanguages is the number of entries that are read of an Accept-Language header.
const maxLanguages = 100

// ParseAcceptLanguage returns the codes of an Accept-Language header (RFC 9110, section
// 12.5.4), in order of preference; equal ones stay in the order of the header. It leaves
// out codes with q=0 or with a q that is not a number, and all entries after the first
// hundred. Tornado: part of RequestHandler.get_browser_locale.
func ParseAcceptLanguage(header string) []string {
	type wanted struct {
		code string
		q    float64
	}
	var all []wanted
	for _, entry := range strings.SplitN(header, ",", maxLanguages+1)[:min(maxLanguages, strings.Count(header, ",")+1)] {
		code, rest, qualified := strings.Cut(strings.TrimSpace(entry), ";")
		q := 1.0
		parameter, _, _ := strings.Cut(rest, ";")
		if value, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); qualified && ok {
			var err error
			if q, err = strconv.ParseFloat(value, 64); err != nil || math.IsNaN(q) {
				q = 0
			}
		}
		if code = strings.TrimSpace(code); code != "" && q > 0 {
			all = append(all, wanted{code, q})
		}
	}
	slices.SortStableFunc(all, func(a, b wanted) int { return cmp.Compare(b.q, a.q) })
	codes := make([]string, len(all))
	for i, w := range all {
		codes[i] = w.code
	}
	return codes
}
