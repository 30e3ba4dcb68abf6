// Package importers reads the users of other one-time-password programs, to be added to motp.conf.
//
// A file is read as a whole, and every line with content becomes a user or is skipped with a
// reason: nothing is guessed, and nothing is dropped silently. Units are converted, since each
// program counts the offset of a token's clock in a unit of its own.
//
// Each format is one file, which begins with what is known about the format.
//
// The package must not know motp.conf: it returns the types of package motp. Reasons and notes
// never hold a secret or a PIN, nor a word of a line that was not understood, since that may be
// one.
package importers

import (
	"slices"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
)

// A Format is the way in which another program keeps its users.
type Format struct {
	Name  string // as it is called on the command line
	About string // what it is, in a few words

	// Ending is how the files of users end that stand together in a folder; empty if a file
	// holds them all.
	Ending string

	// OneUser says that a file holds one user, whose name is not in it.
	OneUser bool

	// Several says that a user may stand in a file several times, and that the codes of all
	// these tokens are good.
	Several bool

	// Writer is who may write such a file, where that may be somebody else than root. Such a
	// file is not to be opened through a link. (None is to be waited for, whoever writes it.)
	Writer string

	// Serials says that tokens stand there by serial numbers, with or without users.
	Serials bool

	// Picture says that the text stands in the QR codes of pictures, of which there may be
	// several. A line of it is a code.
	Picture bool

	// Limit is the size in bytes beyond which a file cannot be one; 0 is none.
	Limit int

	read func(*reader)
}

// Formats are all that can be read, in the order of their names.
//
// Of those without a Writer the file is root's, or, of otpverify-users, FreeRADIUS': Debian has a
// link there, /etc/freeradius/3.0/users, which is to be followed.
var Formats = []Format{
	{Name: "2fas", About: "the app's backup without a password; TOTP, HOTP",
		Several: true, Writer: "the owner of the phone", read: readTwoFAS},
	{Name: "aegis", About: "the app's JSON export; Mobile-OTP, TOTP and HOTP",
		Several: true, Writer: "the owner of the phone", read: readAegis},
	{Name: "andotp", About: "the app's plain backup; TOTP, HOTP",
		Several: true, Writer: "the owner of the phone", read: readAndOTP},
	{Name: "bitwarden", About: "its CSV export; TOTP",
		Several: true, Writer: "its user", read: readBitwarden},
	{Name: "csv", About: "lists of seeds, of vendors, Entra, privacyIDEA, Yubico",
		Several: true, Serials: true, Writer: "whoever sent it", Limit: 32 << 20,
		read: readCSV},
	{Name: "freeotp-plus", About: "the app's JSON export; TOTP, HOTP",
		Several: true, Writer: "the owner of the phone", read: readFreeOTPPlus},
	{Name: "google-authenticator", About: "each user's .google_authenticator; skew in steps",
		OneUser: true, Writer: "the user", Limit: 64 << 10, read: readGoogleAuthenticator},
	{Name: "keepassxc", About: "its CSV export; TOTP",
		Several: true, Writer: "its user", read: readKeePassXC},
	{Name: "mod_authn_otp", About: "Apache's users file; offset in steps",
		Writer: "the web server", read: readModAuthnOTP},
	{Name: "motp-as", About: "MOTP-AS' CSV of ten columns; time zone in hours",
		Several: true, Writer: "whoever exported it", read: readMOTPAS},
	{Name: "multiotp", About: "users/NAME.db, or folder users; delta_time in seconds",
		Ending: ".db", Writer: "anybody (multiOTP makes its files with mode 0666)",
		Limit: 1 << 20, read: readMultiOTP},
	{Name: "openvpn-otp", About: "the OpenVPN plugin's otp-secrets; has no offset",
		Several: true, read: readOpenVPNOTP},
	{Name: "otpauth", About: "otpauth:// and otpauth-migration:// URIs, one a line",
		Several: true, Writer: "the user who sent it", read: readOtpauth},
	{Name: "otpverify-users", About: "FreeRADIUS' users file that calls otpverify.sh; steps",
		read: readOTPVerifyUsers},
	{Name: "pam_mobile_otp", About: "its motp.conf of four columns; offset in hours",
		read: readPAMMobileOTP},
	{Name: "pskc", About: "RFC 6030, of token vendors; plain, by key, by password",
		Several: true, Serials: true, Writer: "whoever sent it", Limit: 32 << 20,
		read: readPSKC},
	{Name: "qr", About: "pictures (PNG, JPEG, GIF) with QR codes of URIs",
		Several: true, Picture: true, Writer: "whoever sent it", Limit: 64 << 20,
		read: readQR},
	{Name: "stratum", About: "the app's backup; Mobile-OTP, TOTP and HOTP",
		Several: true, Writer: "the owner of the phone", read: readStratum},
	{Name: "users.oath", About: "pam_oath's table of TOTP and HOTP",
		Several: true, Writer: "the user, where usersfile= has ${HOME} in it",
		read: readUsersOATH},
}

// FormatNamed finds a format by its name.
func FormatNamed(name string) (Format, bool) {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return Formats[i], true
}

// A Source is a file to read.
type Source struct {
	File string // its name, without folders
	Text string
	// Owner is whose file it is, of a format with OneUser.
	Owner string

	// Key is multiOTP's encryption key, if it is not the one that multiOTP comes with; or the
	// key in hex that a PSKC file was encrypted with.
	Key string

	// Password asks for the password of an encrypted file. It is nil if there is nobody to ask.
	Password func() (string, error)

	// PIN asks for the PIN of a user's Mobile-OTP token, where the file has none. It is empty
	// if nobody knows it, and nil if there is nobody to ask.
	PIN func(user string) string

	Owners Owners // of a format with Serials

	Columns Columns // of csv, if somebody says what they are

	// Note is said of every user of the file.
	Note string

	// Beside reads a small file of the folder that belongs to the file, openvpn-otp's counters.
	// Its errors do not show the name, which is made of a key. It is nil if there is none.
	Beside func(name string) (string, error)
}

// An Imported is a user who can be taken over.
type Imported struct {
	User motp.User
	File string
	Line int // where the user's entry begins; 1 is the first line
	// ExtraTokens are the lines of the user's further tokens, User.Tokens[1:].
	ExtraTokens []int

	// Scratch are codes that are good once each, which the user has on paper.
	Scratch []string

	serial string // of the first token's device, if it is known

	// Notes tell what was converted, and what belongs to the user there and cannot be taken
	// over.
	Notes []string
}

// A Skipped is an entry that cannot be taken over.
type Skipped struct {
	File   string
	Line   int    // 0 if the file was not read
	User   string // if it is known whose it is
	Reason string
}

// A Reading is what was found.
type Reading struct {
	Users   []Imported
	Skipped []Skipped // in the order of files and lines

	batches map[int64]migrations // of Google Authenticator's exports, by their ids
}

// Read reads files. A user who stands in them more than once, with different tokens, gets all of
// them in a format with Several. In the others such a user is left: which of them is the one in
// use cannot be known.
func (f Format) Read(sources ...Source) Reading {
	var found Reading
	for _, s := range sources {
		f.read(&reader{Source: s, found: &found})
	}
	found.missingMigrations()
	if f.Serials {
		found.settleSerials()
	}
	found.settle(f.Several)
	return found
}

// printable is a name of a file as a reason may show it.
func printable(file string) string {
	if file == "" {
		return ""
	}
	return shown.Name(file)
}
