package web

import (
	"errors"

	"mitra/desk/account"
)

// A Route is a page as tests see it.
type Route struct {
	Method, Path string
	Right        account.Right
	Open, People bool
}

// Routes are all pages.
func (s *Server) Routes() (out []Route) {
	for _, p := range s.pages() {
		out = append(out, Route{p.method, p.path, p.right, p.open, p.people})
	}
	return out
}

// Policy is the Content-Security-Policy of every answer.
const Policy = policy

// LookKinds are the events that a list of who has looked has words for.
func LookKinds() []string { return lookKinds }

// ParseAll reads the templates of all pages; it returns how many there are.
func (s *Server) ParseAll() (n int, err error) {
	for _, parse := range s.templates {
		_, e := parse()
		n, err = n+1, errors.Join(err, e)
	}
	return n, err
}
