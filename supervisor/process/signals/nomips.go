//go:build !mips && !mipsle && !mips64 && !mips64le

package signals

const (
	mips = 0
	// SetMask is SIG_SETMASK.
	SetMask = 2
)
