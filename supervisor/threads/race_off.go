//go:build !race

package threads

const checked = false
