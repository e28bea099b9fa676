package remote

import (
	"fmt"
	"os"
	"syscall"
)

// checkOwner refuses a configuration file that somebody else could have written,
// as ssh(1) does.
func checkOwner(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if ok && st.Uid != 0 && int(st.Uid) != os.Getuid() {
		return fmt.Errorf("%s belongs to another user (uid %d); ssh would not trust it either", name, st.Uid)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be written by others (mode %04o): run `chmod go-w %s`", name, info.Mode().Perm(), name)
	}
	return nil
}
