package main

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// started gives the task that an answer names.
func started(a *answer) *simulator.Task {
	v := between(a.body, `<returnval type="Task"`, "</returnval>")
	t, _ := simulator.Map.Get(types.ManagedObjectReference{Type: "Task", Value: v}).(*simulator.Task)
	return t
}

// recent notes a task with the object that it is about, as a vCenter does.
func (l *layer) recent(c *call, a *answer) {
	if !strings.HasSuffix(c.method, "_Task") {
		return
	}
	if t := started(a); t != nil {
		var about mo.Reference = simulator.Map.Get(c.this)
		if c.machine != nil {
			about = c.machine
		}
		switch e := about.(type) {
		case *simulator.VirtualMachine:
			e.RecentTask = last(append(e.RecentTask, t.Self))
		case *simulator.Folder:
			e.RecentTask = last(append(e.RecentTask, t.Self))
		}
	}
}

func last(tasks []types.ManagedObjectReference) []types.ManagedObjectReference {
	if len(tasks) > 10 {
		return tasks[len(tasks)-10:]
	}
	return tasks
}

// isHeld tells whether a call is about a device that a deaf guest is to let go.
func (l *layer) isHeld(c *call) bool {
	if c.method != "ReconfigVM_Task" || !strings.Contains(string(c.body), ">remove</operation>") {
		return false
	}
	vm := vmOf(c.this)
	l.mu.Lock()
	defer l.mu.Unlock()
	return vm != nil && l.deaf[vm.Name]
}

// isBusy tells whether the machine that a call is about has a task that goes on, which the next one does not wait for.
func (l *layer) isBusy(c *call) bool {
	l.world.RLock()
	key := c.this.String()
	if vm := machineOf(c); vm != nil {
		key = vm.Self.String()
	}
	l.world.RUnlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy[key]
}

const probe = `<?xml version="1.0"?><Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><CurrentTime xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime></Body></Envelope>`

// taskOf answers with a task at once; the work is done, and the task ends, later. One that is held ends when it is cancelled; one
// that is stubborn takes so many milliseconds, and is not cancelled; one with a gate waits until that is opened.
func (l *layer) taskOf(c *call, fault string, held bool, stubborn int, gate chan struct{}) *answer {
	if a := l.pass(&call{header: c.header, uri: c.uri, remote: c.remote, body: []byte(probe)}); a.status != 200 {
		return a
	}
	about := simulator.Map.Get(c.this)
	name := strings.Replace(strings.Title(c.method), "_Task", "Task", 1)
	if about == nil || !reflect.ValueOf(about).MethodByName(name).IsValid() && c.method != "ExtendVirtualDisk_Task" {
		return l.work(c) // for the simulator's own fault
	}
	l.world.Lock()
	c.machine = machineOf(c)
	task := simulator.CreateTask(about, strings.ToLower(name[:1])+name[1:], nil)
	task.Info.Cancelable = true
	a := answered(c.method, fmt.Sprintf(`<returnval type="Task">%s</returnval>`, task.Self.Value))
	l.recent(c, a)
	l.world.Unlock()
	cancelled := make(chan struct{})
	l.mu.Lock()
	key := c.this.String()
	if c.machine != nil {
		key = c.machine.Self.String()
	}
	owned := false
	if (c.this.Type == "VirtualMachine" || c.machine != nil) && fault == "" {
		if l.busy[key] {
			fault = "TaskInProgress"
		} else {
			l.busy[key], owned = true, true
		}
	}
	ms := l.taskMs
	if stubborn > 0 {
		ms = stubborn
	} else {
		l.held[task.Self.Value] = cancelled
	}
	kinds := kindsOf(c)
	for _, kind := range kinds {
		if l.running[kind]++; l.running[kind] > l.most[kind] {
			l.most[kind] = l.running[kind]
		}
	}
	l.mu.Unlock()
	go l.run(c, task, fault, held, ms, cancelled, gate, func() {
		l.mu.Lock()
		for _, kind := range kinds {
			l.running[kind]--
		}
		delete(l.held, task.Self.Value)
		if owned {
			delete(l.busy, key)
		}
		l.mu.Unlock()
	})
	return a
}

// kindsOf gives what a task is counted as: its method, and that on the host of its machine.
func kindsOf(c *call) []string {
	kinds := []string{c.method}
	if vm := vmOf(c.this); vm != nil && vm.Runtime.Host != nil {
		if host, ok := simulator.Map.Get(*vm.Runtime.Host).(*simulator.HostSystem); ok {
			kinds = append(kinds, c.method+"@"+host.Name)
		}
	}
	return kinds
}

// run does the work of a task; ended is called before anybody can see its end.
func (l *layer) run(c *call, task *simulator.Task, fault string, held bool, ms int, cancelled, gate chan struct{}, ended func()) {
	set := func(changes ...types.PropertyChange) {
		simulator.Map.WithLock(task, func() { simulator.Map.Update(task, changes) })
	}
	set(types.PropertyChange{Name: "info.startTime", Val: time.Now()}, types.PropertyChange{Name: "info.state", Val: types.TaskInfoStateRunning})
	if fault == "" && held {
		<-cancelled
		fault = "RequestCanceled"
	}
	if fault == "" && gate != nil {
		select {
		case <-gate:
		case <-cancelled:
			fault = "RequestCanceled"
		}
	}
	for p := int32(25); fault == "" && p < 100; p += 25 {
		select {
		case <-cancelled:
			fault = "RequestCanceled"
		case <-time.After(time.Duration(ms) * time.Millisecond / 4):
			set(types.PropertyChange{Name: "info.progress", Val: p})
		}
	}
	state := types.TaskInfoStateSuccess
	var result, problem interface{}
	if fault != "" {
		state = types.TaskInfoStateError
		problem = types.LocalizedMethodFault{Fault: faultOf(fault), LocalizedMessage: "as the test wants it"}
	} else {
		a := l.work(c)
		if t := started(a); t == nil {
			state = types.TaskInfoStateError
			problem = types.LocalizedMethodFault{Fault: new(types.SystemError), LocalizedMessage: a.body}
		} else if result = t.Info.Result; t.Info.Error != nil {
			state = types.TaskInfoStateError
			problem = *t.Info.Error
		} else if c.doubt != "" {
			state, result = types.TaskInfoStateError, nil
			problem = types.LocalizedMethodFault{Fault: faultOf(c.doubt), LocalizedMessage: "as the test wants it"}
		}
	}
	ended()
	set(types.PropertyChange{Name: "info.completeTime", Val: time.Now()}, types.PropertyChange{Name: "info.result", Val: result},
		types.PropertyChange{Name: "info.error", Val: problem}, types.PropertyChange{Name: "info.state", Val: state})
}

// failed answers with a task that has ended with that fault.
func failed(c *call, fault types.BaseMethodFault, text string) *answer {
	task := simulator.CreateTask(c.this, "refused", nil)
	simulator.Map.Update(task, []types.PropertyChange{
		{Name: "info.error", Val: types.LocalizedMethodFault{Fault: fault, LocalizedMessage: text}},
		{Name: "info.state", Val: types.TaskInfoStateError},
	})
	return answered(c.method, fmt.Sprintf(`<returnval type="Task">%s</returnval>`, task.Self.Value))
}

// gate gives what the calls of a method, or their tasks, wait for.
func (l *layer) gate(method string) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gates[method] == nil {
		l.gates[method] = make(chan struct{})
	}
	return l.gates[method]
}

// await waits for the word that calls of that method go on.
func (l *layer) await(method string) {
	gate := l.gate(method)
	l.mu.Lock()
	l.waiting++
	l.mu.Unlock()
	<-gate
	l.mu.Lock()
	l.waiting--
	l.mu.Unlock()
}

// open lets go on what waits of a method, or all that waits if it is none; to be called with the lock.
func (l *layer) open(only string) {
	for method, gate := range l.gates {
		if only == "" || only == method {
			delete(l.gates, method)
			close(gate)
		}
	}
}

func (l *layer) cancel(c *call) *answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if cancelled := l.held[c.this.Value]; cancelled != nil {
		delete(l.held, c.this.Value)
		close(cancelled)
	}
	return answered(c.method, "")
}
