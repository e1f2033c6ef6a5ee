package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A watch is what a collector tells of the tasks of a list, as a vCenter does: each value once, no more objects at a time than were
// asked for, and nothing of what was taken off the list. The simulator's own collector knows no pages, and goes on telling.
type watch struct {
	mu        sync.Mutex
	session   string // its cookie
	look      []byte // a call that reads all that is in the list
	told      map[string]map[string]string
	rest      []string // updates that are still to be told
	version   int
	cancelled chan struct{}
}

const lookEvery = 50 * time.Millisecond

// watched notes the list that a collector gets a filter for.
func (l *layer) watched(c *call, a *answer) {
	body := string(c.body)
	if a.status != 200 || !strings.Contains(body, `type="ListView"`) {
		return
	}
	opening, rest := body[:strings.Index(body, "<CreateFilter")], body[strings.Index(body, "<CreateFilter"):]
	closing := rest[strings.Index(rest, "</CreateFilter>")+len("</CreateFilter>"):]
	this := rest[strings.Index(rest, "<_this"):strings.Index(rest, "<spec")]
	spec := rest[strings.Index(rest, "<spec")+len("<spec") : strings.LastIndex(rest, "</spec>")]
	look := opening + `<RetrievePropertiesEx xmlns="urn:vim25">` + this + "<specSet" + spec + "</specSet><options></options></RetrievePropertiesEx>" + closing
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watches[c.this.Value] = &watch{session: cookieOf(c.header), look: []byte(look), told: map[string]map[string]string{}, cancelled: make(chan struct{}, 1)}
}

var additions = regexp.MustCompile(`<add [^>]*>[^<]*</add>`)

// listed lets a list have each task once, as a vCenter's does; the simulator's has it as often as it was added.
func listed(c *call) {
	added := strings.Join(additions.FindAllString(string(c.body), -1), "")
	first := strings.NewReplacer("<add ", "<remove ", "</add>", "</remove>").Replace(added)
	c.body = []byte(strings.Replace(string(c.body), "</ModifyListView>", first+"</ModifyListView>", 1))
}

// watchOf gives the watch that a call is about, unless it is of another session than the call.
func (l *layer) watchOf(c *call) *watch {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w := l.watches[c.this.Value]; w != nil && w.session == cookieOf(c.header) && l.sessions.has(c) {
		return w
	}
	return nil
}

func (l *layer) unwatch(c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.watches, c.this.Value)
}

// news waits for updates, as long as it is told to, or until its session, its caller or its turn is gone.
func (l *layer) news(c *call, w *watch) *answer {
	w.mu.Lock()
	defer w.mu.Unlock()
	seconds, _ := strconv.Atoi(c.field("maxWaitSeconds"))
	end := time.After(time.Duration(seconds) * time.Second)
	switch c.field("version") {
	case strconv.Itoa(w.version):
	case "": // all is told anew
		w.told, w.rest = map[string]map[string]string{}, nil
	default:
		return refused("InvalidCollectorVersion", "it is "+strconv.Itoa(w.version))
	}
	for {
		if !l.sessions.has(c) {
			return refused("NotAuthenticated", "no session")
		}
		if len(w.rest) == 0 {
			if a := l.lookAt(w, c); a.status != 200 {
				return a
			}
		}
		if len(w.rest) > 0 || c.field("version") == "" {
			return l.page(w, c)
		}
		select {
		case <-end:
			l.mu.Lock()
			l.quiet++
			l.mu.Unlock()
			return answered(c.method, "")
		case <-c.gone:
			return answered(c.method, "")
		case <-w.cancelled:
			return refused("RequestCanceled", "as was asked")
		case <-time.After(lookEvery):
		}
	}
}

// page tells of as many as were asked for.
func (l *layer) page(w *watch, c *call) *answer {
	most, _ := strconv.Atoi(c.field("maxObjectUpdates"))
	told, truncated := w.rest, ""
	if most > 0 && len(told) > most {
		told, truncated = told[:most], "<truncated>true</truncated>"
		l.mu.Lock()
		l.truncated++
		l.mu.Unlock()
	}
	w.rest = w.rest[len(told):]
	w.version++
	return answered(c.method, fmt.Sprintf(`<returnval><version>%d</version><filterSet><filter type="PropertyFilter">tasks</filter>%s</filterSet>%s</returnval>`,
		w.version, strings.Join(told, ""), truncated))
}

// lookAt finds what has not been told.
func (l *layer) lookAt(w *watch, c *call) *answer {
	l.world.RLock()
	a := l.pass(&call{header: c.header, uri: c.uri, remote: c.remote, body: w.look})
	l.world.RUnlock()
	if a.status != 200 {
		return a
	}
	seen := map[string]bool{}
	for _, object := range objects(a.body) {
		obj := object[strings.Index(object, "<obj ") : strings.Index(object, "</obj>")+len("</obj>")]
		told, known := w.told[obj]
		kind := "modify"
		if !known {
			kind, told = "enter", map[string]string{}
			w.told[obj] = told
		}
		seen[obj] = true
		changes := ""
		for _, set := range strings.Split(object, "<propSet>")[1:] {
			name := between(set, "<name", "</name>")
			value := set[strings.Index(set, "<val"):strings.LastIndex(set, "</propSet>")]
			if told[name] != value {
				told[name] = value
				changes += "<changeSet><name>" + name + "</name><op>assign</op>" + value + "</changeSet>"
			}
		}
		if !known || changes != "" {
			w.rest = append(w.rest, "<objectSet><kind>"+kind+"</kind>"+obj+changes+"</objectSet>")
		}
	}
	for obj := range w.told {
		if !seen[obj] {
			delete(w.told, obj)
			w.rest = append(w.rest, "<objectSet><kind>leave</kind>"+obj+"</objectSet>")
		}
	}
	return a
}
