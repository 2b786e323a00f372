//go:build linux || darwin || freebsd

package node

import "golang.org/x/sys/unix"

// free is the room on the disk that a folder is on, in bytes.
func free(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
