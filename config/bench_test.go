package config

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// BenchmarkLoad loads a thousand programs: sections of their own, and processes
// of one.
func BenchmarkLoad(b *testing.B) {
	var sections strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&sections, "[program:p%d]\ncommand = sleep %%(ENV_TIME)s\ndirectory = /tmp\nautorestart = true\nstopsignal = INT\n"+
			"environment = NAME=\"%%(program_name)s\",B=2\nstdout_logfile = /tmp/p%d.log\n", i, i)
	}
	for name, text := range map[string]string{
		"sections": sections.String(),
		"numprocs": "[program:p]\ncommand = sleep %(process_num)d\nprocess_name = p%(process_num)03d\nnumprocs = 1000\nenvironment = A=1\n",
	} {
		b.Run(name, func(b *testing.B) {
			env := append(os.Environ(), "TIME=9")
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				l, err := newLoader(&Options{Dir: "/", Env: env})
				if err != nil {
					b.Fatal(err)
				}
				if c, err := l.load("app.conf", []byte(text)); err != nil || len(c.Programs) != 1000 {
					b.Fatal(err)
				}
			}
		})
	}
}
