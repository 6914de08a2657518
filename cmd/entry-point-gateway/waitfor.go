package main

import (
	"context"
	"errors"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"entrypoint/cmd/entry-point/commandline"
	"entrypoint/config"
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
	say := log.New(os.Stderr, "entry-point: ", 0)
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
	var targets []waitfor.Target
	for _, text := range args {
		t, err := waitfor.Parse(text)
		if err != nil {
			say.Print(err)
			return codeConfig
		}
		targets = append(targets, t)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := waitfor.Wait(ctx, targets, func(line string) { say.Print(line) }); err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			say.Printf("not everything answers after %v: %v", limit, err)
		}
		return codeUnavailable
	}
	return 0
}
