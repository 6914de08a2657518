// Package metrics is /metrics: programs, entry-point itself and the container, in
// OpenMetrics where the scraper asks for that, else in Prometheus' text format.
//
// A scrape is three requests to entry-point and a few files of the control group.
// Nothing is counted here: the numbers are those of PID 1 and of the kernel, so
// that they do not begin anew with the gateway. That is why no metrics library
// stands between them and the text: one keeps counters, of which there are none.
//
// Four scrapes are answered at a time, within ten seconds each; others wait as
// long, and get a 503 then. With 1,000 programs one is about 3 MB, 1.2 MB of it
// text.
package metrics
