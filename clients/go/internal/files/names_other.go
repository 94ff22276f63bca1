//go:build !windows

package files

// platformFault has nothing to add here.
func platformFault(string) string { return "" }
