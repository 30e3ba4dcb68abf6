package resident

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pam-motp/pam-motp/internal/seal"
	"github.com/pam-motp/pam-motp/internal/tablesum"
)

const (
	// showEvery is how often it is looked whether the table has changed.
	showEvery = 10 * time.Second

	// showAgain is when an unchanged table is shown once more: the store may have lost it.
	showAgain = time.Hour
)

// showTables shows the other hosts of a fleet whether this host's table says of a user what theirs
// do, until the context ends: at first, and when the table has changed.
func (s *Server) showTables(ctx context.Context) {
	var last string
	var shown time.Time
	for ctx.Err() == nil {
		now := s.tableMark()
		if now != last || time.Since(shown) > showAgain {
			if s.showTable(ctx) == nil && s.tableMark() == now {
				last, shown = now, time.Now()
			}
		}
		select {
		case <-time.After(showEvery):
		case <-ctx.Done():
		}
	}
}

// tableMark is another one after each change of the table and of what opens its values.
func (s *Server) tableMark() (mark string) {
	own, _ := filepath.Glob(s.site.Table() + ".d/*")
	for _, path := range append(own, s.site.Table(),
		filepath.Join(s.site.Records(), seal.FileName)) {
		if info, err := os.Lstat(path); err == nil {
			mark += fmt.Sprintln(path, info.Size(), info.ModTime(), info.Mode())
		}
	}
	return mark
}

// showTable shows the sums of the table. With too many users, it shows none.
func (s *Server) showTable(ctx context.Context) error {
	settings, err := s.site.Settings()
	if err != nil || settings.Fleet.IsZero() {
		return err
	}
	secret, err := settings.Fleet.ReadKey()
	if err != nil {
		return err
	}
	key := tablesum.NewKey(settings.Fleet.Name, secret)
	sums := key.Of()
	if s.site.Each(sums.Add) != nil { // not as usual: all at once, then
		sums = key.Of()
		_, all, err := s.site.Users()
		if err != nil {
			return err
		}
		for _, e := range all {
			sums.Add(e)
		}
	}
	b, ok := sums.Bytes()
	if !ok {
		return nil
	}
	return s.site.ShowTable(ctx, settings.Fleet, b)
}
