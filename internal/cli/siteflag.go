package cli

import "os"

// siteFlag is the value of --site, or this machine's name.
func siteFlag(site string) string {
	if site != "" {
		return site
	}
	if host, err := os.Hostname(); err == nil && host != "" {
		return host
	}
	return "motp"
}

const siteUsage = "name of the place to log in to, as the token shows it (default this host's name)"
