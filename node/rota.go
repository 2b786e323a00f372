package node

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"mitra/desk/enquiry"
	"mitra/desk/office"
)

// readRota reads HOME/rota.toml; nil if there is none. It lists everything that is wrong with it.
func (h Home) readRota() (*office.Rota, error) {
	b, err := os.ReadFile(h.Rota())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rota, wrong, err := office.Read(b)
	if err != nil {
		return nil, unreadable(h.Rota(), err)
	}
	var faults []fault
	for _, f := range wrong {
		faults = append(faults, fault{f.Key, f.Says})
	}
	return rota, misconfigured(h.Rota(), b, faults)
}

// rotas is the rota of a node that is served, which changes more often than its settings: a new one is taken when it
// is needed. One with a mistake in it is told of, and the last sound one holds.
type rotas struct {
	home Home
	log  *slog.Logger

	mu   sync.Mutex
	read time.Time // the time of the file that was read; zero: there was none
	size int64
	rota *office.Rota
}

// may says whether an officer has a right. Without a rota nobody's rights are known, and whoever works at the command line
// has them; with one that cannot be read nobody has.
func (r *rotas) may(officer string, what enquiry.Right) bool {
	rota := r.now()
	if rota == nil {
		_, err := os.Stat(r.home.Rota())
		return errors.Is(err, fs.ErrNotExist)
	}
	switch what {
	case enquiry.Supervise:
		return rota.Supervises(officer)
	case enquiry.SeeProtection:
		return rota.SeesProtection(officer)
	}
	return false
}

// own are the numbers of an officer's own documents, where there is a rota.
func (r *rotas) own(officer string) []string {
	rota := r.now()
	if rota == nil {
		return nil
	}
	return rota.Own(officer)
}

func (r *rotas) now() *office.Rota {
	r.mu.Lock()
	defer r.mu.Unlock()
	var at time.Time
	var size int64
	if info, err := os.Stat(r.home.Rota()); err == nil {
		at, size = info.ModTime(), info.Size()
	}
	if at.Equal(r.read) && size == r.size {
		return r.rota
	}
	r.read, r.size = at, size
	rota, err := r.home.readRota()
	if err != nil {
		r.log.Error("the rota cannot be used: the last one holds, or else everything goes to this log", "error", err)
		return r.rota
	}
	r.rota = rota
	return rota
}
