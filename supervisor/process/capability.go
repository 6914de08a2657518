package process

import (
	"slices"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// limitCapabilities takes from the child's bounding set what is not in keep, so that no
// execve can bring it back: root's own gives root the whole set (capabilities(7)).
func (c *child) limitCapabilities(s *Spec, keep []int) {
	for number := 0; ; number++ {
		bounded, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(number), 0, 0, 0)
		if err != nil {
			return // EINVAL: the kernel knows no more
		}
		if bounded == 0 || slices.Contains(keep, number) {
			continue
		}
		drop := c.add(failure{what: "cannot drop " + capabilityName(number), needs: "it needs CAP_SETPCAP; no_new_privs = true needs nothing"},
			unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, uintptr(number))
		if s.Settings.NoNewPrivs {
			drop.harmless = syscall.EPERM // then execve brings nothing back anyway
		}
	}
}

// setCapabilities makes keep all that the child and what it executes can do, whichever
// user it is: ambient capabilities are what an execve by another user than root keeps.
func (c *child) setCapabilities(s *Spec, keep []int) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var set [2]unix.CapUserData
	if err := unix.Capget(&header, &set[0]); err != nil {
		return c.cannot("cannot read our capabilities: "+err.Error(), err)
	}
	var mask [2]uint32
	for _, number := range keep {
		if number < 0 || number >= 64 || set[number/32].Permitted&(1<<(number%32)) == 0 {
			return c.cannot("cannot keep "+capabilityName(number)+": we do not have it (docker run --cap-add)", syscall.EPERM)
		}
		mask[number/32] |= 1 << (number % 32)
	}
	for i := range set {
		set[i] = unix.CapUserData{Effective: mask[i], Permitted: mask[i], Inheritable: mask[i]}
	}
	c.keep = append(c.keep, &set)
	c.add(failure{what: "cannot set the capabilities"}, unix.SYS_CAPSET, pointerTo(c, &header), uintptr(unsafe.Pointer(&set)))
	user := syscall.Geteuid()
	if s.Credential != nil {
		user = int(s.Credential.Uid)
	}
	if user == 0 {
		return nil // execve gives root the inheritable and the bounding set
	}
	for _, number := range keep {
		c.add(failure{what: "cannot make " + capabilityName(number) + " ambient"},
			unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, uintptr(number))
	}
	return nil
}

// capabilityName is the name of a number of capabilities(7).
func capabilityName(number int) string {
	names := [...]string{
		"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
		"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
		"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
		"SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
		"MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
		"CHECKPOINT_RESTORE",
	}
	if number < 0 || number >= len(names) {
		return "capability " + strconv.Itoa(number)
	}
	return "CAP_" + names[number]
}
