#include "textflag.h"

TEXT ·prlimit(SB), NOSPLIT, $0-16
	MOVL	$302, AX
	XORL	DI, DI
	MOVL	$7, SI
	XORL	DX, DX
	MOVQ	old+0(FP), R10
	SYSCALL
	MOVQ	AX, ret+8(FP)
	RET
