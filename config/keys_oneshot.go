package config

import (
	"errors"
	"strings"
	"time"

	"entrypoint/config/vocabulary"
)

// oneshotKeys are those of work that ends. The table is never written.
var oneshotKeys = []programKey{
	{row{
		Name: "type", Type: vocabulary.Choice, Values: &[]string{"simple", "oneshot"}, Default: "simple",
		Help:    "`oneshot` is work that ends, such as a migration: what depends on it starts when it has ended with an expected exit code, and if it fails, the container ends.",
		Example: "type = oneshot",
	}, inProgram, forAll, setType},
	{row{
		Name: "once", Type: vocabulary.Choice, Values: &onceNames, Default: "always",
		Help: "When a oneshot runs: `always`: at each start of the container; `per-image`: once in each new container; " +
			"`per-volume`: again only when its command or one of `once_files` has changed, which is noted in `once_dir`.",
		Example: "type = oneshot\nonce = per-volume\nonce_dir = /data",
	}, inProgram, forAll, setOnce},
	{row{
		Name: "once_dir", Type: vocabulary.Path, Default: "(the working directory, for `once = per-image`)",
		Help:    "The directory on a volume where it is noted that a oneshot has run. Containers that share it take turns.",
		Example: "type = oneshot\nonce = per-volume\nonce_dir = /data",
	}, inProgram, forEach, setOnceDir},
	{row{
		Name: "once_files", Type: vocabulary.List,
		Help:    "Files and directories whose change lets a oneshot run again.",
		Example: "type = oneshot\nonce = per-volume\nonce_dir = /data\nonce_files = migrations",
	}, inProgram, forEach, setOnceFiles},
	{row{
		Name: "once_timeout", Type: vocabulary.Duration, Default: "1m",
		Help: "How long a oneshot waits for another process that holds the lock in `once_dir` and gives no sign of life. Then it fails with exit code 75. " +
			"A replica at work is waited for, however long it takes.",
		Example: "type = oneshot\nonce = per-volume\nonce_dir = /data\nonce_timeout = 5m",
	}, inProgram, forAll, setOnceTimeout},
}

// Once says how often a oneshot runs. The zero value: at each start.
type Once struct {
	Mode OnceMode
	// Dir is where it is noted that it has run, and where replicas that share it
	// take turns; relative to our working directory. "": nowhere.
	Dir string
	// Timeout is how long a replica is waited for that gives no sign of life
	// (once_timeout); 0: a minute.
	Timeout time.Duration `json:",omitempty"`
	// Files are files and directories whose change lets it run again.
	Files []string
}

// OnceMode is the kind of a Once.
type OnceMode int

// The values of once=.
const (
	OnceAlways    OnceMode = iota // at each start
	OncePerImage                  // noted in the working directory, as debug0 is: each new container's own
	OncePerVolume                 // noted in once_dir, which outlives the container
)

// onceNames are the values of once=, in the order of the constants. It is never
// written.
var onceNames = []string{"always", "per-image", "per-volume"}

func setType(b *build, _ setting, t *text) error {
	switch strings.ToLower(strings.TrimSpace(t.s)) {
	case "simple":
		b.p.Oneshot = false
	case "oneshot":
		b.p.Oneshot = true
	default:
		return invalid(t.s, "is neither simple nor oneshot")
	}
	return nil
}

func setOnce(b *build, _ setting, t *text) error {
	for mode, name := range onceNames {
		if strings.EqualFold(strings.TrimSpace(t.s), name) {
			b.p.Once.Mode = OnceMode(mode)
			return nil
		}
	}
	return invalid(t.s, "is none of "+strings.Join(onceNames, ", "))
}

func setOnceDir(b *build, _ setting, t *text) error {
	if b.p.Once.Dir = strings.TrimSpace(t.s); b.p.Once.Dir == "" {
		return errors.New("the path is empty")
	}
	return nil
}

func setOnceTimeout(b *build, _ setting, t *text) (err error) {
	b.p.Once.Timeout, err = parseInterval(t.s)
	return err
}

func setOnceFiles(b *build, _ setting, t *text) error {
	b.p.Once.Files = nil
	for _, name := range t.list() {
		if name == "" {
			return quoting("a name is missing in ", t.s)
		}
		b.p.Once.Files = append(b.p.Once.Files, name)
	}
	return nil
}

// completeOneshot gives work that ends its defaults, and refuses what makes no
// sense of it.
func (b *build) completeOneshot() {
	p := b.p
	b.completeSchedule()
	once := b.own("once", "once_dir", "once_files", "once_timeout")
	if len(once) > 0 && (!p.Oneshot || p.Schedule != nil) {
		b.fail(once[0], "it needs type = oneshot, and no schedule")
		return
	}
	if !p.Oneshot {
		return
	}
	b.refuse("a oneshot is ready when it has ended", "ready")
	if !b.explicit("autorestart") {
		p.Autorestart = RestartNever
	} else if p.Autorestart == RestartAlways {
		k, _ := b.lookup("autorestart")
		b.fail(k, "a oneshot that is always started again never ends; unexpected tries again after a failure")
	}
	if !b.explicit("startsecs") {
		p.StartSecs = 0 // it may end at once
	}
	if len(once) == 0 {
		return
	}
	switch k, _ := b.lookup("once"); {
	case p.Once.Mode == OncePerVolume && p.Once.Dir == "":
		b.fail(k, "per-volume needs once_dir, a directory on the volume")
	case p.Once.Mode == OncePerImage && p.Once.Dir == "":
		p.Once.Dir = "."
	}
}
