package profile

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"entrypoint/config/vocabulary"
)

// Words are the profiles for readers: what each does is said from its row.
func Words() []vocabulary.Word {
	words := make([]vocabulary.Word, 0, len(table))
	for i := range table {
		r := &table[i]
		help := "Stops with " + or(r.stops, signals(r.stop[:]...))
		if r.reload != 0 {
			help += "; reloads with " + signals(r.reload)
		}
		if r.reopen != 0 {
			help += "; opens its logs again with " + signals(r.reopen)
		}
		help += "."
		if r.ready != "" {
			help += " Ready when it listens at " + r.ready + "."
		}
		if r.about != "" {
			help += " " + r.about
		}
		words = append(words, vocabulary.Word{Name: r.name, Help: help, Example: "profile = " + r.name})
	}
	return words
}

// signals names signals as a stop ladder has them.
func signals(list ...syscall.Signal) string {
	var names []string
	for _, sig := range list {
		if sig != 0 {
			names = append(names, strings.TrimPrefix(unix.SignalName(sig), "SIG"))
		}
	}
	return strings.Join(names, ", then ")
}
