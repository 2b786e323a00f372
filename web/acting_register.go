package web

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/store"
)

// A File is one that a program has sent, to be loaded or looked at. It lies beside the rejected rows until it is closed.
type File struct {
	// Hash tells it, and what was said of it, from all others.
	Hash [32]byte

	u *upload
}

// Take takes a file that is sent as a form has it (multipart: noun, source, snapshot, columns, file). The file goes to the disk as it
// comes. The error wraps [ErrForm], or is of the body.
func (a Acting) Take(w http.ResponseWriter, r *http.Request) (f *File, err error) {
	a.s.Patient(w)
	r.Body = http.MaxBytesReader(w, r.Body, mostUpload)
	u := &upload{id: store.NewID(), account: a.who.ID}
	defer func() {
		if err != nil {
			u.remove()
		}
	}()
	if err := u.read(a.s.Rejected, r); err != nil {
		return nil, err
	}
	if _, err := registry.ParseNoun(string(u.noun)); err != nil || u.path == "" {
		return nil, fmt.Errorf("%w: want the fields noun and file", errForm)
	}
	file, err := os.Open(u.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	f = &File{u: u}
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %t %q %q ", u.noun, u.source, u.snapshot, u.meaning, u.name)
	if _, err := io.Copy(h, file); err != nil {
		return nil, err
	}
	copy(f.Hash[:], h.Sum(nil))
	return f, nil
}

// Close takes the file from the disk.
func (f *File) Close() { f.u.remove() }

// Import loads a file. What is wrong with it is a [table.Error]; then the report names a batch if there are rejected rows to fetch.
func (a Acting) Import(ctx context.Context, f *File) (*Imported, error) { return a.load(ctx, f.u) }

// Preview is what loading a file would take its columns for. It leaves no event: it has headings and counts, and nobody.
func (a Acting) Preview(ctx context.Context, f *File) (registry.Preview, error) {
	return registry.Look(ctx, a.options(f.u))
}

// ErrRestrictedIn: people who are restricted came with the list, and nobody has said that they know.
var ErrRestrictedIn = errors.New("people who are restricted came with the list")

// AskToWithdraw asks that a list be withdrawn, which takes another officer. The error wraps [registry.ErrReason], [registry.ErrLater],
// [registry.ErrLoading], [registry.ErrAsked] or [registry.ErrNoBatch]; so do those of the other steps.
func (a Acting) AskToWithdraw(ctx context.Context, batch, reason string) error {
	return a.s.DB.Write(ctx, func(tx *store.Tx) error { return registry.AskToWithdraw(tx, batch, reason, a.who.ID, a.who.Office) })
}

// WithdrawList agrees to that. Only those do who may see protection: the people whom a list has brought may be restricted (then known says
// that the officer knows; else [ErrRestrictedIn]), and nobody else may learn that they are.
func (a Acting) WithdrawList(ctx context.Context, batch string, known bool) error {
	if !a.protection() {
		return errRight
	}
	return a.s.DB.Write(ctx, func(tx *store.Tx) error {
		held, err := registry.RestrictedIn(tx, batch)
		if err != nil {
			return err
		}
		if len(held) > 0 && !known {
			return ErrRestrictedIn
		}
		if err := registry.Withdraw(tx, batch, a.who.ID, a.who.Office); err != nil {
			return err
		}
		return status.ListWithdrawn(tx)
	})
}

// SeeRestricted leaves the event of seeing who of a list is restricted; may is false where nobody has said what for.
func (a Acting) SeeRestricted(ctx context.Context, entries []string) (may bool, err error) {
	if len(entries) == 0 || a.purpose() == "" {
		return false, nil
	}
	return true, a.event(ctx, "status.class", a.purpose(), entries, nil)
}

// KeepList takes back that a list is to be withdrawn.
func (a Acting) KeepList(ctx context.Context, batch string) error {
	return a.s.DB.Write(ctx, func(tx *store.Tx) error { return registry.KeepList(tx, batch, a.who.ID, a.who.Office) })
}

// MostUpload is how many bytes a file has at most that is sent.
func (s *Server) MostUpload() int64 { return mostUpload }
