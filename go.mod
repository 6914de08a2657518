module entrypoint

go 1.26.0

require (
	github.com/creack/pty v1.1.24
	github.com/hashicorp/go-reap v0.0.0-20170704170343-bf58d8a43e7b
	github.com/jessevdk/go-flags v1.6.1
	github.com/moby/sys/user v0.5.0
	golang.org/x/sys v0.49.0
)

require github.com/robfig/cron/v3 v3.0.1

require golang.org/x/term v0.47.0
