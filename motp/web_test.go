package motp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/memory"
)

// A web login. The password is checked before, by whatever the site has; the code lets in once, and
// who guesses is locked.
func Example_webLogin() {
	users := map[string]motp.User{"alice": {Name: "alice", Tokens: []motp.Token{
		{Type: motp.TOTP, Secret: "12345678901234567890"}}}}
	now := func() time.Time { return time.Unix(59, 0) } // a service: time.Now
	verifier := motp.Verifier{
		Store:  new(memory.Store), // a service: files.Store{Dir: "/var/lib/example"}
		Policy: motp.DefaultPolicy,
	}
	login := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, code := r.PostFormValue("name"), r.PostFormValue("code")
		user, known := users[name]
		if !known {
			verifier.VerifyUnknown(r.Context(), name, code, now())
			http.Error(w, "wrong name, password or code", http.StatusForbidden)
			return
		}
		result, err := verifier.Verify(r.Context(), user, code, now())
		switch {
		case err != nil:
			http.Error(w, "try again later", http.StatusServiceUnavailable)
		case result.Verdict != motp.Accepted:
			http.Error(w, "wrong name, password or code", http.StatusForbidden)
		default:
			fmt.Fprintln(w, "welcome")
		}
	})

	for _, code := range []string{"000000", "287082", "287082"} {
		form := url.Values{"name": {"alice"}, "code": {code}}.Encode()
		r := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		login.ServeHTTP(w, r)
		fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
	}
	// Output:
	// 403 wrong name, password or code
	// 200 welcome
	// 403 wrong name, password or code
}
