package config

import (
	"errors"
	"math"
	"slices"
	"strings"

	"entrypoint/config/nearest"
	"entrypoint/config/vocabulary"
)

// limitKeys say what a program may. All of it is in force before the first instruction
// of its command. The table is never written.
var limitKeys = []programKey{
	{row{
		Name: "rlimit_nofile", Type: vocabulary.Text, Default: "(as the container has it)",
		Help:    "How many files the program may have open: `N` or `SOFT:HARD`, each of which may be `unlimited`.",
		Example: "rlimit_nofile = 1024:4096",
	}, everywhere, forAll, setNoFile},
	{row{
		Name: "rlimit_core", Type: vocabulary.Text, Default: "(as the container has it)",
		Help:    "How large a core dump of the program may be: a size or `SOFT:HARD`, each of which may be `unlimited`.",
		Example: "rlimit_core = 0",
	}, everywhere, forAll, setCore},
	{row{
		Name: "nice", Type: vocabulary.Integer, Default: "(as the container has it)",
		Help:    "The nice value of the program, from -20 (first) to 19 (last).",
		Example: "nice = 10",
	}, everywhere, forAll, setNice},
	{row{
		Name: "oom_score_adj", Type: vocabulary.Integer, Default: "(see `oom_protect` of [entrypoint])",
		Help:    "From -1000 (never) to 1000 (first): how soon the kernel ends this program when memory runs out. The value is exact, whatever `oom_protect` does.",
		Example: "oom_score_adj = 500",
	}, everywhere, forAll, setOOMScoreAdj},
	{row{
		Name: "no_new_privs", Type: vocabulary.Boolean, Default: "false",
		Help:    "Whether the program, and all that it starts, can never gain rights, as by sudo or a setuid file.",
		Example: "no_new_privs = true",
	}, everywhere, forAll, setNoNewPrivs},
	{row{
		Name: "capabilities", Type: vocabulary.List, Default: "(as the container has them)",
		Help:    "All capabilities that the program may have, such as `NET_BIND_SERVICE`; `none`: none at all.",
		Example: "capabilities = NET_BIND_SERVICE",
	}, everywhere, forAll, setCapabilities},
}

func setNoFile(b *build, _ setting, t *text) (err error) {
	b.p.Limits.NoFile, err = parseLimit(t.s, func(s string) (int, error) { return parseInt(s, 0, math.MaxInt) })
	return err
}

func setCore(b *build, _ setting, t *text) (err error) {
	b.p.Limits.Core, err = parseLimit(t.s, parseBytes)
	return err
}

func setNice(b *build, _ setting, t *text) error {
	n, err := parseInt(t.s, -20, 19)
	b.p.Limits.Nice = &n
	return err
}

func setOOMScoreAdj(b *build, _ setting, t *text) error {
	n, err := parseInt(t.s, -1000, 1000)
	b.p.Limits.OOMScoreAdj = &n
	return err
}

func setNoNewPrivs(b *build, _ setting, t *text) (err error) {
	b.p.Limits.NoNewPrivs, err = parseBool(t.s)
	return err
}

func setCapabilities(b *build, _ setting, t *text) error {
	list, err := parseCapabilities(t.s)
	b.p.Limits.Capabilities = &list
	return err
}

// parseLimit reads N for both limits, or SOFT:HARD; each may be "unlimited".
func parseLimit(s string, number func(string) (int, error)) (*Limit, error) {
	one := func(s string) (uint64, error) {
		if s = strings.TrimSpace(s); strings.EqualFold(s, "unlimited") || strings.EqualFold(s, "infinity") {
			return Unlimited, nil
		}
		n, err := number(s)
		if err == nil && n < 0 {
			err = errors.New("a limit cannot be below 0; write unlimited for none")
		}
		return uint64(n), err
	}
	soft, hard, both := strings.Cut(s, ":")
	var limit Limit
	var err error
	if limit.Soft, err = one(soft); err != nil {
		return nil, err
	}
	limit.Hard = limit.Soft
	if both {
		if limit.Hard, err = one(hard); err != nil {
			return nil, err
		}
	}
	if limit.Soft > limit.Hard {
		return nil, quoting("the soft limit is over the hard one in ", s)
	}
	return &limit, nil
}

// capabilityNames are those of linux/capability.h, by number. It is never
// written.
var capabilityNames = [...]string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
	"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
	"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
	"SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
	"MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
	"CHECKPOINT_RESTORE",
}

// parseCapabilities reads names with or without "CAP_", or "none", to numbers in
// their order. The list is never nil.
func parseCapabilities(s string) ([]int, error) {
	list := []int{}
	names := strings.FieldsFunc(strings.ToUpper(s), func(r rune) bool { return strings.ContainsRune(", \t\n", r) })
	if len(names) == 0 {
		return nil, errors.New(`no capability is named; write "none" to take all away`)
	}
	for _, name := range names {
		if name == "NONE" && len(names) == 1 {
			return list, nil
		}
		short := strings.TrimPrefix(name, "CAP_")
		n := slices.Index(capabilityNames[:], short)
		if n < 0 {
			return nil, quoting("unknown capability ", name, nearest.Hint(short, capabilityNames[:]))
		}
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list, nil
}
