package motp

import "testing"

// In a wide look-ahead one code can be that of two counters. Once it is accepted, neither is good
// any more.
func TestHOTPCodeOfTwoCounters(t *testing.T) {
	token := Token{Type: HOTP, Secret: "12345678901234567890"}
	seen := make(map[string]int64)
	var first, second int64
	for counter := int64(0); second == 0; counter++ {
		c := token.CodeAt(counter)
		if earlier, ok := seen[c]; ok {
			first, second = earlier, counter
		}
		seen[c] = counter
	}
	token.Counter = first
	p := DefaultPolicy
	p.LookAhead = int(second - first)
	u := User{Name: "alice", Tokens: []Token{token}}
	var r record
	if v, _ := r.judge(u, read(token.CodeAt(first)), noon, p); v != Accepted {
		t.Fatalf("the code of counters %d and %d is %v", first, second, v)
	}
	if v, _ := r.judge(u, read(token.CodeAt(second)), noon, p); v != Replay {
		t.Errorf("the second time it is %v", v)
	}
}
