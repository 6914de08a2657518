//go:build queue

package entry

func queued() uint32
func unqueue()
