package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
)

// maxLine is how much of a line is searched.
const maxLine = 64 << 10

// match reads lines until one matches the regular expression (0), or there are no
// more (1). entry-point runs it for ready = log:REGEX.
func match(args []string, in io.Reader) int {
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "entry-point-gateway: match takes a regular expression")
		return codeUsage
	}
	wanted, err := regexp.Compile(args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, "entry-point-gateway: cannot search: "+err.Error())
		return codeUsage
	}
	lines := bufio.NewReaderSize(in, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
		if wanted.Match(bytes.TrimRight(line, "\r\n")) {
			return 0
		}
		if err != nil && err != bufio.ErrBufferFull {
			return 1
		}
	}
}
