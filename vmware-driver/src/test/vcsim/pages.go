package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

const objectStart, objectEnd = "<objects>", "</objects>"

// objects gives those of an answer, each as it is.
func objects(body string) (all []string) {
	for {
		end := strings.Index(body, objectEnd)
		if end < 0 {
			return all
		}
		end += len(objectEnd)
		all = append(all, body[strings.Index(body, objectStart):end])
		body = body[end:]
	}
}

// firstPage cuts an answer to the length that was asked for, and keeps the rest.
func (l *layer) firstPage(c *call, a *answer) {
	most, _ := strconv.Atoi(c.field("maxObjects"))
	if a.status != 200 || most == 0 {
		return
	}
	all := objects(a.body)
	if len(all) <= most {
		return
	}
	token := l.keep(c, all[most:], most)
	start := strings.Index(a.body, objectStart)
	end := strings.LastIndex(a.body, objectEnd) + len(objectEnd)
	a.body = a.body[:start] + "<token>" + token + "</token>" + strings.Join(all[:most], "") + a.body[end:]
}

func (l *layer) keep(c *call, rest []string, most int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	token := uuid.New().String()
	l.pagesOf[token] = cookieOf(c.header)
	l.pages[token] = append([]string{strconv.Itoa(most)}, rest...)
	return token
}

// openPages counts the tokens of sessions that live; a vCenter forgets the others.
func (l *layer) openPages() (n int) {
	for token := range l.pages {
		if l.sessions.has(&call{header: http.Header{"Cookie": {"vmware_soap_session=" + l.pagesOf[token]}}}) {
			n++
		}
	}
	return n
}

func (l *layer) take(token string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := l.pages[token]
	delete(l.pages, token)
	return rest
}

func (l *layer) nextPage(c *call) *answer {
	if cookieOf(c.header) == "" {
		return refused("NotAuthenticated", "no session")
	}
	l.mu.Lock()
	foreign := l.pagesOf[c.field("token")] != cookieOf(c.header)
	l.mu.Unlock()
	rest := l.take(c.field("token"))
	if rest == nil || foreign { // it went with its session
		return refused("InvalidArgument", "no such token")
	}
	most, _ := strconv.Atoi(rest[0])
	rest = rest[1:]
	if len(rest) <= most {
		return answered(c.method, "<returnval>"+strings.Join(rest, "")+"</returnval>")
	}
	return answered(c.method, fmt.Sprintf("<returnval><token>%s</token>%s</returnval>", l.keep(c, rest[most:], most), strings.Join(rest[:most], "")))
}

func (l *layer) noMorePages(c *call) *answer {
	l.take(c.field("token"))
	return answered(c.method, "")
}
