//go:build race

package ctl

// raceFactor is what the race detector makes programs slower by.
const raceFactor = 20
