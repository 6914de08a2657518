module entrypoint

go 1.26.0

require (
	github.com/creack/pty v1.1.24 // indirect
	github.com/google/renameio/v2 v2.0.2 // indirect
	github.com/hashicorp/go-reap v0.0.0-20170704170343-bf58d8a43e7b // indirect
	github.com/jessevdk/go-flags v1.6.1 // indirect
	github.com/moby/sys/user v0.5.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
