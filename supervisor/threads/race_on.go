//go:build race

package threads

// checked: the race detector takes a write and the read of it for an order of events,
// and hears of them from the library only.
const checked = true
