package packaging

import (
	"debug/elf"
	"testing"
)

// TestHardened looks at what is built as a loader does: the module and the programs are loaded at
// an address that nobody knows (ET_DYN), with every symbol bound before they run (BIND_NOW) and
// what was bound read-only from then on (RELRO), and with a stack that holds no code.
func TestHardened(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"pam_motp.so", "motp", "motpd", "motpd-etcd"} {
		file, err := elf.Open("../build/" + name)
		must(t, err)
		defer file.Close()
		if file.Type != elf.ET_DYN {
			t.Errorf("%s: type %v, no position-independent one", name, file.Type)
		}
		flags, err := file.DynValue(elf.DT_FLAGS_1)
		must(t, err)
		if len(flags) != 1 || elf.DynFlag1(flags[0])&elf.DF_1_NOW == 0 {
			t.Errorf("%s: symbols are bound late: %v", name, flags)
		}
		var relro, stack bool
		for _, p := range file.Progs {
			relro = relro || p.Type == elf.PT_GNU_RELRO
			stack = stack || p.Type == elf.PT_GNU_STACK && p.Flags&elf.PF_X == 0
		}
		if !relro || !stack {
			t.Errorf("%s: RELRO: %t; stack without code: %t", name, relro, stack)
		}
	}
}
