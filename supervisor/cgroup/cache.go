package cgroup

// ReadCache is how much of Memory.Usage is page cache that the kernel gives back first:
// docker stats and Kubernetes count what is left as used. 0: not known.
func ReadCache(root, own string) int64 {
	g, ok := Find(root, own, "memory", [2]string{"memory.limit_in_bytes", "memory.max"})
	if !ok {
		return 0
	}
	name := "inactive_file"
	if g.v1 {
		name = "total_inactive_file"
	}
	n, _ := field(g.text("memory.stat", "memory.stat"), name)
	return n
}
