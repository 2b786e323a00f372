//go:build !(linux || darwin || freebsd)

package node

import "errors"

// free is the room on the disk that a folder is on, which cannot be told here.
func free(string) (int64, error) {
	return 0, errors.New("the free room cannot be told on this system")
}
