package files

import "strings"

// platformFault knows what NTFS has other uses for.
func platformFault(name string) string {
	if strings.ContainsAny(name, `<>:"|?*`) {
		return "holds a character that Windows does not store"
	}
	return ""
}
