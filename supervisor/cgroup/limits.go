package cgroup

import (
	"path/filepath"
	"strconv"
	"strings"
)

// Limits are what our group may use, which is the least of its own limits and those of the
// groups above it that can be seen from here.
type Limits struct {
	CPUs   float64 // on average; 0: no limit
	Memory int64   // bytes; 0: no limit
}

// ReadLimits reads the limits of our group and of the groups above it. root and own are
// those of Find. What cannot be read limits nothing.
func ReadLimits(root, own string) (l Limits) {
	above(root, own, "cpu", func(g Group) {
		quota, period, _ := strings.Cut(g.text("cpu.cfs_quota_us", "cpu.max"), " ")
		q, _ := strconv.ParseFloat(quota, 64) // "max", "": 0
		if q <= 0 {                           // -1: no limit
			return
		}
		if g.v1 {
			period = g.text("cpu.cfs_period_us", "")
		}
		if p, _ := strconv.ParseFloat(period, 64); p > 0 && (l.CPUs == 0 || q/p < l.CPUs) {
			l.CPUs = q / p
		}
	})
	above(root, own, "memory", func(g Group) {
		if n, ok := g.number("memory.limit_in_bytes", "memory.max"); ok && n > 0 && (l.Memory == 0 || n < l.Memory) {
			l.Memory = n
		}
	})
	return l
}

// above calls look with our group of a controller and with every group above it. Where
// the container's own group is what is mounted, the path that the kernel tells leads to
// nothing, or out of what is mounted (".."), and only the root is looked at.
func above(root, own, controller string, look func(Group)) {
	g, place := Group{dir: root}, ""
	for _, line := range strings.Split(own, "\n") {
		_, rest, found := strings.Cut(line, ":")
		names, p, _ := strings.Cut(rest, ":")
		if strings.Contains(","+names+",", ","+controller+",") {
			g, place = Group{filepath.Join(root, controller), true}, p
			break
		}
		if found && names == "" {
			place = p
		}
	}
	if strings.Contains(place, "..") {
		place = "/"
	}
	for dir := filepath.Clean("/" + place); ; dir = filepath.Dir(dir) {
		look(Group{filepath.Join(g.dir, dir), g.v1})
		if dir == "/" {
			return
		}
	}
}
