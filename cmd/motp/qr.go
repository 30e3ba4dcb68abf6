package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// qr shows a user's secret again.
func (a *app) qr() *cobra.Command {
	var site, png, svg string
	cmd := &cobra.Command{
		Use:   "qr USER [--site SITE] [--png FILE] [--svg FILE]",
		Short: "Show a user's QR code again, or write it to a file",
		Long: `Show the QR code that a token scans, with the URI under it. Who sees it has the
user's secret; the PIN is not in it. With --png or --svg it goes to a new file
that only root can read.`,
		Example: `  motp qr alice
  motp qr alice --png alice.png`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(_ *cobra.Command, args []string) error {
			_, user, err := a.lookup(args[0])
			if err != nil {
				return err
			}
			token, err := mobileOTP(user)
			if err != nil {
				return err
			}
			uri := enrolURI(siteFlag(site), user.Name, token.Secret)
			code, err := newQR(uri)
			if err != nil {
				return err
			}
			if png == "" && svg == "" {
				a.showQR(code)
				a.print("%s", uri)
				return nil
			}
			if png != "" {
				err = writePrivate(png, code.png())
			}
			if err == nil && svg != "" {
				err = writePrivate(svg, code.svg())
			}
			return err
		},
	}
	cmd.Flags().StringVar(&site, "site", "", siteUsage)
	cmd.Flags().StringVar(&png, "png", "", "write a PNG picture to this new file, mode 0600")
	cmd.Flags().StringVar(&svg, "svg", "", "write an SVG picture to this new file, mode 0600")
	return cmd
}

// showQR draws a QR code on standard output. A terminal that is too narrow gets none, since a broken one cannot be scanned.
func (a *app) showQR(code qrCode) {
	out, ok := a.out.(*os.File)
	onTerminal := ok && term.IsTerminal(int(out.Fd()))
	if onTerminal {
		if width, _, err := term.GetSize(int(out.Fd())); err == nil && width > 0 && width < code.size() {
			a.warn("the terminal is too narrow for a QR code: %d columns are needed", code.size())
			return
		}
	}
	colours := onTerminal && os.Getenv("TERM") != "dumb"
	fmt.Fprint(a.out, code.halfBlocks(colours))
}

// writePrivate writes a new file that only its owner can read.
func writePrivate(path string, content []byte) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: is there already: remove it, or name another file", path)
	}
	if err != nil {
		return err
	}
	defer func() {
		if e := file.Close(); err == nil {
			err = e
		}
		if err != nil {
			os.Remove(path)
		}
	}()
	_, err = file.Write(content)
	return err
}
