// Package emulator is for tests that execute their own binary, or a program that was built
// for the same architecture, where that is not the machine's: `make test-arch` runs them in
// qemu's user mode emulation. For tests only.
package emulator

import "os"

// Variable names the emulator in the environment, as the path of a program that executes
// another one: /usr/bin/qemu-riscv64-static. It is not set on a machine of one's own.
const Variable = "ENTRY_POINT_EMULATOR"

// Used says whether an emulator is used.
func Used() bool { return os.Getenv(Variable) != "" }

// Argv are the words with which a program is executed that is built as this one is.
func Argv(program string, args ...string) []string {
	words := append([]string{program}, args...)
	if emulator := os.Getenv(Variable); emulator != "" {
		return append([]string{emulator}, words...)
	}
	return words
}
