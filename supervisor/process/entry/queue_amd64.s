//go:build queue

#include "textflag.h"
#include "entry.h"

// begin is where the runtime begins. As soon as it has handlers it shall queue the
// signals that it unblocks, and not act on them.
TEXT ·begin(SB), NOSPLIT|NOFRAME, $0
	MOVL	$(unblocked << 1), runtime·sig+sigWanted(SB)
	JMP	_rt0_amd64_linux(SB)

// queued takes the signals that the runtime has queued: bit N for signal N, below 32.
TEXT ·queued(SB), NOSPLIT, $0-4
	XORL	AX, AX
	XCHGL	AX, runtime·sig+sigMask(SB)
	MOVL	AX, ret+0(FP)
	RET

// unqueue lets the runtime act on signals as it does in other programs.
TEXT ·unqueue(SB), NOSPLIT, $0-0
	XORL	AX, AX
	XCHGL	AX, runtime·sig+sigWanted(SB)
	RET
