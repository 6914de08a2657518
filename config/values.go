package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxSeconds is longer than any container lives and fits a Duration.
const maxSeconds = 1 << 30

// parseInt reads a whole number as supervisord does, in [low, high].
func parseInt(s string, low, high int) (int, error) {
	// Python allows "_" between digits.
	digits := strings.TrimSpace(s)
	if i := strings.IndexByte(digits, '_'); i > 0 && !strings.Contains(digits, "__") && !strings.HasSuffix(digits, "_") {
		digits = strings.ReplaceAll(digits, "_", "")
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, invalid(s, "is not a whole number")
	}
	if n < low || n > high {
		return 0, errors.New(digits + " is not in the range " + strconv.Itoa(low) + " to " + strconv.Itoa(high))
	}
	return n, nil
}

func parseSeconds(s string) (time.Duration, error) {
	n, err := parseInt(s, 0, maxSeconds)
	return time.Duration(n) * time.Second, err
}

// parsePriority reads a priority: the lower one starts first.
func parsePriority(s string) (int, error) {
	return parseInt(s, math.MinInt32, math.MaxInt32)
}

// parseDelay reads whole seconds, or a duration such as 1.5s or 2m.
func parseDelay(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseFloat(s, 64); err == nil && 0 <= n && n <= maxSeconds {
		return time.Duration(n * float64(time.Second)), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > maxSeconds*time.Second {
		return 0, invalid(s, "is neither a number of seconds nor a duration such as 500ms, 30s or 2m")
	}
	return d, nil
}

func parseBool(s string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	}
	return false, invalid(s, "is neither true nor false")
}

// parseBytes reads a size such as 50MB.
func parseBytes(s string) (int, error) {
	number, unit := strings.ToLower(strings.TrimSpace(s)), 1
	for i, suffix := range [...]string{"kb", "mb", "gb"} {
		if n, ok := strings.CutSuffix(number, suffix); ok {
			number, unit = strings.TrimSpace(n), 1<<(10*(i+1))
			break
		}
	}
	n, err := strconv.Atoi(number)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, invalid(s, "is not a size such as 1024, 512KB, 50MB or 1GB")
	}
	if err != nil || n > math.MaxInt/unit || n < math.MinInt/unit {
		return 0, invalid(s, "is too much: the largest size here is "+strconv.Itoa(math.MaxInt>>20)+"MB")
	}
	return n * unit, nil
}

func parseOctal(s string) (int, error) {
	digits := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "0o")
	n, err := strconv.ParseUint(digits, 8, 12)
	if err != nil {
		return 0, invalid(s, "is not an octal number such as 022")
	}
	return int(n), nil
}

func parseRestart(s string) (Restart, error) {
	if strings.EqualFold(strings.TrimSpace(s), "unexpected") {
		return RestartUnexpected, nil
	}
	b, err := parseBool(s)
	switch {
	case err != nil:
		return 0, invalid(s, "is none of true, false and unexpected")
	case b:
		return RestartAlways, nil
	}
	return RestartNever, nil
}

func parseExitCodes(s string) ([]int, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	var codes []int
	for _, item := range strings.Split(s, ",") {
		code, err := parseInt(item, 0, 255)
		if err != nil {
			return nil, invalid(strings.TrimSpace(item), "is not an exit code from 0 to 255")
		}
		codes = append(codes, code)
	}
	return codes, nil
}

// validName says what is wrong with the name of a program.
func validName(name string) error {
	if name == "" {
		return errors.New("the program has no name")
	}
	if i := strings.IndexAny(name, " :/\t\r\n"); i >= 0 {
		return quoting("a program's name cannot contain ", name[i:i+1])
	}
	return nil
}

// invalid is what is wrong with a value, whose text is quoted before it.
func invalid(value, reason string) error {
	return errors.New(strconv.Quote(value) + " " + reason)
}

// quoting is an error that quotes a value between its other words.
func quoting(before, value string, after ...string) error {
	return errors.New(before + strconv.Quote(value) + strings.Join(after, ""))
}
