package web

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2/memstore"

	"mitra/desk/account"
	"mitra/store"
)

// sessionStore holds sessions in memory. One that has ended stays ended: each request writes its session back when it answers, and one
// that was under way at that moment would bring it back.
type sessionStore struct {
	*memstore.MemStore

	mu    sync.Mutex
	ended map[string]time.Time // tokens, which are never given again, by when they ended
	swept time.Time
}

// underWay is longer than a request takes.
const underWay = 2 * uploadTime

func newSessionStore() *sessionStore {
	return &sessionStore{MemStore: memstore.NewWithCleanupInterval(time.Minute), ended: map[string]time.Time{}}
}

func (s *sessionStore) Delete(token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if now.Sub(s.swept) > time.Minute {
		for t, at := range s.ended {
			if now.Sub(at) > underWay {
				delete(s.ended, t)
			}
		}
		s.swept = now
	}
	if _, found, err := s.Find(token); err != nil {
		return err
	} else if found {
		s.ended[token] = now
	}
	return s.MemStore.Delete(token)
}

func (s *sessionStore) Commit(token string, b []byte, expiry time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, over := s.ended[token]; over {
		return nil
	}
	return s.MemStore.Commit(token, b, expiry)
}

// session is one of an officer's, as they see it.
type session struct {
	ID    string // of the list, which opens nothing
	Begun time.Time
	From  string // the address at which it began
	Here  bool   // the one that asks
	token string // its name in the store
}

// ownSessions are the visitor's that have not ended, the newest first.
func (v *visit) ownSessions() (out []session, err error) {
	all, err := v.s.store.All()
	if err != nil {
		return nil, err
	}
	for token, b := range all {
		_, values, err := v.s.sessions.Codec.Decode(b)
		if err != nil {
			return nil, err
		}
		text := func(key string) string { s, _ := values[key].(string); return s }
		micro, _ := values[sessionBegun].(int64)
		one := session{text(sessionID), time.UnixMicro(micro), text(sessionFrom), false, token}
		if text(sessionAccount) != v.who.ID || one.Begun.Before(v.who.Since) {
			continue
		}
		one.Here = one.ID == v.s.sessions.GetString(v.ctx(), sessionID)
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b session) int { return b.Begun.Compare(a.Begun) })
	return out, nil
}

// endSession ends one of the visitor's own.
func (v *visit) endSession() error {
	id := v.r.PathValue("id")
	if !store.IsID(id) {
		return errNoPage
	}
	if !v.recent() {
		return v.showOwn(http.StatusForbidden, ownPage{Passkeys: passkeysPart{Wrong: "passkey.late"}})
	}
	all, err := v.ownSessions()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(s session) bool { return s.ID == id })
	switch {
	case i < 0: // it has ended meanwhile
	case all[i].Here:
		return v.signOut()
	default:
		if err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error { return account.Left(tx, v.who) }); err != nil {
			return err
		}
		if err := v.s.store.Delete(all[i].token); err != nil {
			return err
		}
	}
	v.tell("own.session_ended")
	return v.to("/own")
}
