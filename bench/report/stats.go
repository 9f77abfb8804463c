// Package report turns samples into the numbers and tables that are read.
package report

import (
	"math"
	"slices"
)

// Median is the middle value, or the mean of the middle two; NaN if there is none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// PairedRatio divides value by base round by round and returns the median: what
// slowed the machine down in one round slowed both. NaN without rounds of both.
func PairedRatio(value, base []float64) float64 {
	ratios := make([]float64, min(len(value), len(base)))
	for i := range ratios {
		ratios[i] = value[i] / base[i]
	}
	return Median(ratios)
}
