package control

import (
	"cmp"
	"fmt"
	"time"
)

// Description is what supervisorctl shows behind the state of a program, in supervisord's
// words.
func (p *Program) Description(now time.Time) string {
	switch p.State {
	case "RUNNING":
		return fmt.Sprintf("pid %d, uptime %s", p.PID, uptime(now.Sub(p.Started)))
	case "FATAL", "BACKOFF":
		return cmp.Or(p.SpawnErr, `unknown error (try "tail `+p.Name+`")`)
	case "STOPPED", "EXITED":
		if p.Started.IsZero() {
			return "Not started"
		}
		return p.Ended.Local().Format("Jan 02 03:04 PM")
	}
	return ""
}

// uptime is a duration as Python prints one: "0:03:12", "1 day, 3:04:05".
func uptime(d time.Duration) string {
	seconds := int64(max(d, 0) / time.Second)
	text := fmt.Sprintf("%d:%02d:%02d", seconds/3600%24, seconds/60%60, seconds%60)
	switch days := seconds / 86400; days {
	case 0:
		return text
	case 1:
		return "1 day, " + text
	default:
		return fmt.Sprintf("%d days, %s", days, text)
	}
}
