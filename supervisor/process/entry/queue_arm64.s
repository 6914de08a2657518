//go:build queue

#include "textflag.h"
#include "entry.h"

// begin is where the runtime begins: see queue_amd64.s.
TEXT ·begin(SB), NOSPLIT|NOFRAME, $0
	MOVD	$(unblocked << 1), R4
	MOVW	R4, runtime·sig+sigWanted(SB)
	JMP	_rt0_arm64_linux(SB)

// queued takes the signals that the runtime has queued: bit N for signal N, below 32.
TEXT ·queued(SB), NOSPLIT, $0-4
	MOVD	$runtime·sig+sigMask(SB), R1
take:
	LDAXRW	(R1), R2
	STLXRW	ZR, (R1), R3
	CBNZ	R3, take
	MOVW	R2, ret+0(FP)
	RET

// unqueue lets the runtime act on signals as it does in other programs.
TEXT ·unqueue(SB), NOSPLIT, $0-0
	MOVW	ZR, runtime·sig+sigWanted(SB)
	RET
