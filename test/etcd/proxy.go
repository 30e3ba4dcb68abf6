package etcd

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// A proxy stands before a node's socket. It knows which node calls, or that it is a client.
type proxy struct {
	cluster     *Cluster
	front, back string
	listener    net.Listener

	mu    sync.Mutex
	cut   map[*Node]ways // what does not pass of a caller's; nil stands for clients
	conns map[*pipe]bool
}

// ways are directions in which bytes may be lost.
type ways uint8

const (
	toNode ways = 1 << iota
	fromNode
	both = toNode | fromNode
)

// A pipe is one connection.
type pipe struct {
	from         *Node
	caller, node net.Conn
	open         *sync.Cond
	stopped      bool
}

// newProxy finds a free port for a node, and stands before it at an address, unless that is to be
// called itself.
func newProxy(c *Cluster, address string, direct bool) (*proxy, error) {
	back, err := freeAddress()
	if err != nil {
		return nil, err
	}
	if direct {
		return &proxy{cluster: c, front: back, back: back}, nil
	}
	front, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		return nil, err
	}
	p := &proxy{cluster: c, front: front.Addr().String(), back: back,
		listener: front, cut: map[*Node]ways{}, conns: map[*pipe]bool{}}
	go p.serve()
	return p, nil
}

func (p *proxy) serve() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.pass(conn)
	}
}

func (p *proxy) close() {
	if p.listener == nil {
		return
	}
	_ = p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.end()
	}
}

// pass copies a connection's bytes, both ways, while its caller is not cut off.
func (p *proxy) pass(caller net.Conn) {
	from := p.cluster.caller(caller)
	node, err := net.Dial("tcp", p.back)
	if err != nil {
		_ = caller.Close()
		return
	}
	p.mu.Lock()
	c := &pipe{from: from, caller: caller, node: node, open: sync.NewCond(&p.mu)}
	p.conns[c] = true
	p.mu.Unlock()
	var group sync.WaitGroup
	group.Add(2)
	for way, conns := range map[ways][2]net.Conn{toNode: {caller, node},
		fromNode: {node, caller}} {
		go func() {
			defer group.Done()
			_, _ = io.Copy(gate{p, c, way, conns[1]}, conns[0])
			c.end()
		}()
	}
	group.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (c *pipe) end() {
	_ = c.caller.Close()
	_ = c.node.Close()
}

// A gate lets bytes through unless the caller is cut off: then they wait, as in a network that
// drops packets.
type gate struct {
	*proxy
	c   *pipe
	way ways
	to  net.Conn
}

func (g gate) Write(b []byte) (int, error) {
	g.mu.Lock()
	for g.cut[g.c.from]&g.way != 0 && !g.c.stopped {
		g.c.open.Wait()
	}
	stopped := g.c.stopped
	g.mu.Unlock()
	if stopped {
		return 0, io.ErrClosedPipe
	}
	return g.to.Write(b)
}

// set cuts a caller off, or lets it through again. What has waited is lost then, with its
// connection.
func (p *proxy) set(from *Node, cut ways) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut[from] = cut
	for c := range p.conns {
		if c.from == from && cut == 0 {
			c.stopped = true
			c.open.Broadcast()
			c.end()
		}
	}
}

// Cut cuts two nodes off from each other.
func Cut(a, b *Node) { a.peer.set(b, both); b.peer.set(a, both) }

// Mute has nothing that a node says reach another, which it hears all the same.
func Mute(a, to *Node) { a.peer.set(to, fromNode); to.peer.set(a, toNode) }

// CutClients cuts a node off from its clients.
func (n *Node) CutClients() { n.client.set(nil, both) }

// Heal ends all cuts.
func (c *Cluster) Heal() {
	for _, n := range c.Nodes {
		n.client.set(nil, 0)
		for _, other := range c.Nodes {
			n.peer.set(other, 0)
		}
	}
}

// caller tells which node is at the other end of a connection; nil if it is none.
func (c *Cluster) caller(conn net.Conn) *Node {
	inode := inodeOf(conn.RemoteAddr().(*net.TCPAddr).Port,
		conn.LocalAddr().(*net.TCPAddr).Port)
	if inode == "" {
		return nil
	}
	for _, n := range c.Nodes {
		fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", n.pid.Load()))
		for _, fd := range fds {
			if to, _ := os.Readlink(fd); to == "socket:["+inode+"]" {
				return n
			}
		}
	}
	return nil
}

// inodeOf is the number of a socket by its ports.
func inodeOf(from, to int) string {
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) > 9 && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", from)) &&
			strings.HasSuffix(f[2], fmt.Sprintf(":%04X", to)) {
			return f[9]
		}
	}
	return ""
}
