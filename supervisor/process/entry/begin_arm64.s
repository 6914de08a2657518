//go:build !internals

#include "textflag.h"

// begin is where the runtime begins.
TEXT ·begin(SB), NOSPLIT|NOFRAME, $0
	JMP	_rt0_arm64_linux(SB)
