package importers

const (
	bitwardenHead = "folder,favorite,type,name,notes,fields,login_uri,login_username," +
		"login_password,login_totp\n"
	keepassHead = `"Group","Title","Username","Password","URL","Notes","TOTP"` + "\n"
	usualURI    = "otpauth://totp/x:label?secret=" + twentyBase32
)

var vaultCases = []readingCase{
	{"a bare key", "bitwarden", "", bitwardenHead +
		"#work,,login,a,,,,alice,,gezd gnbv gy3t qojq gezd gnbv gy3t qojq\n",
		[]string{"take alice totp " + twentyHex}},
	{"the user name comes before the label", "bitwarden", "",
		bitwardenHead + ",,login,a,,,,alice,," + usualURI + "\n",
		[]string{"take alice totp " + twentyHex}},
	{"the label, where there is none", "bitwarden", "",
		bitwardenHead + ",,login,a,,,,,," + usualURI + "\n",
		[]string{"take label totp " + twentyHex}},
	{"neither", "bitwarden", "", bitwardenHead + ",,login,a,,,,,," + twentyBase32 + "\n",
		[]string{"leave : has no name of a user"}},
	{"Steam", "bitwarden", "", bitwardenHead + ",,login,a,,,,alice,,steam://" + twentyBase32 +
		"\n", []string{"leave alice: is Steam's"}},
	{"another scheme", "bitwarden", "", bitwardenHead + ",,login,a,,,,alice,,https://x\n",
		[]string{"leave alice: is neither a key nor"}},
	{"notes of several lines", "bitwarden", "", bitwardenHead +
		",,login,a,\"x\ny\",,,alice,,1\n", []string{"leave alice: the key is not base32"}},
	{"nothing there", "bitwarden", "", bitwardenHead + ",,login,a,,,,alice,x,\n",
		[]string{"leave : has no entry with a one-time password"}},
	{"KeePassXC's", "bitwarden", "", keepassHead,
		[]string{"leave : is no CSV export of Bitwarden"}},
	{"cut off in a quote", "bitwarden", "", bitwardenHead + `,,login,"a`,
		[]string{"leave : is not CSV"}},

	{"an entry without a user is nobody's", "keepassxc", "", keepassHead +
		`"r","t","","p","u","n","otpauth://totp/t:none?secret=` + twentyBase32 + `"` + "\n",
		[]string{"leave : has no name of a user"}},
	{"Steam by its encoder", "keepassxc", "", keepassHead + `"r","t","alice","p","u","n","` +
		usualURI + `&encoder=steam"` + "\n", []string{"leave alice: is Steam's"}},
	{"CRLF and a mark", "keepassxc", "", "\ufeff" + keepassHead[:len(keepassHead)-1] + "\r\n" +
		`"r","t","alice","p","u","n","` + usualURI + `"` + "\r\n",
		[]string{"take alice totp " + twentyHex}},
	{"Steam by its encoder", "otpauth", "", usualURI + "&encoder=steam\n",
		[]string{"leave : is Steam's"}},
}
