package conf

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Places say where records are, name by name, for whoever asks of many: see [Places.Of].
type Places struct {
	table Table

	// none is what the file was when it named no fleet; nil if that is not known.
	none atomic.Pointer[stamp]

	now func() time.Time
}

// PlacesIn are those of a table.
func PlacesIn(path string) *Places { return &Places{table: Table{Path: path}, now: time.Now} }

// Of says where the record of a name is, whoever it is, and whether or not its tokens can be read:
// zero for one in files. The error is one that keeps everyone out. No answer is older than the
// question.
func (p *Places) Of(name string) (Fleet, error) {
	is, settled := p.stamp()
	if none := p.none.Load(); settled && none != nil && *none == is {
		return Fleet{}, nil
	}
	settings, err := p.table.Settings()
	if err != nil {
		return Fleet{}, err
	}
	if settings.Fleet.IsZero() {
		if settled {
			p.none.Store(&is)
		}
		return Fleet{}, nil
	}
	if name == "" {
		name = nobody
	}
	settings, found, err := p.table.search(name, numberTrouble, false)
	return settings.Fleet.of(name, found), err
}

// stamp is what the table's file is now. It is settled if it will be another after any change.
func (p *Places) stamp() (is stamp, settled bool) {
	var st unix.Stat_t
	if err := unix.Lstat(p.table.Path, &st); err != nil {
		return stamp{}, false
	}
	is = stampOf(&st)
	return is, is.settlesIn(p.now(), settling) <= 0
}
