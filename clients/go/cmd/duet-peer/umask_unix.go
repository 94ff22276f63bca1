//go:build unix

package main

import (
	"io/fs"
	"syscall"
)

// umask reads the process's: that is only possible by changing it for a moment.
func umask() fs.FileMode {
	mask := syscall.Umask(0o077)
	syscall.Umask(mask)
	return fs.FileMode(mask).Perm()
}
