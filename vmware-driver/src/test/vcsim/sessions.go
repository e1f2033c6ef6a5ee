package main

import (
	"net/http"
	"strings"
	"sync"
)

// sessions counts what clients have open: who is logged in, and what was made for one session and is still there.
type sessions struct {
	mu        sync.Mutex
	open      map[string]map[string]string // by cookie: views, collectors, and filters with their collectors
	dead      map[string]bool
	abandoned int             // what was still there when its client logged out
	unknown   map[string]bool // what was made by a call whose answer was lost
	unheard   int             // what of that was still there when its client logged out; a session that is killed takes all with it, and nobody is to blame
}

func newSessions() *sessions {
	return &sessions{open: map[string]map[string]string{}, dead: map[string]bool{}, unknown: map[string]bool{}}
}

func cookieOf(h http.Header) string {
	c, err := (&http.Request{Header: h}).Cookie("vmware_soap_session")
	if err != nil {
		return ""
	}
	return c.Value
}

// forgetDead takes the cookie of a session that was killed off a call.
func (s *sessions) forgetDead(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead[cookieOf(c.header)] {
		c.header.Del("Cookie")
	}
}

// has tells whether a call comes with a session that lives.
func (s *sessions) has(c *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[cookieOf(c.header)] != nil
}

// lives tells whether a session of that cookie does.
func (s *sessions) lives(cookie string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[cookie] != nil
}

// kill ends every session without its client being told.
func (s *sessions) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for cookie := range s.open {
		s.dead[cookie] = true
		delete(s.open, cookie)
	}
}

func (s *sessions) note(c *call, a *answer) {
	if a.status != 200 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := s.open[cookieOf(c.header)]
	switch c.method {
	case "Login":
		for _, line := range a.header["Set-Cookie"] {
			s.open[cookieOf(http.Header{"Cookie": {strings.SplitN(line, ";", 2)[0]}})] = map[string]string{}
		}
	case "Logout":
		for object := range mine {
			if s.unknown[object] {
				s.unheard++
			} else {
				s.abandoned++
			}
		}
		delete(s.open, cookieOf(c.header))
	case "CreatePropertyCollector", "CreateListView", "CreateContainerView", "CreateFilter":
		if mine != nil {
			made := between(a.body, "<returnval", "</returnval>")
			mine[made] = c.this.Value
			s.unknown[made] = c.unheard
		}
	case "DestroyPropertyCollector": // its filters go with it
		for object, of := range mine {
			if of == c.this.Value {
				delete(mine, object)
			}
		}
		delete(mine, c.this.Value)
	case "DestroyView", "DestroyPropertyFilter":
		delete(mine, c.this.Value)
	}
}

func (s *sessions) count() (open, objects, abandoned, unheard int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, mine := range s.open {
		objects += len(mine)
	}
	return len(s.open), objects, s.abandoned, s.unheard
}
