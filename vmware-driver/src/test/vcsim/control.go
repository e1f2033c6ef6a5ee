package main

import (
	"encoding/json"
	"math/rand"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// control is how tests talk to the layer:
//
//	POST   /ctl?method=M&mode=soap|task|taskafter|http|raw|drop|dropafter|cutafter|stall|wait|late|hang|slow|corrupt|short|hold|stubborn|stubbornafter|gated|gatedafter&fault=F&count=N&ms=N   what becomes of the next N calls
//	POST   /ctl?taskMs=N            how long tasks take
//	POST   /ctl?deaf=NAME           a machine whose guest does not listen
//	POST   /ctl?noUuid=FILE&uuid=U  a disk that has no UUID, or this one instead of its own
//	POST   /ctl?move=FILE&to=FILE   a disk's file moves behind the client's back, and with it the disks of all machines
//	POST   /ctl?stuck=NAME          the next removal of a snapshot of a machine merges nothing
//	POST   /ctl?tools=NAME          a machine's guest quiesces when it is asked
//	POST   /ctl?over=FILE           machines write to a layer over a disk from now on, as after a snapshot
//	POST   /ctl?suspend=NAME        a machine is suspended
//	POST   /ctl?gates=open&of=M     calls and tasks of a method, or of all, go on that wait for that
//	POST   /ctl?half=NAME&state=S   a machine is just being made, with S=unplaced before its datastores are known, or its connection is S; asked again, it is as it was
//	POST   /ctl?connection=NAME&state=S   what is said of the connection to a machine
//	POST   /ctl?ticketSays=XML      where tickets for screens lead to, or nothing
//	POST   /ctl?lease=TROUBLE       what is wrong with the next lease: thumbprint or error; or what it lends besides: nvram
//	POST   /ctl?leaseMs=N           how long leases last of which nobody tells
//	POST   /ctl?kill=sessions       ends all sessions
//	POST   /ctl?chaos=P&seed=N      makes P of 100 calls fail, or lose their answer or session
//	POST   /ctl?datastore=NAME&accessible=B&mode=M&type=T&mounted=B   what a datastore says of itself
//	DELETE /ctl                     forgets rules and counts
//	GET    /ctl                     counts
//	GET    /ctl?file=FILE           a disk's size and UUID
//	GET    /ctl?ticket=last         the ticket for a screen that was given last
//	GET    /ctl?local=FILE          where a datastore's file is on this machine
func (l *layer) control(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	switch {
	case r.Method == "GET" && q.Get("file") != "":
		_ = json.NewEncoder(w).Encode(l.file(q.Get("file")))
	case r.Method == "GET" && q.Get("local") != "":
		_, file := local(q.Get("local"))
		_, _ = w.Write([]byte(file))
	case r.Method == "GET" && q.Get("ticket") != "":
		l.mu.Lock()
		defer l.mu.Unlock()
		_, _ = w.Write([]byte(l.ticket))
	case r.Method == "GET":
		l.report(w)
	case r.Method == "DELETE":
		l.reset()
	case q.Get("kill") != "":
		l.sessions.kill()
	case q.Get("datastore") != "":
		l.says(datastoreNamed(q.Get("datastore")), q)
	case q.Get("noUuid") != "":
		l.identify(path.Clean(q.Get("noUuid")), q.Get("uuid"))
	case q.Get("over") != "":
		l.layered(path.Clean(q.Get("over")))
	case q.Get("suspend") != "":
		l.suspend(q.Get("suspend"))
	case q.Get("half") != "":
		l.halve(q.Get("half"), q.Get("state"))
	case q.Get("connection") != "":
		l.connection(q.Get("connection"), q.Get("state"))
	case q.Get("move") != "":
		l.move(path.Clean(q.Get("move")), path.Clean(q.Get("to")))
	default:
		l.mu.Lock()
		defer l.mu.Unlock()
		if v := q.Get("taskMs"); v != "" {
			l.taskMs, _ = strconv.Atoi(v)
		}
		if v := q.Get("chaos"); v != "" {
			l.chaos.percent, _ = strconv.Atoi(v)
			seed, _ := strconv.ParseInt(q.Get("seed"), 10, 64)
			l.chaos.random = rand.New(rand.NewSource(seed))
		}
		if q.Get("gates") != "" {
			l.open(q.Get("of"))
		}
		if v := q.Get("deaf"); v != "" {
			l.deaf[v] = true
		}
		if v := q.Get("stuck"); v != "" {
			l.stuck[v] = true
		}
		if v := q.Get("ticketSays"); v != "" {
			l.ticketSays = v
		}
		if v := q.Get("lease"); v != "" {
			l.leases.next = v
		}
		if v := q.Get("leaseMs"); v != "" {
			l.leases.ms, _ = strconv.Atoi(v)
		}
		if v := q.Get("tools"); v != "" {
			listen(v)
		}
		if v := q.Get("method"); v != "" {
			count, _ := strconv.Atoi(q.Get("count"))
			ms, _ := strconv.Atoi(q.Get("ms"))
			l.rules = append(l.rules, &rule{v, q.Get("mode"), q.Get("fault"), count, ms})
		}
	}
}

// reset ends what is held, waits until no machine is busy, and forgets rules and counts.
func (l *layer) reset() {
	l.mu.Lock()
	for task, cancelled := range l.held {
		delete(l.held, task)
		close(cancelled)
	}
	l.open("")
	for len(l.busy) > 0 {
		l.mu.Unlock()
		time.Sleep(5 * time.Millisecond)
		l.mu.Lock()
	}
	l.rules, l.calls, l.peak, l.taskMs, l.chaos.percent = nil, map[string]int{}, 0, 0, 0
	l.most, l.done = map[string]int{}, map[string]int{}
	l.silent = map[string]int{}
	l.truncated, l.quiet = 0, 0
	l.ticketSays = ""
	l.leases.ms = 0
	l.mu.Unlock()
}

func (l *layer) report(w http.ResponseWriter) {
	open, objects, abandoned, unheard := l.sessions.count()
	l.world.RLock()
	lent := l.openLeases()
	l.world.RUnlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := []string{}
	for method, n := range l.calls {
		calls = append(calls, method+"="+strconv.Itoa(n))
	}
	most := []string{}
	for what, n := range l.most {
		most = append(most, what+"="+strconv.Itoa(n))
	}
	did := []string{}
	for method, n := range l.done {
		did = append(did, method+"="+strconv.Itoa(n))
	}
	_ = json.NewEncoder(w).Encode(map[string]interface{}{
		"done": strings.Join(did, " "), "most": strings.Join(most, " "), "spoilt": l.spoilt, "calls": strings.Join(calls, " "), "peak": l.peak, "lost": l.lost, "tokens": l.openPages(),
		"truncated": l.truncated, "quiet": l.quiet, "waiting": l.waiting, "sessions": open, "objects": objects, "abandoned": abandoned, "unheard": unheard, "leases": lent,
	})
}

// listen has the guest of a machine do what VMware Tools do.
func listen(name string) {
	for _, e := range simulator.Map.All("VirtualMachine") {
		if vm, ok := e.(*simulator.VirtualMachine); ok && vm.Name == name {
			vm.Guest.ToolsRunningStatus = string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
		}
	}
}

// suspend does what somebody does at another console.
func (l *layer) suspend(name string) {
	l.world.Lock()
	defer l.world.Unlock()
	for _, e := range simulator.Map.All("VirtualMachine") {
		if vm, ok := e.(*simulator.VirtualMachine); ok && vm.Name == name {
			vm.Runtime.PowerState = types.VirtualMachinePowerStateSuspended
			vm.Summary.Runtime.PowerState = types.VirtualMachinePowerStateSuspended
		}
	}
}

// halve takes off a machine all that is known of it but its name, or gives that back.
func (l *layer) halve(name, state string) {
	l.world.Lock()
	defer l.world.Unlock()
	for _, e := range simulator.Map.All("VirtualMachine") {
		if vm, ok := e.(*simulator.VirtualMachine); ok && vm.Name == name {
			vm.Config, l.halves[name] = l.halves[name], vm.Config
			vm.Runtime.ConnectionState = types.VirtualMachineConnectionStateConnected
			switch {
			case vm.Config != nil:
				onDatastores(vm)
			case state == "unplaced":
				offDatastores(vm)
			case state != "":
				vm.Runtime.ConnectionState = types.VirtualMachineConnectionState(state)
			}
		}
	}
}

// connection says how well a machine is reached.
func (l *layer) connection(name, state string) {
	l.world.Lock()
	defer l.world.Unlock()
	for _, e := range simulator.Map.All("VirtualMachine") {
		if vm, ok := e.(*simulator.VirtualMachine); ok && vm.Name == name {
			vm.Runtime.ConnectionState = types.VirtualMachineConnectionState(state)
		}
	}
}

// identify gives a disk another UUID, or none.
func (l *layer) identify(name, uuid string) {
	l.world.Lock()
	defer l.world.Unlock()
	l.file(name).Uuid = uuid
	l.eachBacking(name, func(b *types.VirtualDiskFlatVer2BackingInfo) { b.Uuid = uuid })
}

// move does what Storage DRS does.
func (l *layer) move(from, to string) {
	l.world.Lock()
	defer l.world.Unlock()
	l.renamed(from, to)
	_, there := local(from)
	_, here := local(to)
	_ = os.MkdirAll(path.Dir(here), 0700)
	_ = os.Rename(there, here)
	_ = os.Rename(flat(there), flat(here))
	l.eachBacking(from, func(b *types.VirtualDiskFlatVer2BackingInfo) { b.FileName = to })
}

// layered puts a file over a disk wherever machines have it.
func (l *layer) layered(name string) {
	l.world.Lock()
	defer l.world.Unlock()
	l.eachBacking(name, func(b *types.VirtualDiskFlatVer2BackingInfo) {
		below := *b
		b.Parent, b.FileName = &below, strings.TrimSuffix(name, ".vmdk")+"-000001.vmdk"
	})
}

func (l *layer) eachBacking(name string, f func(*types.VirtualDiskFlatVer2BackingInfo)) {
	for _, e := range simulator.Map.All("VirtualMachine") {
		if vm, ok := e.(*simulator.VirtualMachine); ok && vm.Config != nil {
			virtualDisks(vm, func(_ int, _ *types.VirtualDisk, b *types.VirtualDiskFlatVer2BackingInfo) {
				for b != nil {
					below := b.Parent // f may put another one there
					if path.Clean(b.FileName) == name {
						f(b)
					}
					b = below
				}
			})
			onDatastores(vm)
		}
	}
}
