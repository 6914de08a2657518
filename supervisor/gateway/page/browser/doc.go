// Package browser drives the page of a running entry-point with a real Chromium. It
// is a module of its own, because only this test needs the driver.
//
// go test -artifacts keeps its screenshots.
package browser
