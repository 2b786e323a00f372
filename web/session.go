package web

import (
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
)

// sessionStore holds sessions in memory. One that has ended stays ended: each request writes its session back when it answers, and one
// that was under way at that moment would bring it back.
type sessionStore struct {
	scs.Store

	mu    sync.Mutex
	ended map[string]time.Time // tokens, which are never given again, by when they ended
	swept time.Time
}

// underWay is longer than a request takes.
const underWay = 2 * uploadTime

func newSessionStore() *sessionStore {
	return &sessionStore{Store: memstore.NewWithCleanupInterval(time.Minute), ended: map[string]time.Time{}}
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
	return s.Store.Delete(token)
}

func (s *sessionStore) Commit(token string, b []byte, expiry time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, over := s.ended[token]; over {
		return nil
	}
	return s.Store.Commit(token, b, expiry)
}
