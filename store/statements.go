package store

import (
	"context"
	"database/sql"
	"sync"
)

// A pool is connections to a database, and the statements that are kept for them.
type pool struct {
	*sql.DB
	statements
}

func newPool(db *sql.DB) *pool {
	return &pool{DB: db, statements: statements{once: map[string]bool{}, ready: map[string]*sql.Stmt{}}}
}

// statements are kept prepared for all transactions of a pool of SQLite connections: what most of them run is
// short, and parsing it takes longer. A text is prepared when a second transaction runs it.
type statements struct {
	mu     sync.Mutex
	once   map[string]bool      // texts that one transaction has run
	ready  map[string]*sql.Stmt // closed with the pool; nil of texts that cannot be prepared
	wanted []string             // texts to prepare
}

// mostKept is how many texts are kept; those of programs are fewer.
const mostKept = 1000

// get returns the statement of a text, or nil, and takes note that it was asked for.
func (k *statements) get(query string) *sql.Stmt {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch s, ok := k.ready[query]; {
	case ok:
		return s // nil where preparing has failed
	case k.once[query]:
		delete(k.once, query)
		k.wanted = append(k.wanted, query)
	case len(k.once)+len(k.wanted)+len(k.ready) < mostKept:
		k.once[query] = true
	}
	return nil
}

// prepare prepares what is wanted. It needs a connection of the pool, and a transaction may hold the only one: so it is done
// before one begins.
func (p *pool) prepare(ctx context.Context) {
	k := &p.statements
	k.mu.Lock()
	wanted := k.wanted
	k.wanted = nil
	k.mu.Unlock()
	for _, query := range wanted {
		s, err := p.PrepareContext(ctx, query)
		k.mu.Lock()
		if err == nil || ctx.Err() == nil { // a text that cannot be prepared fails where it is run
			k.ready[query] = s
		}
		k.mu.Unlock()
	}
}
