package config

import (
	"strings"
	"testing"
	"time"
)

// TestHooks: which hooks a program has, and how long each may take.
func TestHooks(t *testing.T) {
	for keys, want := range map[string]string{
		"":                           "none",
		"hook_timeout=5s":            "none",
		"pre_start=a 'b c'":          "pre_start[a|b c] 30s",
		"pre_start=a\npre_start=":    "none",
		"post_start=a\npost_stop=b":  "post_start[a] post_stop[b] 30s",
		"pre_stop=a\nhook_timeout=2": "pre_stop[a] 2s",
		"pre_start_hook=a":           "pre_start[a] lenient 1m0s",
		"pre_stop_hook=a\npost_stop=b\nhook_timeout=3s":                "pre_stop[a] post_stop[b] 3s",
		"pre_start_hook=http://h/":                                     "none",
		"pre_start=%(program_name)s\npost_stop=%(ENV_NO:-none)s":       "pre_start[web] post_stop[none] 30s",
		"pre_start=a\n[entrypoint]\nhook_timeout=1m":                   "pre_start[a] 1m0s",
		"pre_start=a\n[program-default]\nhook_timeout=7s\npost_stop=b": "pre_start[a] post_stop[b] 7s",
		"post_stop=\n[program-default]\npost_stop=b":                   "none",
		"pre_start_hook=a\n[entrypoint]\nhook_timeout=1s":              "pre_start[a] lenient 1s",
	} {
		if got := hooksOf(mustLoad(t, "[program:web]\ncommand=w\n"+keys).Programs[0]); got != want {
			t.Errorf("%q: %s, want %s", keys, got, want)
		}
	}
	c := mustLoad(t, "[program:web]\ncommand=w\nnumprocs=2\nprocess_name=w%(process_num)d\npost_stop=a\npre_start=p %(process_num)d\n")
	if one, two := hooksOf(c.Programs[0]), hooksOf(c.Programs[1]); one != "pre_start[p|0] post_stop[a] 30s" || two != "pre_start[p|1] post_stop[a] 30s" {
		t.Errorf("two processes: %s and %s", one, two)
	}
	for keys, want := range map[string]string{
		"pre_start='a":                  "no closing quotation mark",
		"hook_timeout=0\npre_start=a":   "less than 10ms",
		"pre_start=a\npre_start_hook=b": "it says the same as pre_start; write only one of them",
		"pre_stop=a\npre_stop_hook=b":   "it says the same as pre_stop",
	} {
		if _, _, err := loadText(t, "[program:web]\ncommand=w\n"+keys); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", keys, err, want)
		}
	}
	var none *Hooks
	if h := mustLoad(t, "[program:web]\ncommand=w\npre_start=a\npre_stop=b\npost_stop=c").Programs[0].Hooks; none.StopTime() != 0 || h.StopTime() != time.Minute {
		t.Errorf("a stop may take %v", h.StopTime())
	}
}

func hooksOf(p *Program) string {
	h := p.Hooks
	if h == nil {
		return "none"
	}
	text := ""
	for i, argv := range [...][]string{h.PreStart, h.PostStart, h.PreStop, h.PostStop} {
		if argv != nil {
			text += [...]string{"pre_start", "post_start", "pre_stop", "post_stop"}[i] + "[" + strings.Join(argv, "|") + "] "
		}
	}
	if h.Lenient {
		text += "lenient "
	}
	return text + h.Timeout.String()
}
