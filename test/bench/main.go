// Command bench measures what a login costs: whole pamtester processes, one stack beside the other in one interleaved run, so that a machine that
// slows down slows them all. "make bench" runs it, as root.
//
// It works in a mount namespace of its own, with its own /etc/pam.d and a /dev/log that listens. Records are on the real disk, under build/, since
// writing them durably is part of the price.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	runs := flag.Int("n", 200, "logins of each kind")
	flag.Parse()
	if !inNamespace() {
		os.Exit(runInNamespace())
	}
	if err := bench(*runs); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(runs int) error {
	module, err := filepath.Abs("build/pam_motp.so")
	if err != nil {
		return err
	}
	size, err := os.Stat(module)
	if err != nil {
		return fmt.Errorf("%w (run make first)", err)
	}
	dir, err := os.MkdirTemp("build", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	contenders, err := makeContenders(module, dir)
	if err != nil {
		return err
	}
	for range runs {
		for _, c := range contenders {
			if err := c.measure(); err != nil {
				return err
			}
		}
	}
	fmt.Printf("One login, %d processes each, interleaved. Times in ms, the start of pamtester included.\n\n", runs)
	printTable(os.Stdout, contenders)
	fmt.Printf("\npam_motp.so: %.2f MB, stripped\n", float64(size.Size())/1e6)
	return nil
}
