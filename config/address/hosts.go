package address

import (
	"os"
	"strings"
)

// Hosts is where the addresses of a container's own names stand (hosts(5)).
const Hosts = "/etc/hosts"

// Lookup returns the addresses that a file like Hosts has for a name, in its
// order; none is no error. The error is that of reading the file.
func Lookup(file, name string) ([]IP, error) {
	text, err := os.ReadFile(file)
	return find(string(text), name), err
}

// find looks a name up in the text of a hosts file.
func find(text, name string) (found []IP) {
	for _, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		for i := 1; i < len(words); i++ {
			if strings.EqualFold(words[i], name) {
				if ip := Parse(words[0]); ip != nil {
					found = append(found, ip)
				}
				break
			}
		}
	}
	return found
}
