//go:build !race

package ctl

const raceFactor = 1
