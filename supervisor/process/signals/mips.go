//go:build mips || mipsle || mips64 || mips64le

package signals

const (
	mips = 1
	// SetMask is SIG_SETMASK.
	SetMask = 3
)
