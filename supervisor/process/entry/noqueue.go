//go:build !queue

package entry

func queued() uint32 { return 0 }
func unqueue()       {}
