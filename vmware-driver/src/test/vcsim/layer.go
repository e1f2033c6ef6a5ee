package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io/ioutil"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// A rule says what becomes of the next calls of a method.
type rule struct {
	method, mode, fault string
	count, ms           int
}

// The layer in front of the simulator. Changes are made one at a time, and no read sees one half made.
type layer struct {
	inner http.Handler
	world sync.RWMutex // what the simulator holds

	mu        sync.Mutex // what follows
	rules     []*rule
	calls     map[string]int
	inFlight  int
	peak      int
	lost      int
	taskMs    int
	busy      map[string]bool
	held      map[string]chan struct{}
	gates     map[string]chan struct{} // by method, of tasks that wait for a word of the test
	deaf      map[string]bool
	silent    map[string]int
	pages     map[string][]string
	pagesOf   map[string]string
	disks     map[string]*disk
	watches   map[string]*watch // by collector
	sessions  *sessions
	chaos     chaos
	stuck     map[string]bool // whose next removal of a snapshot merges nothing
	spoilt    int             // disks of machines that lie over what was written to
	running   map[string]int  // tasks of a method, and of one on a host, now and at most
	most      map[string]int
	done      map[string]int // calls that were carried out, by method
	waiting   int            // calls that wait for a word of the test
	quiet     int            // polls that ended without news
	truncated int            // pages of news that were not the last
	halves    map[string]*types.VirtualMachineConfigInfo
	leases    leases

	ticket     string // that was given last
	ticketSays string // where a ticket leads to, besides
}

func newLayer(inner http.Handler) *layer {
	return &layer{
		inner:    inner,
		calls:    map[string]int{},
		busy:     map[string]bool{},
		held:     map[string]chan struct{}{},
		gates:    map[string]chan struct{}{},
		deaf:     map[string]bool{},
		silent:   map[string]int{},
		pages:    map[string][]string{},
		pagesOf:  map[string]string{},
		disks:    map[string]*disk{},
		watches:  map[string]*watch{},
		sessions: newSessions(),
		stuck:    map[string]bool{},
		running:  map[string]int{},
		most:     map[string]int{},
		done:     map[string]int{},
		halves:   map[string]*types.VirtualMachineConfigInfo{},
	}
}

// A call as it came.
type call struct {
	method string
	this   types.ManagedObjectReference
	header http.Header
	uri    string
	remote string
	body   []byte

	machine *simulator.VirtualMachine // that it is about, if it is called of a snapshot
	gone    <-chan struct{}           // closed when nobody waits for its answer any more
	unheard bool                      // whether nobody gets its answer
	doubt   string                    // the fault that its task ends with when it has done its work
}

func parse(r *http.Request, body []byte) *call {
	c := &call{header: r.Header.Clone(), uri: r.URL.String(), remote: r.RemoteAddr, body: body, gone: r.Context().Done()}
	d := xml.NewDecoder(bytes.NewReader(body))
	depth := 0
	for {
		t, err := d.Token()
		if err != nil {
			return c
		}
		switch e := t.(type) {
		case xml.StartElement:
			depth++
			if depth == 3 && c.method == "" {
				c.method = e.Name.Local
			}
			if depth == 4 && e.Name.Local == "_this" {
				for _, a := range e.Attr {
					if a.Name.Local == "type" {
						c.this.Type = a.Value
					}
				}
				_ = d.DecodeElement(&c.this.Value, &e)
				return c
			}
		case xml.EndElement:
			depth--
		}
	}
}

// field gives the text of the first element of that name, as far as the call has one.
func (c *call) field(name string) string {
	return between(string(c.body), "<"+name, "</"+name+">")
}

func between(s, open, end string) string {
	i := strings.Index(s, open)
	if i < 0 {
		return ""
	}
	s = s[i:]
	s = s[strings.Index(s, ">")+1:]
	if j := strings.Index(s, end); j >= 0 {
		return unescape(s[:j])
	}
	return ""
}

func unescape(s string) string {
	return strings.NewReplacer("&#10;", "\n", "&#xA;", "\n", "&lt;", "<", "&gt;", ">", "&#34;", `"`, "&quot;", `"`, "&#39;", "'", "&amp;", "&").Replace(s)
}

// An answer, before it is sent.
type answer struct {
	status int
	header http.Header
	body   string
}

const envelope = `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>%s</soapenv:Body></soapenv:Envelope>`

func answered(method, content string) *answer {
	return &answer{200, http.Header{}, fmt.Sprintf(envelope, fmt.Sprintf(`<%[1]sResponse xmlns="urn:vim25">%[2]s</%[1]sResponse>`, method, content))}
}

func refused(fault, text string) *answer {
	return &answer{500, http.Header{}, fmt.Sprintf(envelope, fmt.Sprintf(
		`<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>%[2]s</faultstring><detail><%[1]sFault xmlns="urn:vim25" xsi:type="%[1]s"></%[1]sFault></detail></soapenv:Fault>`, fault, text))}
}

func (a *answer) send(w http.ResponseWriter) {
	for k, v := range a.header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body))
}

// faultOf makes a fault by its name.
func faultOf(name string) types.BaseMethodFault {
	if f, ok := types.TypeFunc()(name); ok {
		if v, ok := reflect.New(f).Interface().(types.BaseMethodFault); ok {
			return v
		}
	}
	return new(types.SystemError)
}

// pass hands a call to the simulator.
func (l *layer) pass(c *call) *answer {
	q, _ := http.NewRequest("POST", c.uri, bytes.NewReader(c.body))
	q.Header = c.header
	q.RemoteAddr = c.remote
	rec := httptest.NewRecorder()
	l.inner.ServeHTTP(rec, q)
	return &answer{rec.Code, rec.Header(), rec.Body.String()}
}

func (l *layer) match(method string) *rule {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, r := range l.rules {
		if r.method == method || r.method == "*" {
			got := *r
			if r.count > 0 {
				if r.count--; r.count == 0 {
					l.rules = append(l.rules[:i], l.rules[i+1:]...)
				}
			}
			return &got
		}
	}
	return nil
}

func (l *layer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/ctl") {
		l.control(w, r)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/folder") {
		l.folder(w, r)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/nfc/") {
		l.nfc(w, r)
		return
	}
	if r.Method != "POST" || !strings.HasPrefix(r.URL.Path, "/sdk") {
		l.inner.ServeHTTP(w, r)
		return
	}
	body, _ := ioutil.ReadAll(r.Body)
	c := parse(r, body)
	l.count(c)
	defer l.countOut(c)
	if l.isSilent(c) {
		cut(w)
		return
	}
	l.sessions.forgetDead(c)
	rule := l.match(c.method)
	if rule == nil {
		rule = l.byChance(c)
	}
	if rule == nil {
		l.do(c, "").send(w)
		return
	}
	switch rule.mode {
	case "soap":
		refused(rule.fault, "as the test wants it").send(w)
	case "http":
		w.WriteHeader(rule.ms)
	case "raw":
		(&answer{200, http.Header{}, rule.fault}).send(w)
	case "drop", "dropafter":
		l.mu.Lock()
		l.lost++
		l.mu.Unlock()
		if rule.mode == "dropafter" {
			c.unheard = true
			l.do(c, "")
		}
		cut(w)
	case "cutafter": // and what that session asks next is not answered either
		l.do(c, "")
		l.silence(c)
		cut(w)
	case "gatedafter": // as cutafter, and its task goes on when the test says so
		l.taskOf(c, "", false, 0, l.gate(c.method))
		l.silence(c)
		cut(w)
	case "stubbornafter": // its task goes on, and nobody knows
		l.taskOf(c, "", false, rule.ms, nil)
		l.mu.Lock()
		l.lost++
		l.mu.Unlock()
		cut(w)
	case "stall":
		time.Sleep(time.Duration(rule.ms) * time.Millisecond)
		l.do(c, "").send(w)
	case "wait": // it comes through when the test says so
		l.await(c.method)
		l.do(c, "").send(w)
	case "late": // it is carried out at once, and answered when the test says so
		a := l.do(c, "")
		l.await(c.method)
		a.send(w)
	case "hang": // until who asked goes
		<-c.gone
	case "kill":
		l.sessions.kill()
		l.sessions.forgetDead(c)
		l.do(c, "").send(w)
	case "task":
		l.do(c, rule.fault).send(w)
	case "taskafter":
		c.doubt = rule.fault
		l.do(c, "").send(w)
	case "hold":
		l.taskOf(c, "", true, 0, nil).send(w)
	case "gated": // its task goes on when the test says so, and not before
		l.taskOf(c, "", false, 1, l.gate(c.method)).send(w)
	case "stubborn":
		l.taskOf(c, "", false, rule.ms, nil).send(w)
	}
}

// silence lets the next calls of a session be lost: as many as a client makes of one question.
func (l *layer) silence(c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost++
	l.silent[cookieOf(c.header)] = 5
	l.rules = nil
}

func (l *layer) isSilent(c *call) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.silent[cookieOf(c.header)] == 0 {
		return false
	}
	l.silent[cookieOf(c.header)]--
	return true
}

func cut(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if connection, _, err := h.Hijack(); err == nil {
			_ = connection.Close()
		}
	}
}

func (l *layer) count(c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls[c.method]++
	if c.method == "WaitForUpdatesEx" {
		return
	}
	if l.inFlight++; l.inFlight > l.peak {
		l.peak = l.inFlight
	}
}

func (l *layer) countOut(c *call) {
	if c.method == "WaitForUpdatesEx" {
		return
	}
	l.mu.Lock()
	l.inFlight--
	l.mu.Unlock()
}

// do carries a call out; if fault names one, the task that it starts ends so.
func (l *layer) do(c *call, fault string) *answer {
	if strings.HasSuffix(c.method, "_Task") {
		l.mu.Lock()
		slow := l.taskMs > 0
		l.mu.Unlock()
		if slow || fault != "" || c.doubt != "" || l.isHeld(c) || l.isBusy(c) {
			return l.taskOf(c, fault, l.isHeld(c), 0, nil)
		}
	}
	switch c.method {
	case "WaitForUpdatesEx":
		if w := l.watchOf(c); w != nil {
			return l.news(c, w)
		}
		return l.pass(c)
	case "CancelWaitForUpdates":
		if w := l.watchOf(c); w != nil {
			select {
			case w.cancelled <- struct{}{}:
			default: // nobody has heard of the last one yet
			}
		}
		return l.pass(c)
	case "CancelTask":
		return l.cancel(c)
	}
	return l.work(c)
}

// work carries a call out at once.
func (l *layer) work(c *call) *answer {
	if readsAlone(c.method) {
		l.world.RLock()
		defer l.world.RUnlock()
	} else {
		l.world.Lock()
		defer l.world.Unlock()
	}
	if a := l.own(c); a != nil {
		l.tally(c, a)
		return a
	}
	before, parent := l.beforeClone(c), parentOf(c)
	c.machine = machineOf(c)
	a := l.pass(c)
	l.settleClone(c, a, before)
	switch c.method {
	case "CreateSnapshot_Task":
		l.frozen(a)
	case "RevertToSnapshot_Task":
		l.reverted(c, a)
	case "RemoveSnapshot_Task":
		l.removed(c.machine, parent, a)
	case "RelocateVM_Task":
		l.relocated(c, a)
	case "ImportVApp":
		a = l.imported(c, a)
	}
	l.after(c, a)
	return a
}

// own answers what the simulator does not, or not as a vCenter does.
func (l *layer) own(c *call) *answer {
	if a := l.lentOut(c); a != nil {
		return a
	}
	if a := outdated(c); a != nil {
		return a
	}
	switch c.method {
	case "ModifyListView":
		listed(c)
	case "ContinueRetrievePropertiesEx":
		return l.nextPage(c)
	case "CancelRetrievePropertiesEx":
		return l.noMorePages(c)
	case "AcquireTicket":
		return l.console(c)
	case "ShutdownGuest":
		return l.ignored(c)
	case "CreateVM_Task", "CloneVM_Task", "ImportVApp":
		return l.duplicateName(c)
	case "PowerOnVM_Task", "ReconfigVM_Task":
		if a := rigid(c); a != nil {
			return a
		}
		return l.locked(c)
	case "MoveIntoFolder_Task":
		return movedDatastores(c)
	case "SearchDatastore_Task", "SearchDatastoreSubFolders_Task", "MakeDirectory", "DeleteDatastoreFile_Task", "CreateVirtualDisk_Task",
		"DeleteVirtualDisk_Task", "MoveVirtualDisk_Task", "CopyVirtualDisk_Task", "ExtendVirtualDisk_Task", "QueryVirtualDiskUuid",
		"SetVirtualDiskUuid":
		return l.filesOwn(c)
	}
	if a := l.ownLeases(c); a != nil {
		return a
	}
	return l.ownSnapshots(c)
}

func readsAlone(method string) bool {
	return strings.HasPrefix(method, "Retrieve") || strings.HasPrefix(method, "Find") || method == "CurrentTime"
}

func (l *layer) after(c *call, a *answer) {
	switch c.method {
	case "RetrievePropertiesEx":
		l.firstPage(c, a)
	case "CreateFilter":
		l.watched(c, a)
	case "DestroyPropertyCollector":
		l.unwatch(c)
	case "CreateVM_Task", "ReconfigVM_Task", "CloneVM_Task", "RegisterVM_Task":
		l.settle(c, a)
	case "CreateVirtualDisk_Task", "DeleteVirtualDisk_Task", "MoveVirtualDisk_Task", "CopyVirtualDisk_Task":
		l.filesAfter(c, a)
	case "QueryVirtualDiskUuid":
		l.spelt(c, a)
	}
	l.sessions.note(c, a)
	l.recent(c, a)
	l.tally(c, a)
}

// tally counts a call that was carried out.
func (l *layer) tally(c *call, a *answer) {
	if t := started(a); a.status == 200 && (t == nil || t.Info.Error == nil) {
		l.mu.Lock()
		l.done[c.method]++
		l.mu.Unlock()
	}
}

func vmOf(ref types.ManagedObjectReference) *simulator.VirtualMachine {
	vm, _ := simulator.Map.Get(ref).(*simulator.VirtualMachine)
	return vm
}
