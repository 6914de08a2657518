package ctl

import (
	"errors"
	"os"
	"syscall"
	"time"

	"entrypoint/supervisor/control"
)

// connect reaches the server at path, or ("") wherever it is, and says where that
// is, or should be. control.ErrNobody becomes one of the two errors that it stands
// for, since supervisorctl tells them apart.
func connect(path string, timeout time.Duration) (server requester, where string, err error) {
	client, err := control.Dial(path, timeout)
	if err == nil {
		return client, client.Name(), nil
	}
	failed := (*os.PathError)(nil)
	if !errors.As(err, &failed) {
		return nil, path, err
	}
	switch where, err = failed.Path, failed.Err; {
	case errors.Is(err, control.ErrPermission):
		err = syscall.EACCES
	case errors.Is(err, control.ErrNobody):
		err = syscall.ECONNREFUSED
		if _, gone := os.Lstat(where); gone != nil {
			err = syscall.ENOENT
		}
	}
	return nil, where, err
}
