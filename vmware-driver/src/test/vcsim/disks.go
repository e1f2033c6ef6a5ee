package main

import (
	"path"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// A disk's file, as its descriptor tells.
type disk struct {
	Bytes int64
	Uuid  string
}

// spelt answers with a disk's UUID as the manager of disks spells it: sixteen bytes, with blanks.
func (l *layer) spelt(c *call, a *answer) {
	if a.status != 200 {
		return
	}
	digits := strings.Replace(l.file(c.field("name")).Uuid, "-", "", -1)
	text := ""
	for i := 0; i+2 <= len(digits); i += 2 {
		text += digits[i:i+2] + " "
		if i == 14 {
			text = strings.TrimSpace(text) + "-"
		}
	}
	*a = *answered(c.method, "<returnval>"+strings.ToUpper(strings.TrimSpace(text))+"</returnval>")
}

func (l *layer) file(name string) *disk {
	l.mu.Lock()
	defer l.mu.Unlock()
	name = path.Clean(name)
	d := l.disks[name]
	if d == nil {
		d = &disk{Uuid: uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String()}
		l.disks[name] = d
	}
	return d
}

func virtualDisks(vm *simulator.VirtualMachine, f func(int, *types.VirtualDisk, *types.VirtualDiskFlatVer2BackingInfo)) {
	for i, d := range vm.Config.Hardware.Device {
		if k, ok := d.(*types.VirtualDisk); ok {
			if b, ok := k.Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok {
				f(i, k, b)
			}
		}
	}
}

// settle makes a machine what a vCenter would have made it.
func (l *layer) settle(c *call, a *answer) {
	t := started(a)
	if t == nil || t.Info.Error != nil {
		return
	}
	vm := vmOf(c.this)
	if ref, ok := t.Info.Result.(types.ManagedObjectReference); ok {
		vm = vmOf(ref)
	}
	if vm == nil || vm.Config == nil {
		return
	}
	simulator.Map.WithLock(vm, func() {
		oneOfEach(vm)
		inFolder(vm)
		onDatastores(vm)
		changed(vm)
		virtualDisks(vm, func(_ int, k *types.VirtualDisk, b *types.VirtualDiskFlatVer2BackingInfo) {
			l.describe(k, b)
		})
	})
}

// describe gives a disk the size and UUID of its file; a size that a call asked for becomes the file's.
func (l *layer) describe(k *types.VirtualDisk, b *types.VirtualDiskFlatVer2BackingInfo) {
	d := l.file(b.FileName)
	asked := k.CapacityInBytes
	if asked == 0 {
		asked = k.CapacityInKB * 1024
	}
	if asked > d.Bytes {
		d.Bytes = asked
	}
	k.CapacityInBytes = d.Bytes
	k.CapacityInKB = d.Bytes / 1024
	b.Uuid = d.Uuid
}

// rigid refuses to make a disk larger that lies over another one, or one of a machine that has snapshots.
func rigid(c *call) *answer {
	vm := vmOf(c.this)
	if vm == nil || !strings.Contains(string(c.body), ">edit</operation>") || !strings.Contains(string(c.body), "<capacityInKB") {
		return nil
	}
	refusal := (*answer)(nil)
	virtualDisks(vm, func(_ int, k *types.VirtualDisk, b *types.VirtualDiskFlatVer2BackingInfo) {
		if strconv.Itoa(int(k.Key)) == c.field("key") && (b.Parent != nil || vm.Snapshot != nil) {
			refusal = refuse(c, &types.InvalidDeviceOperation{}, "the disk lies over another one")
		}
	})
	return refusal
}
