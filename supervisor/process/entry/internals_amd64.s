//go:build internals

#include "textflag.h"
#include "entry.h"

// begin is where the runtime begins. As soon as it has handlers it shall queue the
// signals that it unblocks, and not act on them.
TEXT ·begin(SB), NOSPLIT|NOFRAME, $0
	MOVL	$(unblocked << 1), runtime·sig+sigWanted(SB)
	JMP	_rt0_amd64_linux(SB)

TEXT ·runtimeQueue(SB), NOSPLIT, $0-8
	LEAQ	runtime·sig(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
