package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// benchFlask measures how long docker run of the Flask image takes until the first
// good answer, with entry-point and with the tutorial's script, on an image whose
// dependencies are installed.
func benchFlask(r *rig) ([]row, error) {
	if err := exec.Command("docker", "version").Run(); err != nil {
		return nil, errors.New("no Docker engine answers (.ci/with-engine go run ./cmd/bench -run flask starts one)")
	}
	const image = "entry-point/bench"
	build := exec.Command("examples/flask/make-image", image)
	build.Env = append(os.Environ(), "BINARY="+r.bin)
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cannot build the image: %w\n%s", err, out)
	}
	defer exec.Command("docker", "rmi", "-f", image).Run()
	script, err := filepath.Abs(tutorialScript)
	if err != nil {
		return nil, err
	}
	ours := newContestant("ours", "docker.io", "docker", image)
	bash := newContestant("bash script", "docker.io", "docker", "-v", script+":/entry-point.sh:ro", "--entrypoint", "/bin/bash", image, "/entry-point.sh")
	times := results{}
	err = rounds(1, max(r.rounds*4, 1), []*contestant{ours, bash}, func(c *contestant, counts bool) error {
		took, err := firstByte(c.argv[1:])
		if counts && err == nil {
			times.add(c, took)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	m := metric{"docker run of the Flask image to the first answer", milliseconds, times[ours]}
	return []row{m.holdTo(1, bash, times, "")}, nil
}

// firstByte runs a container and asks it until it answers well; nanoseconds.
func firstByte(args []string) (float64, error) {
	address, err := freeAddress()
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	out, err := exec.Command("docker", append([]string{"run", "-d", "-p", address + ":80"}, args...)...).Output()
	if err != nil {
		return 0, fmt.Errorf("docker run: %w", err)
	}
	id := strings.TrimSpace(string(out))
	defer exec.Command("docker", "rm", "-f", id).Run()
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for time.Since(begin) < reportTimeout {
		if res, err := client.Get("http://" + address + "/"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return float64(time.Since(begin)), nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	logs, _ := exec.Command("docker", "logs", id).CombinedOutput()
	return 0, fmt.Errorf("%s does not answer: %s", filepath.Base(args[len(args)-1]), logs)
}
