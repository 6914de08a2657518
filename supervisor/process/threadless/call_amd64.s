#include "textflag.h"

// run calls client. The runtime has not begun, so that the register of the thread's
// own memory, in which Go looks for its g, leads nowhere: it gets eight bytes of zero. The
// runtime sets it anew.
TEXT ·run(SB), NOSPLIT, $8-0
	MOVQ	DI, 0(SP)
	MOVQ	$158, AX		// arch_prctl(ARCH_SET_FS, &none + 8)
	MOVQ	$0x1002, DI
	LEAQ	·none+8(SB), SI
	SYSCALL
	CALL	·client(SB)
	RET

GLOBL	·none(SB), NOPTR, $16

TEXT ·call(SB), NOSPLIT, $0-64
	MOVQ	number+0(FP), AX
	MOVQ	a1+8(FP), DI
	MOVQ	a2+16(FP), SI
	MOVQ	a3+24(FP), DX
	MOVQ	a4+32(FP), R10
	MOVQ	a5+40(FP), R8
	MOVQ	a6+48(FP), R9
	SYSCALL
	MOVQ	AX, ret+56(FP)
	RET
