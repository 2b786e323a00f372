package node

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/guest"
	"mitra/desk/office"
	"mitra/desk/registry"
	"mitra/desk/second"
	"mitra/desk/status"
	"mitra/desk/watch"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
)

// Verification is what was found wrong with a node's journal and data.
type Verification struct {
	OK         bool                 `json:"ok"`
	Books      []journal.BookReport `json:"books"`
	Findings   []journal.Finding    `json:"findings,omitempty"` // in the journal, and in the database as such
	Unlisted   int64                `json:"unlisted,omitempty"`
	Records    []registry.Finding   `json:"records,omitempty"`
	Runs       []status.Finding     `json:"runs,omitempty"`
	Epochs     []journal.Epoch      `json:"epochs,omitempty"` // how often the node was put back from a backup
	CannotKnow string               `json:"cannot_know"`
}

// Verify examines a node: the structure of its database, its journal, the
// agreements it has adopted and the lists it has loaded, and if records is set also the pages of the database, every stored record and what
// status runs stored. dsn is the value of MITRA_DB.
//
// Damage of any kind is a finding: what one part of the work cannot read keeps
// it from no other part. An error means that nothing could be examined. Verify
// changes and makes nothing: no event gets its place, what a dead import left
// stays, and no migration runs. It needs neither the signing key nor the right
// to write, so that it works on a copy on a read-only medium.
func Verify(ctx context.Context, h Home, dsn string, records bool) (v Verification, err error) {
	for range verifyAttempts {
		if v, err = verify(ctx, h, dsn, records); !errors.Is(err, store.ErrBusy) {
			break
		}
	}
	return v, err
}

// verifyAttempts is how often it begins anew where somebody begins to write to
// a file that nobody used: from then on it reads as beside any other process.
const verifyAttempts = 5

func verify(ctx context.Context, h Home, dsn string, records bool) (v Verification, err error) {
	c, err := h.readConfig()
	if err != nil {
		return v, err
	}
	if dsn, err = h.dsn(c, dsn); err != nil {
		return v, err
	}
	need := []string{h.verifier()}
	if c.Database == "sqlite" {
		need = append(need, h.database())
	}
	if err := present(need...); err != nil {
		return v, err
	}
	key, err := h.verifierKey()
	if err != nil {
		return v, err
	}
	v.Books = []journal.BookReport{}
	db, err := store.OpenReadOnly(ctx, dsn)
	if errors.Is(err, store.ErrNotDatabase) {
		v.damage("the database file itself is damaged: " + err.Error())
		v.CannotKnow = "What stood in a database that cannot be read cannot be known from it."
		return v, nil
	}
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := v.examine(ctx, db, key, h.Heads(), records); err != nil {
		return v, err
	}
	v.OK = len(v.Findings) == 0 && len(v.Records) == 0 && len(v.Runs) == 0
	return v, nil
}

// damage adds a finding that is not of one event.
func (v *Verification) damage(what string) {
	v.Findings = append(v.Findings, journal.Finding{Index: -1, What: what})
}

func (v *Verification) examine(ctx context.Context, db *store.DB, key, heads string, records bool) error {
	// part takes damage that kept a part of the work from being done for a
	// finding.
	part := func(what string, err error) error {
		if errors.Is(err, store.ErrNotDatabase) || errors.Is(err, store.ErrStructure) || errors.Is(err, store.ErrDamaged) {
			v.damage(fmt.Sprintf("%s cannot be read: %v", what, err))
			return nil
		}
		return err
	}
	structure, err := db.Structure(ctx)
	if err := part("the structure of the database", err); err != nil {
		return err
	}
	for _, what := range structure {
		v.damage("the structure of the database is damaged: " + what)
	}
	if records {
		pages, err := db.Integrity(ctx)
		if err := part("the database file", err); err != nil {
			return err
		}
		for _, what := range pages {
			v.damage("the database file is damaged: " + what)
		}
	}
	rep, err := journal.Verify(ctx, db, key, heads)
	if err := part("the journal", err); err != nil {
		return err
	}
	if rep.Books != nil {
		v.Books = rep.Books
	}
	v.Findings, v.Unlisted = append(v.Findings, rep.Findings...), rep.Unlisted
	v.CannotKnow = journal.CannotKnow
	agreements, err := agreement.Verify(ctx, db)
	if err := part("the agreements", err); err != nil {
		return err
	}
	for _, what := range agreements {
		v.damage(what)
	}
	self, _, _ := strings.Cut(key, "+")
	exchange, err := courier.Verify(ctx, db, self)
	if err := part("the exchange", err); err != nil {
		return err
	}
	for _, what := range exchange.Found {
		v.damage(what)
	}
	var rows []string
	if err := part("what events bind", db.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = journal.VerifyBound(tx,
			registry.BoundRestrictions, registry.BoundWithdrawals, courier.BoundGuarded, enquiry.BoundEnquiries, enquiry.BoundKey,
			account.Bound, account.BoundTokens, account.BoundPasskeys, account.BoundSubjects,
			status.BoundDecisions,
			office.BoundUnits, guest.Bound,
			watch.Bound,
			second.Bound, second.BoundSteps,
		)
		if err != nil {
			return err
		}
		found, err := guest.Verify(tx)
		rows = append(rows, found...)
		return err
	})); err != nil {
		return err
	}
	for _, what := range rows {
		v.damage(what)
	}
	for i, b := range v.Books {
		for _, w := range exchange.Witnesses[b.Name] {
			v.Books[i].WitnessedBy = append(v.Books[i].WitnessedBy, w.Node)
			v.Books[i].Witnessed = max(v.Books[i].Witnessed, w.Size)
		}
	}
	if err := part("the journal", db.Read(ctx, func(tx *store.Tx) (err error) {
		v.Epochs, err = journal.Epochs(tx)
		return err
	})); err != nil {
		return err
	}
	for _, e := range v.Epochs {
		v.CannotKnow += fmt.Sprintf(" This node was put back from a backup of %s: whatever it recorded between that moment and the restore "+
			"is in none of its books, and only a copy of a head file of that time in other hands shows that there was more.", store.Time(e.Backup))
	}
	if !records {
		v.Records, err = registry.VerifyBatches(ctx, db)
		v.CannotKnow += " Only the journal was looked at, and which imports hold: --records also looks at the stored records, at what status runs stored, and at the database file."
		return part("the imports", err)
	}
	stored, err := registry.VerifyRecords(ctx, db)
	if err := part("the stored records", err); err != nil {
		return err
	}
	v.Records = stored.Findings
	if stored.Unbound > 0 {
		v.CannotKnow += fmt.Sprintf(" %d of the imports were made by an earlier version of this program, whose events bind the content of records "+
			"but neither their ids and lines nor the names of file and columns: whether two records of one such import were exchanged cannot be known.", stored.Unbound)
	}
	if db.Dialect() == store.PostgreSQL {
		v.CannotKnow += " PostgreSQL does not check its pages and indexes when it is asked by a user: its administrator can, with data checksums and amcheck."
	}
	v.Runs, err = status.Verify(ctx, db)
	return part("what status runs stored", err)
}
