package routematch

import (
	"maps"
	"slices"
	"strings"
)

// A PrefixIndex finds the rules whose literal prefix begins a path, in their order. No other
// rule can match. So a thousand routes cost little more than one.
type PrefixIndex struct {
	prefixes []string // sorted, without duplicates
	parents  []int    // for each prefix, the longest other prefix with which it begins, or -1
	rules    [][]int  // for each prefix, the numbers of its rules and of its parents' rules, in order
}

// NewPrefixIndex returns the index of rules. prefixes has the literal prefix of each rule.
func NewPrefixIndex(prefixes []string) PrefixIndex {
	own := map[string][]int{}
	for i, prefix := range prefixes {
		own[prefix] = append(own[prefix], i)
	}
	x := PrefixIndex{prefixes: slices.Sorted(maps.Keys(own))}
	parent := -1
	for i, prefix := range x.prefixes {
		for parent >= 0 && !strings.HasPrefix(prefix, x.prefixes[parent]) {
			parent = x.parents[parent]
		}
		rules := own[prefix]
		if parent >= 0 {
			rules = slices.Concat(x.rules[parent], rules)
			slices.Sort(rules)
		}
		x.parents, x.rules = append(x.parents, parent), append(x.rules, rules)
		parent = i
	}
	return x
}

// Candidates returns the numbers of the rules that may match path, in order. The
// longest prefix of path is the prefix that sorts last before it, or begins that one.
func (x *PrefixIndex) Candidates(path string) []int {
	i, found := slices.BinarySearch(x.prefixes, path)
	if !found {
		i--
	}
	for i >= 0 && !strings.HasPrefix(path, x.prefixes[i]) {
		i = x.parents[i]
	}
	if i < 0 {
		return nil
	}
	return x.rules[i]
}
