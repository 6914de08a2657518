package main_test

import (
	"fmt"
	"os"

	"entrypoint/supervisor/process"
)

// child is what this test binary does when it runs below entry-point.
func child(kind string) int {
	switch kind {
	case "signals":
		// Every signal that Go can be made to catch, printed as it comes.
		c := make(chan os.Signal, 128)
		process.Notify(c, process.Signals())
		fmt.Println("ready")
		for sig := range c {
			fmt.Printf("got %d;\n", sig)
		}
	}
	return 99
}
