//go:build !unix

package main

import "io/fs"

// umask is what most systems have.
func umask() fs.FileMode { return 0o022 }
