package main

import (
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// duplicateName refuses a second machine of one name in a folder.
func (l *layer) duplicateName(c *call) *answer {
	folder := c.this
	name := between(between2(string(c.body), "<config", "</config>"), "<name", "</name>")
	if c.method == "ImportVApp" {
		name = between(between2(string(c.body), "<configSpec", "</configSpec>"), "<name", "</name>")
	}
	if c.method != "CreateVM_Task" {
		folder = types.ManagedObjectReference{Type: "Folder", Value: c.field("folder")}
	}
	if c.method == "CloneVM_Task" {
		name = c.field("name")
	}
	f, _ := simulator.Map.Get(folder).(*simulator.Folder)
	if f == nil {
		return nil
	}
	if other := simulator.Map.FindByName(name, f.ChildEntity); other != nil {
		fault := &types.DuplicateName{Name: name, Object: other.(mo.Reference).Reference()}
		return refuse(c, fault, "The name '"+name+"' already exists.")
	}
	return nil
}

func between2(s, open, end string) string {
	i := strings.Index(s, open)
	if i < 0 {
		return ""
	}
	s = s[i+len(open):]
	if j := strings.Index(s, end); j >= 0 {
		return s[:j]
	}
	return ""
}

// outdated refuses a change that was thought of before somebody else changed the machine.
func outdated(c *call) *answer {
	vm, version := vmOf(c.this), c.field("changeVersion")
	if c.method != "ReconfigVM_Task" || vm == nil || vm.Config == nil || version == "" || version == vm.Config.ChangeVersion {
		return nil
	}
	return refuse(c, &types.ConcurrentAccess{}, "somebody changed the machine meanwhile")
}

var versions int64

// changed gives a machine another version, as each change does.
func changed(vm *simulator.VirtualMachine) {
	vm.Config.ChangeVersion = time.Now().UTC().Format("2006-01-02T15:04:05.000000Z") + strconv.FormatInt(atomic.AddInt64(&versions, 1), 10)
}

// ignored lets a guest that was said to be deaf go on.
func (l *layer) ignored(c *call) *answer {
	vm := vmOf(c.this)
	l.mu.Lock()
	defer l.mu.Unlock()
	if vm != nil && l.deaf[vm.Name] {
		return answered(c.method, "")
	}
	return nil
}

// oneOfEach keeps the last value of each key of a machine's own notes, and none that is empty.
func oneOfEach(vm *simulator.VirtualMachine) {
	var kept []types.BaseOptionValue
	for i, o := range vm.Config.ExtraConfig {
		key, last := o.GetOptionValue().Key, true
		for _, later := range vm.Config.ExtraConfig[i+1:] {
			last = last && later.GetOptionValue().Key != key
		}
		if last && o.GetOptionValue().Value != "" {
			kept = append(kept, o)
		}
	}
	vm.Config.ExtraConfig = kept
}

// inFolder gives the names of a machine's own files their folder, which the simulator leaves out.
func inFolder(vm *simulator.VirtualMachine) {
	for i, f := range vm.LayoutEx.File {
		if !strings.Contains(f.Name, "/") {
			name := f.Name[strings.Index(f.Name, "] ")+2:]
			vm.LayoutEx.File[i].Name = path.Dir(vm.Config.Files.VmPathName) + "/" + name
		}
	}
}

// diskFiles gives the names of the files that a machine's disks write to, and of those that lie below these.
func diskFiles(vm *simulator.VirtualMachine) (tops, bases []string) {
	if vm.Config == nil {
		return nil, nil
	}
	eachDisk(vm.Config.Hardware.Device, func(_ *types.VirtualDisk, b *flatDisk) {
		names := layers(b)
		tops, bases = append(tops, names[0]), append(bases, names[1:]...)
	})
	return tops, bases
}

func has(all []string, one string) bool {
	for _, each := range all {
		if each == one {
			return true
		}
	}
	return false
}

// locked refuses to open disks that a machine which runs has open.
func (l *layer) locked(c *call) *answer {
	vm := vmOf(c.this)
	if vm == nil {
		return nil
	}
	var wanted, read []string
	switch {
	case c.method == "PowerOnVM_Task":
		wanted, read = diskFiles(vm)
	case vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn && strings.Contains(string(c.body), ">add</operation>"):
		wanted = []string{path.Clean(c.field("fileName"))}
	}
	for _, e := range simulator.Map.All("VirtualMachine") {
		other, ok := e.(*simulator.VirtualMachine)
		if !ok || other.Self == vm.Self || other.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
			continue
		}
		tops, bases := diskFiles(other)
		for _, file := range append(wanted, read...) {
			if has(tops, file) || has(wanted, file) && has(bases, file) {
				fault := &types.FileLocked{FileFault: types.FileFault{File: file}}
				return failed(c, fault, "Unable to access file "+file+" since it is locked")
			}
		}
	}
	return nil
}
