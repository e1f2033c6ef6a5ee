package main

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

type flatDisk = types.VirtualDiskFlatVer2BackingInfo

var delta = regexp.MustCompile(`(-[0-9]{6})?\.vmdk$`)

// layers gives the names of the files that a disk consists of, the one that is written to first.
func layers(b *flatDisk) (names []string) {
	for ; b != nil; b = b.Parent {
		names = append(names, path.Clean(b.FileName))
	}
	return names
}

func copyOf(b *flatDisk) *flatDisk {
	if b == nil {
		return nil
	}
	own := *b
	own.Parent = copyOf(b.Parent)
	return &own
}

// ownDevices gives devices of which disks and cards are nobody else's.
func ownDevices(all []types.BaseVirtualDevice) (out []types.BaseVirtualDevice) {
	for _, d := range all {
		switch k := d.(type) {
		case *types.VirtualDisk:
			own := *k
			if b, ok := k.Backing.(*flatDisk); ok {
				own.Backing = copyOf(b)
			}
			d = &own
		case *types.VirtualVmxnet3:
			own := *k
			d = &own
		case *types.VirtualE1000e:
			own := *k
			d = &own
		}
		out = append(out, d)
	}
	return out
}

func ownOptions(all []types.BaseOptionValue) (out []types.BaseOptionValue) {
	for _, o := range all {
		own := *o.GetOptionValue()
		out = append(out, &own)
	}
	return out
}

// eachDisk visits the disks among devices.
func eachDisk(devices []types.BaseVirtualDevice, f func(*types.VirtualDisk, *flatDisk)) {
	for _, d := range devices {
		if k, ok := d.(*types.VirtualDisk); ok {
			if b, ok := k.Backing.(*flatDisk); ok {
				f(k, b)
			}
		}
	}
}

// above makes an empty layer over another one, beside it.
func (l *layer) above(b *flatDisk) *flatDisk {
	name := ""
	for i := 1; name == "" || l.known(name); i++ {
		name = delta.ReplaceAllString(path.Clean(b.FileName), fmt.Sprintf("-%06d.vmdk", i))
	}
	below := l.file(b.FileName)
	l.mu.Lock()
	l.disks[name] = &disk{Bytes: below.Bytes, Uuid: below.Uuid}
	l.mu.Unlock()
	over := *b
	over.FileName, over.Parent = name, copyOf(b)
	return &over
}

func (l *layer) known(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.disks[name] != nil
}

func snapshotsOf(tree []types.VirtualMachineSnapshotTree) (all []*simulator.VirtualMachineSnapshot) {
	for _, each := range tree {
		if s, ok := simulator.Map.Get(each.Snapshot).(*simulator.VirtualMachineSnapshot); ok {
			all = append(all, s)
		}
		all = append(all, snapshotsOf(each.ChildSnapshotList)...)
	}
	return all
}

func kept(vm *simulator.VirtualMachine) []*simulator.VirtualMachineSnapshot {
	if vm.Snapshot == nil {
		return nil
	}
	return snapshotsOf(vm.Snapshot.RootSnapshotList)
}

// home gives the folder of a file.
func home(name string) string {
	return path.Dir(path.Clean(name))
}

// merge makes one layer of those that no snapshot needs any more, under the name of the lowest, and counts what it spoils.
func (l *layer) merge(vm *simulator.VirtualMachine) {
	needed, over := map[string]bool{}, map[string]map[string]bool{}
	note := func(devices []types.BaseVirtualDevice, frozen bool) {
		eachDisk(devices, func(_ *types.VirtualDisk, b *flatDisk) {
			if frozen {
				needed[path.Clean(b.FileName)] = true
			}
			names := layers(b)
			for i := 1; i < len(names); i++ {
				if over[names[i]] == nil {
					over[names[i]] = map[string]bool{}
				}
				over[names[i]][names[i-1]] = true
				if home(names[i]) != home(names[i-1]) {
					needed[names[i]] = true // somebody else's
				}
			}
		})
	}
	note(vm.Config.Hardware.Device, false)
	for _, s := range kept(vm) {
		note(s.Config.Hardware.Device, true)
	}
	merged := map[string]string{}
	fold := func(devices []types.BaseVirtualDevice) {
		eachDisk(devices, func(_ *types.VirtualDisk, b *flatDisk) {
			for b.Parent != nil && b != nil {
				below := path.Clean(b.Parent.FileName)
				if !needed[below] && len(over[below]) == 1 {
					merged[path.Clean(b.FileName)] = below
					b.FileName, b.Parent = below, b.Parent.Parent
					continue
				}
				if b = b.Parent; b == nil {
					return
				}
			}
		})
	}
	fold(vm.Config.Hardware.Device)
	for _, s := range kept(vm) {
		fold(s.Config.Hardware.Device)
	}
	l.spoil(vm, merged)
	l.mu.Lock()
	for gone := range merged {
		delete(l.disks, gone)
	}
	l.mu.Unlock()
	vm.Runtime.ConsolidationNeeded = types.NewBool(false)
}

// spoil counts the disks of other machines that lie over what was just written to.
func (l *layer) spoil(vm *simulator.VirtualMachine, merged map[string]string) {
	written := map[string]bool{}
	for _, into := range merged {
		written[into] = true
	}
	for _, e := range simulator.Map.All("VirtualMachine") {
		other, ok := e.(*simulator.VirtualMachine)
		if !ok || other.Self == vm.Self || other.Config == nil {
			continue
		}
		eachDisk(other.Config.Hardware.Device, func(_ *types.VirtualDisk, b *flatDisk) {
			for _, name := range layers(b)[1:] {
				if written[name] {
					l.mu.Lock()
					l.spoilt++
					l.mu.Unlock()
				}
			}
		})
	}
}

// real gives where a file of a datastore is on this machine.
func real(name string) string {
	name = path.Clean(name)
	end := strings.Index(name, "] ")
	for _, e := range simulator.Map.All("Datastore") {
		if ds, ok := e.(*simulator.Datastore); ok && end > 0 && ds.Name == name[1:end] {
			return path.Join(ds.Info.GetDatastoreInfo().Url, name[end+2:])
		}
	}
	return ""
}
