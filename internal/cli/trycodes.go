package cli

import (
	"errors"
	"fmt"

	"github.com/msteinert/pam/v2"
)

// pamCodes are PAM's answers: the name that programs and logs use, and what it means to somebody
// who wants to get in.
var pamCodes = map[pam.Error]struct{ name, means string }{
	pam.ErrAuth: {"PAM_AUTH_ERR",
		"not accepted: a wrong, used or empty code, a wrong password, or a locked user"},
	pam.ErrUserUnknown: {"PAM_USER_UNKNOWN",
		"the user is not in the table, or has no account here"},
	pam.ErrAuthinfoUnavail: {"PAM_AUTHINFO_UNAVAIL", "the table or the record cannot be used"},
	pam.ErrService: {"PAM_SERVICE_ERR",
		"a mistake in the options of a line, or in the settings of the table"},
	pam.ErrConv:     {"PAM_CONV_ERR", "no answer to a question"},
	pam.ErrMaxtries: {"PAM_MAXTRIES", "too many tries"},
	pam.ErrPermDenied: {"PAM_PERM_DENIED",
		"denied: a rule forbids it, or no module in the stack has agreed"},
	pam.ErrAcctExpired: {"PAM_ACCT_EXPIRED", "the account has expired"},
	pam.ErrNewAuthtokReqd: {"PAM_NEW_AUTHTOK_REQD",
		"the Unix password has expired, and must be changed first"},
	pam.ErrAuthtokExpired: {"PAM_AUTHTOK_EXPIRED",
		"the Unix password has expired, and was not changed in time"},
	pam.ErrModuleUnknown: {"PAM_MODULE_UNKNOWN", "a module is missing, or cannot be loaded"},
	pam.ErrOpen:          {"PAM_OPEN_ERR", "a module cannot be loaded"},
	pam.ErrSymbol:        {"PAM_SYMBOL_ERR", "a module lacks what was asked of it"},
	pam.ErrSystem:        {"PAM_SYSTEM_ERR", "a system call failed"},
	pam.ErrBuf:           {"PAM_BUF_ERR", "no memory"},
	pam.ErrAbort: {"PAM_ABORT",
		"given up at once: a service file cannot be read, or a module says so"},
	pam.ErrCredInsufficient: {"PAM_CRED_INSUFFICIENT",
		"the program may not look at what it needs"},
	pam.ErrAuthtok: {"PAM_AUTHTOK_ERR", "an earlier answer cannot be used"},
	pam.ErrIgnore:  {"PAM_IGNORE", "no module had an opinion"},
}

// inPAMsWords tells an answer of PAM.
func inPAMsWords(err error) string {
	if err == nil {
		return "PAM_SUCCESS: agreed"
	}
	var code pam.Error
	if !errors.As(err, &code) {
		return err.Error()
	}
	known, there := pamCodes[code]
	if !there {
		return fmt.Sprintf("code %d: %v", int(code), err)
	}
	return known.name + ": " + known.means
}
