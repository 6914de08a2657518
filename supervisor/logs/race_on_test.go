//go:build race

package logs

// tortureSize is less under the race detector, which makes everything some ten
// times slower.
const tortureSize = 1 << 26
