package main

import (
	"os"
	"time"

	"entrypoint/supervisor/control"
)

// healthOfLaunch answers "ctl health" in a container that only launches a command
// (debug mode, docker run IMAGE CMD): there is nobody to ask, and no program whose
// health could be told, so the container is as healthy as it is alive. An image
// can have one HEALTHCHECK for all of its modes then.
//
// Who PID 1 is and what it was told is in /proc, and says it whatever state it is
// in; a mark of its own would need a place to write to. Where a server of this
// container is, or PID 1 is anybody else, the answer is the server's.
func healthOfLaunch(words []string) (text string, is bool) {
	if len(words) == 0 || words[0] != "health" {
		return "", false
	}
	text = "healthy: no programs are supervised here, entry-point launches a command\n"
	for _, word := range words[1:] {
		if word != "--json" {
			return "", false
		}
		text = `{"ready":true,"waiting":[]}` + "\n"
	}
	if m := modeOf(1); m != launches && m != debugs {
		return "", false
	}
	if server, err := control.Dial(os.Getenv("ENTRYPOINT_SOCKET"), healthPatience); err == nil {
		_ = server.Close() // what is launched is another entry-point, which supervises
		return "", false
	}
	return text, true
}

// healthPatience is for a server of ours, which takes a connection at once.
const healthPatience = time.Second
