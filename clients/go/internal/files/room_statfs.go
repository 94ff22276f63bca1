//go:build linux || darwin

package files

import "syscall"

// room is how many bytes a user may still write below a folder.
func room(folder string) (bytes uint64, known bool) {
	var system syscall.Statfs_t
	if err := syscall.Statfs(folder, &system); err != nil {
		return 0, false
	}
	return uint64(system.Bavail) * uint64(system.Bsize), true
}
