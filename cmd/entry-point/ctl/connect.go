package ctl

import (
	"errors"
	"os"
	"syscall"
	"time"

	"entrypoint/supervisor/control"
)

// connect reaches the server at path. control.ErrNobody becomes one of the two
// errors that it stands for, since supervisorctl tells them apart.
func connect(path string, timeout time.Duration) (requester, error) {
	client, err := control.Dial(path, timeout)
	if err == nil {
		return client, nil
	}
	switch {
	case errors.Is(err, control.ErrPermission):
		return nil, syscall.EACCES
	case errors.Is(err, control.ErrNobody):
		if _, gone := os.Lstat(path); gone != nil {
			return nil, syscall.ENOENT
		}
		return nil, syscall.ECONNREFUSED
	}
	return nil, errors.Unwrap(err) // without the path, which noServer has
}
