//go:build !amd64 && !arm64

package signals

import "errors"

const hasNative = false

func native(uint64) (uint64, error) { return 0, errors.ErrUnsupported }

func nativeChild() {}
