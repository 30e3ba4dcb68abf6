package main

var fleetCertificateGo = []mutant{
	{what: "a node's certificate for clients is good as a client's",
		old: "[]x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}\n",
		new: "[]x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, " +
			"x509.ExtKeyUsageClientAuth}}\n"},
	{what: "a certificate outlives its authority",
		old: "if c.NotAfter.After(a.cert.NotAfter) {", new: "if false {"},
	{what: "an authority that expired signs", old: "if now.After(a.cert.NotAfter) {",
		new: "if false {"},
}

var fleetAuthorityGo = []mutant{
	{what: "whoever has a key is an authority", old: " || !cert.IsCA", new: ""},
	{what: "an authority has another's key",
		old: " || !key.PublicKey.Equal(cert.PublicKey)", new: ""},
}

var fleetHostsGo = []mutant{
	{what: "who joins again has the user of a stolen certificate",
		old: "if !slices.Contains(left, h.User) {\n\t\t\treturn",
		new: "if !slices.Contains(left[:0], h.User) {\n\t\t\treturn"},
	{what: "who has left is forgotten", old: "left = append(left, h.User)", new: ""},
	{what: "etcd's administrator is a host", old: "return ok && err == nil && n > 0 &&",
		new: "return !ok || err == nil && n > 0 &&"},
	{what: "a host may be named like a path", old: "if err := CheckHost(name); err != nil {",
		new: "if err := CheckHost(name); false {\n\t\t_ = err"},
}

var fleetPlaceGo = []mutant{
	{what: "a host's keys of another fleet are overwritten",
		old: "if err := p.MayPut(b); err != nil {", new: "if err := p.MayPut(b); false {"},
	{what: "somebody's certificate is overwritten", old: "err == nil && same < 2",
		new: "err == nil && false"},
}

var fleetFolderGo = []mutant{
	{what: "nodes trust hosts as they trust each other", old: `{"peers.crt", f.peers.Cert}`,
		new: `{"peers.crt", f.authority.Cert}`},
}

var fleetPlanGo = []mutant{
	{what: "two nodes are a fleet", old: "case n%2 == 0:", new: "case false:"},
	{what: "two nodes have one address", old: " || o.Address == node.Address", new: ""},
}

var fleetBundleGo = []mutant{
	{what: "half of a bundle is taken", old: "if b.check() != nil {", new: "if false {"},
}

var fleetAuthGo = []mutant{
	{what: "hosts may begin an epoch", old: "PermType: authpb.READ, Key:",
		new: "PermType: authpb.READWRITE, Key:"},
	{what: "what a role has too much stays",
		old: "if slices.ContainsFunc(rights, same(has)) {", new: "if true {"},
	{what: "who has left stays", old: "!p.IsHost(name) || slices.Contains(p.Hosts, name)",
		new: "true"},
	{what: "users are removed that are no hosts'",
		old: "!p.IsHost(name) || slices", new: "name == root || slices"},
	{what: "a host that is there is not given its role",
		old: "if has != nil && slices.Contains(has.Roles, role) {", new: "if has != nil {"},
}

var fleetFirstGo = []mutant{
	{what: "whoever sets a fleet up again puts all records in doubt",
		old: "was.names(id) || first && revision != 0", new: "was.names(id)"},
}
