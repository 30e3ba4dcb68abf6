module github.com/pam-motp/pam-motp/motp/examples/radius

go 1.24.0

require (
	github.com/pam-motp/pam-motp v0.0.0
	layeh.com/radius v0.0.0-20231213012653-1006025d24f8
)

require golang.org/x/sys v0.41.0 // indirect

replace github.com/pam-motp/pam-motp => ../../..
