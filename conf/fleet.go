package conf

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Fleet says where the records are that many servers share, and how to get at them. The zero
// Fleet is none: records are in files.
type Fleet struct {
	Nodes []string // https://NAME:PORT of each node of etcd

	CA, Cert, Key string // files: who signs the nodes' certificates, and this host's own

	Name    string // the fleet's
	KeyFile string // the file with the key that signs every record: see [Fleet.ReadKey]

	Call time.Duration // how long one node has to answer
	Wait time.Duration // how long a login waits for the store in all
}

// FleetKeyLen is the length of a fleet's key in bytes.
const FleetKeyLen = 32

const (
	defaultCall = 400 * time.Millisecond
	leastCall   = 50 * time.Millisecond
	mostCall    = 3 * time.Second

	// A login by motpd takes eight seconds at the most, whatever it waits for.
	defaultWait = 4 * time.Second
	leastWait   = time.Second
	mostWait    = 7 * time.Second

	maxNodes     = 16
	maxFleetName = 64
)

// storeKey is the setting without which none of the others has a meaning.
const storeKey = "store"

// A fleetKey is a setting of a fleet.
type fleetKey struct {
	name   string
	needed bool // a store has no meaning without it

	// set stores a value, and says what is wrong with it, or nothing.
	set func(f *Fleet, value string) string
}

// fleetKeys are all of them.
var fleetKeys = []fleetKey{
	{storeKey, true, (*Fleet).setNodes},
	{"store_ca", true, func(f *Fleet, value string) string { return setPath(&f.CA, value) }},
	{"store_cert", true,
		func(f *Fleet, value string) string { return setPath(&f.Cert, value) }},
	{"store_key", true, func(f *Fleet, value string) string { return setPath(&f.Key, value) }},
	{"fleet", true, (*Fleet).setName},
	{"fleet_key", true,
		func(f *Fleet, value string) string { return setPath(&f.KeyFile, value) }},
	{"store_call", false, func(f *Fleet, value string) string {
		return setPatience(&f.Call, value, leastCall, mostCall)
	}},
	{"store_wait", false, func(f *Fleet, value string) string {
		return setPatience(&f.Wait, value, leastWait, mostWait)
	}},
}

// fleetKeyNames are their names.
func fleetKeyNames() (all []string) {
	for _, k := range fleetKeys {
		all = append(all, k.name)
	}
	return all
}

// IsZero says whether records are in files.
func (f Fleet) IsZero() bool { return f.Equal(Fleet{}) }

// Equal says whether two settings are the same, in every respect.
func (f Fleet) Equal(other Fleet) bool {
	return slices.Equal(f.Nodes, other.Nodes) && f.CA == other.CA && f.Cert == other.Cert &&
		f.Key == other.Key && f.Name == other.Name && f.KeyFile == other.KeyFile &&
		f.Call == other.Call && f.Wait == other.Wait
}

// ReadKey reads the key that signs every record. Its file is as private as a table, and holds the
// bytes in base64. The error is an *[Error], and does not tell them. It is also one if others can
// read this host's own key.
func (f Fleet) ReadKey() ([]byte, error) {
	if f.Key != "" {
		_, free, err := ReadPrivate(f.Key)
		if err != nil {
			return nil, err
		}
		free()
	}
	text, free, err := ReadPrivate(f.KeyFile)
	if err != nil {
		return nil, err
	}
	defer free()
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != FleetKeyLen {
		return nil, &Error{Kind: Unavailable, File: f.KeyFile, Msg: "must hold " +
			strconv.Itoa(FleetKeyLen) + " bytes in base64, and nothing else: " +
			"openssl rand -base64 32"}
	}
	return key, nil
}

func isFleetKey(name string) bool { return slices.Contains(fleetKeyNames(), name) }

// set stores a setting of a fleet; ok is false if it is none.
func (f *Fleet) set(key, value string) (msg string, ok bool) {
	i := slices.IndexFunc(fleetKeys, func(k fleetKey) bool { return k.name == key })
	if i < 0 {
		return "", false
	}
	return fleetKeys[i].set(f, value), true
}

// complete puts in what a table does not say, and returns what is wrong with what it says as a
// whole, and of which setting. said has those that it has.
func (f *Fleet) complete(said []string) (key, msg string) {
	if len(said) == 0 {
		return "", ""
	}
	if !slices.Contains(said, storeKey) {
		return said[0], "has a meaning only with " + storeKey +
			", which says where the fleet's records are"
	}
	var missing []string
	for _, k := range fleetKeys {
		if k.needed && !slices.Contains(said, k.name) {
			missing = append(missing, k.name)
		}
	}
	if len(missing) > 0 {
		return storeKey, "is not all that a fleet needs: " + strings.Join(missing, ", ") +
			" must be set, too"
	}
	if f.Call == 0 {
		f.Call = defaultCall
	}
	if f.Wait == 0 {
		f.Wait = defaultWait
	}
	if f.Call > f.Wait/2 {
		for _, key := range []string{"store_call", "store_wait"} {
			if slices.Contains(said, key) {
				return key, "leaves no time for a second node: store_wait must " +
					"be at least twice store_call"
			}
		}
	}
	return "", ""
}

// of says where the record is of a name that has these entries. That of a name without any is where
// those of most users are.
func (f Fleet) of(name string, found []Entry) Fleet {
	for _, e := range found {
		if e.User.Name == name && e.Local {
			return Fleet{}
		}
	}
	return f
}

// setNodes reads "etcd https://a:2379 https://b:2379".
func (f *Fleet) setNodes(value string) string {
	words := strings.FieldsFunc(value, isBlankRune)
	if len(words) < 2 || words[0] != "etcd" {
		return "must be etcd and its nodes, like etcd https://a.example:2379 " +
			"https://b.example:2379 https://c.example:2379"
	}
	nodes := words[1:]
	if len(nodes) > maxNodes {
		return "names more than " + strconv.Itoa(maxNodes) + " nodes"
	}
	for i, node := range nodes {
		if !nodeAddress(node) {
			return "must name nodes as https://NAME:PORT, with blanks between them"
		}
		if slices.Contains(nodes[:i], node) {
			return "names a node twice"
		}
	}
	f.Nodes = slices.Clone(nodes)
	return ""
}

// nodeAddress says whether a word is https://NAME:PORT. Nothing is spoken to without a certificate.
func nodeAddress(word string) bool {
	rest, ok := strings.CutPrefix(word, "https://")
	colon := strings.LastIndexByte(rest, ':')
	if !ok || colon < 1 {
		return false
	}
	host, port := rest[:colon], rest[colon+1:]
	if inside, isV6 := strings.CutPrefix(host, "["); isV6 {
		inside, closed := strings.CutSuffix(inside, "]")
		if !closed || inside == "" ||
			strings.Trim(inside, "0123456789abcdefABCDEF:.") != "" {
			return false
		}
	} else if strings.Trim(host, hostSigns) != "" {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && port[0] != '0'
}

// hostSigns are what the name or the address of a host is made of.
const hostSigns = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

func (f *Fleet) setName(value string) string {
	if value == "" || len(value) > maxFleetName || strings.Trim(value, hostSigns) != "" {
		return "must be a name of 1 to " + strconv.Itoa(maxFleetName) +
			" letters, digits, and . _ -"
	}
	f.Name = value
	return ""
}

// setPath takes the place of a file.
func setPath(at *string, value string) string {
	if !strings.HasPrefix(value, "/") || strings.HasSuffix(value, "/") || !printable(value) {
		return "must be the path of a file, from / on"
	}
	*at = value
	return ""
}

// setPatience takes a time to wait.
func setPatience(at *time.Duration, value string, least, most time.Duration) string {
	d, err := time.ParseDuration(value)
	if err != nil || d < least || d > most || d%time.Millisecond != 0 {
		return "must be a duration from " + least.String() + " to " + most.String()
	}
	*at = d
	return ""
}
