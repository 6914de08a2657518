package main

import "slices"

// sample is what one contestant showed in all its runs.
type sample []float64

// quantile returns the value below which the share q of the sample lies,
// between two neighbours in proportion; 0 for an empty sample.
func (s sample) quantile(q float64) float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low == len(sorted)-1 {
		return sorted[low]
	}
	part := at - float64(low)
	return sorted[low]*(1-part) + sorted[low+1]*part
}

func (s sample) median() float64 { return s.quantile(0.5) }

// spread is where the middle four fifths of the sample lie.
func (s sample) spread() (low, high float64) { return s.quantile(0.1), s.quantile(0.9) }

// overlaps says whether the spreads of two samples have a value in common, so
// that a small difference of their medians means little.
func (s sample) overlaps(other sample) bool {
	low, high := s.spread()
	otherLow, otherHigh := other.spread()
	return low <= otherHigh && otherLow <= high
}
