package main

import (
	"context"
	"errors"
	"log"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"entrypoint/cmd/entry-point/commandline"
	"entrypoint/config"
	"entrypoint/supervisor/visible"
	"entrypoint/supervisor/waitfor"
)

const (
	codeUnavailable = 75 // EX_TEMPFAIL
	codeConfig      = 78 // EX_CONFIG
)

// waitFor waits until the servers of the environment, or of the arguments, answer.
// entry-point names them in the environment: in arguments everybody could read
// the passwords.
func waitFor(args []string) int {
	say := log.New(visible.Writer{W: os.Stderr}, "entry-point: ", 0)
	if len(args) == 0 {
		args = config.WaitTargets(os.Getenv(config.WaitFor))
	}
	limit := time.Minute
	if text := os.Getenv(config.WaitTimeout); text != "" {
		var err error
		if limit, err = commandline.Duration(text); err != nil || limit <= 0 {
			say.Printf("environment variable %s: %q is no time such as 90s", config.WaitTimeout, text)
			return codeConfig
		}
	}
	targets, err := parse(args)
	if err != nil {
		say.Print(err)
		return codeConfig
	}
	if fd, err := strconv.Atoi(os.Getenv(config.WaitLocal)); err == nil {
		local, err := waitfor.OpenLocal(fd)
		if err != nil {
			say.Print("cannot ask for files and unix sockets: " + err.Error())
			return codeConfig
		}
		local.Attach(targets)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := waitfor.Wait(ctx, targets, func(line string) { say.Print(line) }); err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			say.Printf("no answer within %v: %v", limit, err)
		}
		return codeUnavailable
	}
	return 0
}

// waitForLocal looks for files and unix sockets, for a wait-for that may not.
func waitForLocal() int {
	say := log.New(os.Stderr, "entry-point: ", 0)
	targets, err := parse(config.WaitTargets(os.Getenv(config.WaitFor)))
	if err != nil { // wait-for says it, too
		return codeConfig
	}
	if err := waitfor.Serve(firstFD, targets); err != nil {
		say.Print("cannot look for files and unix sockets: " + err.Error())
		return codeConfig
	}
	return 0
}

// firstFD is the first descriptor that is inherited beside the standard ones.
const firstFD = 3

func parse(args []string) (targets []waitfor.Target, err error) {
	for _, text := range args {
		t, err := waitfor.Parse(text)
		if err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	return targets, nil
}
