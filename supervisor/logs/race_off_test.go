//go:build !race

package logs

// tortureSize is how many bytes the tortures print.
const tortureSize = 1 << 30
