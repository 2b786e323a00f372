package journal

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"mitra/store"
)

// Conditions in which a keeper refuses to extend a book.
var (
	// ErrRollback: the head file names a larger tree than the database has, so
	// the database was set back to an earlier state.
	ErrRollback = errors.New("the journal was set back to an earlier state")
	// ErrFork: the head file names a tree that is not this one.
	ErrFork = errors.New("the journal is not the one its head file names")
	// ErrHeadFile: the head file is missing or cannot be read as one.
	ErrHeadFile = errors.New("the journal's head file is missing or damaged")
	// ErrDamaged: what the database holds does not give the root that the last
	// checkpoint names.
	ErrDamaged = errors.New("the journal is damaged")
)

// errHeld: another keeper holds the lease.
var errHeld = errors.New("another process keeps the journal")

const (
	// batch is the number of events indexed in one transaction.
	batch = 20_000

	leaseName = "journal"
	// leaseTime is how long a keeper that died keeps the others waiting. It is
	// renewed with every batch, which takes a second at most.
	leaseTime = 10 * time.Second
	// leasePoll is the pause of a keeper that waits for another.
	leasePoll = 20 * time.Millisecond
)

// A Keeper gives events their indices, signs checkpoints and writes head files.
// Several may run, in one process or in many: one at a time works.
type Keeper struct {
	db    *store.DB
	name  string
	key   ed25519.PrivateKey
	heads string
	now   func() time.Time

	mu     sync.Mutex // one Sequence at a time in this keeper
	holder string     // who we are in the lease
	held   bool       // the lease may be ours
}

// NewKeeper returns the keeper of db's books. skey is the node's secret note key
// (see [NewKey]); heads is the folder of the head files, made if it does not
// exist; now is the clock by which the lease runs out, time.Now if nil.
func NewKeeper(db *store.DB, skey, heads string, now func() time.Time) (*Keeper, error) {
	name, key, err := parseSecret(skey)
	if err != nil {
		return nil, fmt.Errorf("journal key: %w", err)
	}
	if err := os.MkdirAll(heads, 0o700); err != nil {
		return nil, fmt.Errorf("head files: %w", err)
	}
	if now == nil {
		now = time.Now
	}
	return &Keeper{db: db, name: name, key: key, heads: heads, now: now, holder: store.NewID()}, nil
}

// Sequence returns when every event that was committed before the call has an
// index, a signed checkpoint covers it and the head file on disk names that
// checkpoint, whether this keeper did the work or another. It returns how many
// events this keeper indexed.
//
// It returns an error wrapping [ErrRollback], [ErrFork], [ErrHeadFile] or
// [ErrDamaged], and indexes nothing, if the book is not the one it was at the
// last checkpoint.
func (k *Keeper) Sequence(ctx context.Context) (int64, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n, err := k.sequence(ctx)
	return n, errors.Join(err, k.release(context.WithoutCancel(ctx)))
}

// Run sequences at every interval until ctx ends, and returns nil then; or the
// first error. It keeps the lease between the intervals, which saves a
// transaction each time; [Keeper.Sequence] works between them too.
func (k *Keeper) Run(ctx context.Context, interval time.Duration) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		k.mu.Lock()
		_, err := k.sequence(ctx)
		k.mu.Unlock()
		if ctx.Err() != nil {
			err = nil // interrupted, not failed
		}
		if err == nil && ctx.Err() == nil {
			select {
			case <-tick.C:
				continue
			case <-ctx.Done():
			}
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		return errors.Join(err, k.release(context.WithoutCancel(ctx)))
	}
}

// sequence goes once through the books that are due. Events that come meanwhile are for the next time:
// where they come without end, so would it.
func (k *Keeper) sequence(ctx context.Context) (total int64, err error) {
	for {
		due, err := k.due(ctx)
		if err != nil {
			return total, err
		}
		held := false // another keeper is at work: it may do what is due, or may not
		for _, book := range due {
			n, err := k.sequenceBook(ctx, book)
			total += n
			if held = errors.Is(err, errHeld); held {
				break
			}
			if err != nil {
				return total, fmt.Errorf("sequence book %s: %w", book, err)
			}
		}
		if err := ctx.Err(); err != nil || !held {
			return total, err
		}
	}
}

// due returns the books that have events without an index, or a checkpoint
// that is not in its head file.
func (k *Keeper) due(ctx context.Context) ([]string, error) {
	files, err := readHeadFiles(k.heads) // before the database: a file never runs ahead of it
	if err != nil {
		return nil, err
	}
	var due map[string]bool
	err = k.db.Read(ctx, func(tx *store.Tx) error {
		due = make(map[string]bool)
		pending, err := tx.Texts(pendingBooks)
		if err != nil {
			return err
		}
		for _, book := range pending {
			due[book] = true
		}
		kept, err := tx.Texts(headBooks)
		if err != nil {
			return err
		}
		for book := range files { // a book that has a file but nothing in the database
			kept = append(kept, book)
		}
		for _, book := range kept {
			_, text, err := readLastHead(tx, book)
			if err != nil {
				return err
			}
			if text != files[book] {
				due[book] = true
			}
		}
		return nil
	})
	return slices.Sorted(maps.Keys(due)), err
}

// sequenceBook indexes a book's pending events in batches.
func (k *Keeper) sequenceBook(ctx context.Context, book string) (total int64, err error) {
	signer, err := newBookSigner(k.name, book, k.key)
	if err != nil {
		return 0, err
	}
	again := false
	for {
		var n int64
		var head checkpoint
		// A snapshot is enough: who renews the lease changes its row, and nobody else indexes. Those who
		// append meanwhile are not in the way.
		err := k.db.WriteSnapshot(ctx, func(tx *store.Tx) error {
			if err := k.take(tx); err != nil {
				return err
			}
			k.held = true
			// Not before: whoever had the lease until now has just written the file.
			files, err := readHeadFiles(k.heads)
			if err != nil {
				return err
			}
			n, head, err = k.extend(tx, book, signer, files[book])
			return err
		})
		if errors.Is(err, ErrRollback) && !again {
			// On PostgreSQL the snapshot is older than the lease where the transaction had to wait for it: another keeper has
			// worked and let go between the two. With the lease there before the snapshot nobody else can have.
			again = true
			if err = k.db.WriteSnapshot(ctx, k.take); err == nil {
				k.held = true
				continue
			}
		}
		if errors.Is(err, errHeld) {
			return total, errors.Join(err, wait(ctx, leasePoll))
		}
		if err != nil {
			return total, err
		}
		total += n
		if err := k.publish(book, signer, head); err != nil {
			return total, err
		}
		if n < batch {
			return total, nil
		}
	}
}

// extend indexes up to batch pending events of a book, after it has made sure
// that the tree is the one of the last checkpoint and of the head file. It
// returns their number and the book's last checkpoint then.
func (k *Keeper) extend(tx *store.Tx, book string, s *bookSigner, file string) (int64, checkpoint, error) {
	head, tree, err := k.lastTree(tx, book, s)
	if err != nil {
		return 0, head, err
	}
	if err := k.agree(tx, book, s, head, file); err != nil {
		return 0, head, err
	}
	leaves, err := readPending(tx, book)
	if err != nil || len(leaves) == 0 {
		return 0, head, err
	}
	n, err := tx.Exec(indexPending, tree.size, book, int64(batch))
	if err != nil {
		return 0, head, err
	}
	if n != int64(len(leaves)) {
		return 0, head, fmt.Errorf("%d of %d events were indexed", n, len(leaves))
	}
	if _, err := tx.Bulk("journal_hash", []string{"book", "pos", "hash"}, func(yield func([]any) bool) {
		row := make([]any, 3)
		for _, leaf := range leaves {
			pos := tlog.StoredHashIndex(0, tree.size)
			for i, h := range tree.add(tlog.RecordHash(leaf), nil) {
				row[0], row[1], row[2] = book, pos+int64(i), h[:]
				if !yield(row) {
					return
				}
			}
		}
	}); err != nil {
		return 0, head, err
	}
	head, err = sign(s, head, tree.size, tree.root())
	if err != nil {
		return 0, head, err
	}
	_, err = tx.Exec(insertHead, book, head.size, head.note)
	return n, head, err
}

// lastTree returns the last checkpoint of a book and the edge of its tree.
func (k *Keeper) lastTree(tx *store.Tx, book string, s *bookSigner) (checkpoint, edge, error) {
	size, text, err := readLastHead(tx, book)
	if err != nil || text == "" {
		return checkpoint{}, edge{}, err
	}
	head, err := openCheckpoint(text, s)
	if err != nil {
		return head, edge{}, fmt.Errorf("%w: its last checkpoint (size %d): %w", ErrDamaged, size, err)
	}
	if head.size != size {
		return head, edge{}, fmt.Errorf("%w: the checkpoint filed under size %d is of size %d", ErrDamaged, size, head.size)
	}
	tree, err := loadEdge(tx, book, size)
	if err != nil {
		return head, tree, err
	}
	if tree.root() != head.root {
		return head, tree, fmt.Errorf("%w: the stored hashes do not give the root of the checkpoint of size %d", ErrDamaged, size)
	}
	return head, tree, nil
}

// agree compares a book with its head file.
func (k *Keeper) agree(tx *store.Tx, book string, s *bookSigner, head checkpoint, file string) error {
	if file == "" {
		// Only a node that stopped right after its first checkpoint has none.
		var n int
		if err := tx.QueryRow(countHeads, book).Scan(&n); err != nil {
			return err
		}
		if n > 1 {
			return fmt.Errorf("%w: there is none, but the database has checkpoints up to size %d", ErrHeadFile, head.size)
		}
		return nil
	}
	kept, err := openCheckpoint(file, s)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrHeadFile, err)
	}
	switch {
	case kept.size > head.size:
		return fmt.Errorf("%w: the head file names %d events, the database %d", ErrRollback, kept.size, head.size)
	case kept.size == head.size && kept.note != head.note:
		return fmt.Errorf("%w: its checkpoint of size %d is another", ErrFork, head.size)
	case kept.size == head.size:
		return nil
	}
	root, err := tlog.TreeHash(kept.size, hashReader(tx, book))
	if err != nil {
		return err
	}
	if root != kept.root {
		return fmt.Errorf("%w: the head file's root of the first %d events (of %d) is another", ErrFork, kept.size, head.size)
	}
	return nil
}

// publish writes the head file, unless a keeper that took the lease over while
// this one slept has written a later one.
func (k *Keeper) publish(book string, s *bookSigner, head checkpoint) error {
	files, err := readHeadFiles(k.heads)
	if err != nil {
		return err
	}
	if kept, err := openCheckpoint(files[book], s); head.size == 0 || err == nil && kept.size >= head.size {
		return nil
	}
	return writeHeadFile(k.heads, book, head.note)
}

// take takes or renews the lease in the transaction whose work it protects: a
// keeper that has lost it commits nothing.
func (k *Keeper) take(tx *store.Tx) error {
	now := k.now()
	n, err := tx.Exec(takeLease, leaseName, k.holder, now.Add(leaseTime), now, now.Add(2*leaseTime))
	if err != nil {
		return err
	}
	if n == 0 {
		return errHeld
	}
	return nil
}

// release gives the lease back, if it is ours.
func (k *Keeper) release(ctx context.Context) error {
	if !k.held {
		return nil
	}
	err := k.db.WriteSnapshot(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(dropLease, leaseName, k.holder)
		return err
	})
	k.held = err != nil
	return err
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// readLastHead returns a book's last checkpoint as it is stored; no text if it
// has none.
func readLastHead(tx *store.Tx, book string) (size int64, text string, err error) {
	err = tx.QueryRow(lastHead, book).Scan(&size, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	return size, text, err
}

func readPending(tx *store.Tx, book string) ([][]byte, error) {
	rows, err := tx.Query(pendingLeaves, book, int64(batch))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var leaves [][]byte
	for rows.Next() {
		var leaf []byte
		if err := rows.Scan(&leaf); err != nil {
			return nil, err
		}
		leaves = append(leaves, leaf)
	}
	return leaves, rows.Err()
}
