// Package address reads what an IP address looks like in text, and what
// /etc/hosts says about names.
//
// Package net does it too and costs PID 1 a third of its start time; net/netip
// still costs 4%. DNS is not here: only supervisor/logs asks it.
package address
