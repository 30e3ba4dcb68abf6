package main

import (
	"context"
	"net"
	"testing"
	"time"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/memory"
)

var secret = []byte("testing123")

// A code lets in once, its request as often as it is sent, and nobody else gets in.
func TestServer(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1296121200, 0)
	packets := radius.PacketServer{SecretSource: radius.StaticSecretSource(secret),
		Handler: &server{
			users: users,
			verifier: motp.Verifier{Store: new(memory.Store),
				Policy: motp.DefaultPolicy},
			now: func() time.Time { return now },
		}}
	done := make(chan error)
	go func() { done <- packets.Serve(conn) }()
	t.Cleanup(func() {
		_ = packets.Shutdown(context.Background())
		<-done
	})
	client, err := net.Dial("udp", conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, c := range []struct {
		name, typed string
		want        radius.Code
	}{
		{"alice", "000000", radius.CodeAccessReject},
		{"alice", "6ed4e4", radius.CodeAccessAccept},
		{"alice", "6ed4e4", radius.CodeAccessReject},
		{"mallory", "6ed4e4", radius.CodeAccessReject},
	} {
		packet := radius.New(radius.CodeAccessRequest, secret)
		if err := rfc2865.UserName_SetString(packet, c.name); err != nil {
			t.Fatal(err)
		}
		if err := rfc2865.UserPassword_SetString(packet, c.typed); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time as a client does that heard no answer
			if got := exchange(t, client, packet); got != c.want {
				t.Errorf("%s with %s: %v, want %v", c.name, c.typed, got, c.want)
			}
		}
	}
}

// exchange sends a packet from one port, as it is, until there is an answer, as clients do. It
// returns the answer's code.
func exchange(t *testing.T, client net.Conn, packet *radius.Packet) radius.Code {
	t.Helper()
	b, err := packet.Encode()
	if err != nil {
		t.Fatal(err)
	}
	in := make([]byte, radius.MaxPacketLength)
	for range 100 {
		if _, err := client.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := client.SetReadDeadline(time.Now().Add(time.Second / 2)); err != nil {
			t.Fatal(err)
		}
		n, err := client.Read(in)
		if err == nil && radius.IsAuthenticResponse(in[:n], b, secret) {
			return radius.Code(in[0])
		}
	}
	t.Fatal("no answer")
	return 0
}
