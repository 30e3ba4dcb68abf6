package fleetsetup

import (
	"fmt"
	"net"
	"strings"
)

// nodeKeys is where a node has its keys: for etcd's eyes alone.
const nodeKeys = "/etc/etcd/motp"

// quota is the most that etcd keeps, enough for half a million users and what is written in two
// minutes. It is well below what a disk has, so that etcd says that it is full before the disk is.
const quota = 2 << 30

// settings are those of etcd on a node, as Debian's unit reads them.
func (p Plan) settings(n Node) []byte {
	var cluster []string
	for _, other := range p.Nodes {
		cluster = append(cluster, other.Name+"="+other.url(peerPort))
	}
	// etcd listens at addresses, not at names
	listen := n
	if net.ParseIP(n.Address) == nil {
		listen.Address = "0.0.0.0"
	}
	return fmt.Appendf(nil, `# etcd's settings on node %[1]s of the fleet %[2]s. %[3]s
ETCD_NAME=%[1]s
ETCD_DATA_DIR=/var/lib/etcd/motp
ETCD_LISTEN_CLIENT_URLS=%[4]s
ETCD_ADVERTISE_CLIENT_URLS=%[5]s
ETCD_LISTEN_PEER_URLS=%[6]s
ETCD_INITIAL_ADVERTISE_PEER_URLS=%[7]s
ETCD_INITIAL_CLUSTER=%[8]s
ETCD_INITIAL_CLUSTER_TOKEN=motp-%[2]s
ETCD_INITIAL_CLUSTER_STATE=new

# Nobody is spoken to without a certificate, and nodes have an authority of their own: a host's
# certificate does not open their port.
ETCD_CERT_FILE=%[9]s/server.crt
ETCD_KEY_FILE=%[9]s/server.key
ETCD_TRUSTED_CA_FILE=%[9]s/ca.crt
ETCD_CLIENT_CERT_AUTH=true
ETCD_PEER_CERT_FILE=%[9]s/peer.crt
ETCD_PEER_KEY_FILE=%[9]s/peer.key
ETCD_PEER_TRUSTED_CA_FILE=%[9]s/peers.crt
ETCD_PEER_CLIENT_CERT_AUTH=true
ETCD_ENABLE_GRPC_GATEWAY=false

# Each login leaves 1.4 kB of history. It is needed for nothing, and cleared every minute.
ETCD_AUTO_COMPACTION_MODE=periodic
ETCD_AUTO_COMPACTION_RETENTION=1m
# 2 GiB: half a million users. 8 GiB (8589934592) are two million, and the most that etcd advises.
ETCD_QUOTA_BACKEND_BYTES=%[10]d

# In milliseconds, for nodes less than 10 ms apart: another leads a second after the leader is gone.
# For others: twice the time to a node and back, and ten times that; store_wait is to be four times
# the second number at least.
ETCD_HEARTBEAT_INTERVAL=50
ETCD_ELECTION_TIMEOUT=500
# A node that comes back does not unseat the leader. From etcd 3.5 on it is so by itself.
ETCD_PRE_VOTE=true
ETCD_LOGGER=zap
`, n.Name, p.Fleet, mark, listen.url(clientPort), n.url(clientPort), listen.url(peerPort),
		n.url(peerPort), strings.Join(cluster, ","), nodeKeys, quota)
}

// mark tells settings that are ours from those of somebody else.
const mark = `Made by "motp fleet init".`

// install is the program that puts a node's files in their places.
const install = `#!/bin/sh
# Puts what lies beside it where etcd finds it, and starts etcd, as root. ` + mark + `
set -eu
cd "$(dirname "$0")"
settings=/etc/default/etcd
if ! command -v etcd >/dev/null || ! id etcd >/dev/null 2>&1; then
	echo "$0: etcd is not installed, or has no account of its own: apt install etcd-server" >&2
	exit 1
fi
if grep -qs '^[^#]' $settings && ! grep -q '` + mark + `' $settings; then
	echo "$0: etcd serves something else here: $settings. Nothing is changed." >&2
	exit 1
fi
install -d /etc/etcd
install -d -o etcd -g etcd -m 0700 ` + nodeKeys + `
install -o etcd -g etcd -m 0600 ./*.crt ./*.key ` + nodeKeys + `
install -m 0644 etcd.env $settings
systemctl enable -q etcd
# without waiting: a node is ready when a majority is
systemctl restart --no-block etcd
# keys stand in one place
here=$PWD
cd /
rm -rf "$here"
`
