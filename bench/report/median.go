// Package report turns samples into tables and plots.
package report

import (
	"math"
	"slices"
)

// Median returns the middle value, or the mean of the middle two, or NaN without values.
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

// PairedRatio divides value by base in each round and returns the median, because noise of the
// machine in a round affects both. It returns NaN if no round has both.
func PairedRatio(value, base []float64) float64 {
	ratios := make([]float64, min(len(value), len(base)))
	for i := range ratios {
		ratios[i] = value[i] / base[i]
	}
	return Median(ratios)
}
