// Package measure is what the container and its programs use: now, as the kernel says of
// the control group, and within the last hour, as samples.
//
// The samples are kept here and not in PID 1, which grows by nothing and does nothing for
// them while no gateway runs. So they begin when a gateway begins: with a probe of
// /readyz or a scrape of /metrics, which keep it running, there is a whole hour when
// somebody looks; without any there is as much as somebody has looked. What is older than
// the gateway is told by counters of PID 1 and of the kernel, such as the restarts of the
// last hour and the OOM kills.
//
// # Bounds
//
// A sample is made every 15 seconds, or less often where entry-point takes long to answer:
// it works for that for at most 1/200 of the time. 240 samples are kept, of 8 bytes for
// each program that ran within the hour: 0.1 MB with 60 programs, 2 MB with 1,000, and
// nothing for more than 5,000. The newest one is kept as it came, for the page.
package measure
