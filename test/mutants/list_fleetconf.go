package main

var fleetConfGo = []mutant{
	{what: "others may read the host's own key", old: `if f.Key != "" {`, new: "if false {"},
	{what: "a store is named, and records are in files",
		old: `if len(missing) > 0 {`, new: `if *f = (Fleet{}); len(missing) > 99 {`},
	{what: "a fleet's settings without a store are passed over",
		old: "if !slices.Contains(said, storeKey) {", new: "if false {"},
	{what: "there is no time for a second node", old: "if f.Call > f.Wait/2 {",
		new: "if false {"},
	{what: "a node is spoken to without a certificate", old: `"https://")`,
		new: `"http")`},
	{what: "a local user's record is looked for in the fleet's",
		old: "e.User.Name == name && e.Local", new: "false && e.Local"},
	{what: "one local user makes all local", old: "e.User.Name == name && e.Local",
		new: "true || e.Local"},
	{what: "a fleet's key may be of any length",
		old: "err != nil || len(key) != FleetKeyLen", new: "err != nil"},
	{what: "a change of the fleet's name is none", old: "f.Name == other.Name && ", new: ""},
	{what: "a change of the nodes is none", old: "slices.Equal(f.Nodes, other.Nodes) && ",
		new: ""},
}

var personGo = []mutant{
	{what: "yes is read as no", old: `value == "yes"`, new: `value == "no"`},
	{what: "a user who is off keeps a token", old: "e.User.Disabled, e.User.Paper,",
		new: "_, e.User.Paper,"},
	{what: "a change of a user's tokens forgets that they are local",
		old: ", e.Local = p.disabled, p.paper, p.local",
		new: " = p.disabled, p.paper"},
}

var localPutGo = []mutant{
	{what: "who is imported anew is not local any more",
		old: "if key == localKey {", new: "if false {"},
}
