package main

import (
	"os"
	"strconv"
	"time"

	"entrypoint/config/directory"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/process/threadless"
)

// healthOfLaunch answers "ctl health" in a container that only launches a command
// (debug mode, docker run IMAGE CMD): there is nobody to ask, and no program whose
// health could be told, so the container is as healthy as it is alive. An image
// can have one HEALTHCHECK for all of its modes then.
//
// What the entry-point of this container was told is in /proc, and says it whatever
// state it is in; a mark of its own would need a place to write to. Where a server of
// this container is, or an entry-point that supervises, the answer is the server's.
func healthOfLaunch(words []string) (text string, is bool) {
	if len(words) == 0 || words[0] != "health" {
		return "", false
	}
	text = threadless.Healthy
	for _, word := range words[1:] {
		if word != "--json" {
			return "", false
		}
		text = threadless.HealthyJSON
	}
	if !launching() {
		return "", false
	}
	if server, err := control.Dial(os.Getenv("ENTRYPOINT_SOCKET"), healthPatience); err == nil {
		_ = server.Close() // what is launched is another entry-point, which supervises
		return "", false
	}
	return text, true
}

// launching says whether the entry-point of this container launches a command. It is
// process 1, or below another init, or in a PID namespace that containers share, any
// process; one that supervises decides then, for others may have been launched by it.
func launching() (is bool) {
	if m := modeOf(1); m != elsewise {
		return m == launches || m == debugs
	}
	names, _ := directory.Names("/proc")
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil || pid == os.Getpid() {
			continue
		}
		switch modeOf(pid) {
		case supervises, installs:
			return false
		case launches, debugs:
			is = true
		}
	}
	return is
}

// healthPatience is for a server of ours, which takes a connection at once.
const healthPatience = time.Second
