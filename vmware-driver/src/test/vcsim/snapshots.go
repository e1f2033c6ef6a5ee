package main

import (
	"path"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// ended answers with a task that has ended well, with that result.
func ended(c *call, result types.AnyType) *answer {
	task := simulator.CreateTask(c.this, strings.TrimSuffix(c.method, "_Task"), nil)
	simulator.Map.Update(task, []types.PropertyChange{
		{Name: "info.result", Val: result},
		{Name: "info.state", Val: types.TaskInfoStateSuccess},
	})
	return answered(c.method, `<returnval type="Task">`+task.Self.Value+`</returnval>`)
}

func snapshotOf(ref types.ManagedObjectReference) *simulator.VirtualMachineSnapshot {
	s, _ := simulator.Map.Get(ref).(*simulator.VirtualMachineSnapshot)
	return s
}

// ownSnapshots answers what the simulator cannot do with snapshots.
func (l *layer) ownSnapshots(c *call) *answer {
	switch c.method {
	case "CreateSnapshot_Task":
		vm := vmOf(c.this)
		on := vm != nil && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
		listens := vm != nil && vm.Guest != nil && vm.Guest.ToolsRunningStatus == string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
		if on && !listens && c.field("quiesce") == "true" {
			return failed(c, new(types.FilesystemQuiesceFault), "the guest does not quiesce")
		}
	case "ConsolidateVMDisks_Task":
		if vm := vmOf(c.this); vm != nil {
			l.merge(vm)
			return ended(c, nil)
		}
	case "RenameSnapshot":
		if s := snapshotOf(c.this); s != nil {
			if vm := vmOf(s.Vm); vm != nil {
				rename(vm.Snapshot.RootSnapshotList, s.Self, c.field("name"), c.field("description"))
			}
			return answered(c.method, "")
		}
		return refused("ManagedObjectNotFound", "no such snapshot")
	case "RemoveSnapshot_Task", "RevertToSnapshot_Task":
		if snapshotOf(c.this) == nil {
			return refused("ManagedObjectNotFound", "no such snapshot")
		}
	}
	return nil
}

func rename(tree []types.VirtualMachineSnapshotTree, ref types.ManagedObjectReference, name, description string) {
	for i := range tree {
		if tree[i].Snapshot == ref {
			if name != "" {
				tree[i].Name = name
			}
			tree[i].Description = description
		}
		rename(tree[i].ChildSnapshotList, ref, name, description)
	}
}

// machineOf gives the machine whose snapshot a call is made of; to be asked before a removal.
func machineOf(c *call) *simulator.VirtualMachine {
	if s := snapshotOf(c.this); s != nil {
		return vmOf(s.Vm)
	}
	return c.machine
}

// frozen makes what was just taken a snapshot of its own, and the machine go on with new layers.
func (l *layer) frozen(a *answer) {
	t := started(a)
	if t == nil || t.Info.Error != nil {
		return
	}
	ref, _ := t.Info.Result.(types.ManagedObjectReference)
	s := snapshotOf(ref)
	if s == nil {
		return
	}
	vm := vmOf(s.Vm)
	simulator.Map.WithLock(vm, func() {
		s.Config.Hardware.Device = ownDevices(vm.Config.Hardware.Device)
		s.Config.ExtraConfig = ownOptions(vm.Config.ExtraConfig)
		vm.Config.Hardware.Device = ownDevices(vm.Config.Hardware.Device)
		l.goOn(vm)
	})
}

// goOn lays an empty layer over each disk of a machine.
func (l *layer) goOn(vm *simulator.VirtualMachine) {
	eachDisk(vm.Config.Hardware.Device, func(k *types.VirtualDisk, b *flatDisk) {
		k.Backing = l.above(b)
	})
}

// reverted gives a machine what it had at a snapshot.
func (l *layer) reverted(c *call, a *answer) {
	s := snapshotOf(c.this)
	if t := started(a); s == nil || t == nil || t.Info.Error != nil {
		return
	}
	vm := vmOf(s.Vm)
	simulator.Map.WithLock(vm, func() {
		left := vm.Config.Hardware.Device
		vm.Config.Hardware.Device = ownDevices(s.Config.Hardware.Device)
		vm.Config.ExtraConfig = ownOptions(s.Config.ExtraConfig)
		vm.Runtime.PowerState = types.VirtualMachinePowerStatePoweredOff
		vm.Summary.Runtime.PowerState = types.VirtualMachinePowerStatePoweredOff
		l.goOn(vm)
		l.abandon(vm, left)
	})
}

// abandon drops the layers that nothing uses any more. A disk that was attached since is not one of them.
func (l *layer) abandon(vm *simulator.VirtualMachine, left []types.BaseVirtualDevice) {
	used := map[string]bool{}
	use := func(devices []types.BaseVirtualDevice) {
		eachDisk(devices, func(_ *types.VirtualDisk, b *flatDisk) {
			for _, name := range layers(b) {
				used[name] = true
			}
		})
	}
	use(vm.Config.Hardware.Device)
	for _, s := range kept(vm) {
		use(s.Config.Hardware.Device)
	}
	eachDisk(left, func(_ *types.VirtualDisk, b *flatDisk) {
		if name := path.Clean(b.FileName); b.Parent != nil && home(b.Parent.FileName) == home(name) && !used[name] {
			l.mu.Lock()
			delete(l.disks, name)
			l.mu.Unlock()
		}
	})
}

// removed merges what a removal leaves, unless it is stuck, and mends what the machine goes on from.
func (l *layer) removed(vm *simulator.VirtualMachine, parent *types.ManagedObjectReference, a *answer) {
	if t := started(a); vm == nil || t == nil || t.Info.Error != nil {
		return
	}
	simulator.Map.WithLock(vm, func() {
		if vm.Snapshot != nil && len(vm.Snapshot.RootSnapshotList) > 0 && vm.Snapshot.CurrentSnapshot != nil &&
			!isIn(vm.Snapshot.RootSnapshotList, *vm.Snapshot.CurrentSnapshot) {
			vm.Snapshot.CurrentSnapshot = parent
		}
		l.mu.Lock()
		stuck := l.stuck[vm.Name]
		delete(l.stuck, vm.Name)
		l.mu.Unlock()
		if stuck {
			vm.Runtime.ConsolidationNeeded = types.NewBool(true)
		} else {
			l.merge(vm)
		}
	})
}

func isIn(tree []types.VirtualMachineSnapshotTree, ref types.ManagedObjectReference) bool {
	for _, each := range tree {
		if each.Snapshot == ref || isIn(each.ChildSnapshotList, ref) {
			return true
		}
	}
	return false
}

// below gives the snapshot that another one lies over.
func below(tree []types.VirtualMachineSnapshotTree, ref types.ManagedObjectReference) *types.ManagedObjectReference {
	for _, each := range tree {
		for _, child := range each.ChildSnapshotList {
			if child.Snapshot == ref {
				own := each.Snapshot
				return &own
			}
		}
		if found := below(each.ChildSnapshotList, ref); found != nil {
			return found
		}
	}
	return nil
}

func parentOf(c *call) *types.ManagedObjectReference {
	if vm := machineOf(c); vm != nil && vm.Snapshot != nil {
		return below(vm.Snapshot.RootSnapshotList, c.this)
	}
	return nil
}
