//go:build internals

#include "textflag.h"
#include "entry.h"

// begin is where the runtime begins: see internals_amd64.s.
TEXT ·begin(SB), NOSPLIT|NOFRAME, $0
	MOVD	$(unblocked << 1), R4
	MOVW	R4, runtime·sig+sigWanted(SB)
	JMP	_rt0_arm64_linux(SB)

TEXT ·runtimeQueue(SB), NOSPLIT, $0-8
	MOVD	$runtime·sig(SB), R0
	MOVD	R0, ret+0(FP)
	RET
