//go:build amd64 || arm64

#include "textflag.h"

// Constants of entry_*.s.

// The signals that are held back until there are handlers: all but those that a fault of
// the program itself raises, CHLD, PIPE and STOP, and those of the Go runtime and the C
// library (4 5 7 8 9 11 13 17 19 23 27 31 32 33).
DATA	·heldBack+0(SB)/8, $0xfffffffe3bbaea27
GLOBL	·heldBack(SB), RODATA|NOPTR, $8

DATA	·nullFile+0(SB)/8, $"/dev/nul"
DATA	·nullFile+8(SB)/8, $"l\x00\x00\x00\x00\x00\x00\x00"
GLOBL	·nullFile(SB), RODATA|NOPTR, $16

DATA	·rootDir+0(SB)/8, $"/\x00\x00\x00\x00\x00\x00\x00"
GLOBL	·rootDir(SB), RODATA|NOPTR, $8

DATA	·narrowText+0(SB)/8, $"entry-po"
DATA	·narrowText+8(SB)/8, $"int: can"
DATA	·narrowText+16(SB)/8, $"not star"
DATA	·narrowText+24(SB)/8, $"t: the l"
DATA	·narrowText+32(SB)/8, $"imit of "
DATA	·narrowText+40(SB)/8, $"address "
DATA	·narrowText+48(SB)/8, $"space (u"
DATA	·narrowText+56(SB)/8, $"limit -v"
DATA	·narrowText+64(SB)/8, $") is les"
DATA	·narrowText+72(SB)/8, $"s than 8"
DATA	·narrowText+80(SB)/8, $"00 MB, w"
DATA	·narrowText+88(SB)/8, $"hich the"
DATA	·narrowText+96(SB)/8, $" Go runt"
DATA	·narrowText+104(SB)/8, $"ime rese"
DATA	·narrowText+112(SB)/8, $"rves wit"
DATA	·narrowText+120(SB)/8, $"hout usi"
DATA	·narrowText+128(SB)/8, $"ng it: r"
DATA	·narrowText+136(SB)/8, $"aise it,"
DATA	·narrowText+144(SB)/8, $" and lim"
DATA	·narrowText+152(SB)/8, $"it memor"
DATA	·narrowText+160(SB)/8, $"y by the"
DATA	·narrowText+168(SB)/8, $" contain"
DATA	·narrowText+176(SB)/8, $"er's mem"
DATA	·narrowText+184(SB)/8, $"ory limi"
DATA	·narrowText+192(SB)/8, $"t instea"
DATA	·narrowText+200(SB)/8, $"d      \n"
GLOBL	·narrowText(SB), RODATA|NOPTR, $208
