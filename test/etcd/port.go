package etcd

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
)

// freeAddress is a port on loopback at which nobody listens. It is below those that the kernel
// gives to whoever connects somewhere (ip_local_port_range): one of those may be taken while a node
// is not there, and the node would not start then, or not again.
func freeAddress() (string, error) {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return "", err
	}
	var given int
	if _, err := fmt.Sscan(string(text), &given); err != nil {
		return "", err
	}
	for range 100 {
		port := given/2 + rand.IntN(given/2)
		at := net.JoinHostPort(loopback, strconv.Itoa(port))
		if l, err := net.Listen("tcp", at); err == nil {
			return at, l.Close()
		}
	}
	return "", fmt.Errorf("no port below %d is free", given)
}
