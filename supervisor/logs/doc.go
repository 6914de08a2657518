// Package logs writes lines to the container's output without ever making PID 1
// wait for whoever reads them.
//
// Today it holds entry-point's own log. What programs print does not pass
// through us: they inherit the container's stdout and stderr.
package logs
