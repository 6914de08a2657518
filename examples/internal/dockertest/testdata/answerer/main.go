// Answerer answers every connection to port 80 with "pong". With an address as
// its argument it connects there first, and says what it hears.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

func main() {
	if len(os.Args) > 1 {
		c, err := net.Dial("tcp", os.Args[1])
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		text, _ := io.ReadAll(c)
		fmt.Printf("heard %s\n", text)
		return
	}
	l, err := net.Listen("tcp", ":80")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			continue
		}
		_, _ = io.WriteString(c, "pong")
		c.Close()
	}
}
