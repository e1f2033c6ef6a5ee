package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// cloning is what a source had before the simulator writes the clone's files into it.
type cloning struct {
	source  *simulator.VirtualMachine
	devices []types.BaseVirtualDevice // its own
	cloned  []types.BaseVirtualDevice // what the clone is made of
	options []types.BaseOptionValue
}

// beforeClone hands the simulator devices that it may spoil: those of the snapshot that is to be cloned, if one is.
func (l *layer) beforeClone(c *call) *cloning {
	vm := vmOf(c.this)
	if vm == nil || c.method != "CloneVM_Task" {
		return nil
	}
	b := &cloning{source: vm, devices: vm.Config.Hardware.Device, options: vm.Config.ExtraConfig}
	b.cloned = ownDevices(b.devices)
	if s := snapshotOf(types.ManagedObjectReference{Type: "VirtualMachineSnapshot", Value: between(string(c.body), "<snapshot ", "</snapshot>")}); s != nil {
		b.cloned, b.options = ownDevices(s.Config.Hardware.Device), s.Config.ExtraConfig
	}
	vm.Config.Hardware.Device = ownDevices(b.cloned)
	return b
}

// cloned makes of a clone what a vCenter would have made of it.
func (l *layer) cloned(c *call, clone *simulator.VirtualMachine, b *cloning) {
	linked := bytes.Contains(c.body, []byte("createNewChildDiskBacking"))
	was := map[int32]*flatDisk{}
	eachDisk(b.cloned, func(k *types.VirtualDisk, f *flatDisk) { was[k.Key] = f })
	eachDisk(clone.Config.Hardware.Device, func(k *types.VirtualDisk, f *flatDisk) {
		from := was[k.Key]
		f.Parent, f.Uuid = nil, ""
		if from == nil {
			return
		}
		own := l.file(f.FileName)
		own.Bytes = l.file(from.FileName).Bytes
		if linked {
			f.Parent = copyOf(from)
			own.Uuid = l.file(from.FileName).Uuid
		}
	})
	for i, d := range clone.Config.Hardware.Device {
		if card, ok := d.(types.BaseVirtualEthernetCard); ok && card.GetVirtualEthernetCard().AddressType != "manual" {
			u := uuid.New()
			card.GetVirtualEthernetCard().MacAddress = fmt.Sprintf("00:50:56:%02x:%02x:%02x", u[0]&0x3f, u[1], byte(i))
		}
	}
	clone.Config.ExtraConfig = append(ownOptions(b.options), clone.Config.ExtraConfig...)
	if host := between(string(c.body), "<host ", "</host>"); host != "" {
		toHost(clone, types.ManagedObjectReference{Type: "HostSystem", Value: host})
	}
}

// settleClone ends what beforeClone began.
func (l *layer) settleClone(c *call, a *answer, b *cloning) {
	if b == nil {
		return
	}
	b.source.Config.Hardware.Device = b.devices
	t := started(a)
	if t == nil || t.Info.Error != nil {
		return
	}
	if ref, ok := t.Info.Result.(types.ManagedObjectReference); ok {
		if clone := vmOf(ref); clone != nil {
			l.cloned(c, clone, b)
		}
	}
}

func toHost(vm *simulator.VirtualMachine, ref types.ManagedObjectReference) {
	host, ok := simulator.Map.Get(ref).(*simulator.HostSystem)
	if !ok {
		return
	}
	if old, ok := simulator.Map.Get(*vm.Runtime.Host).(*simulator.HostSystem); ok {
		simulator.Map.RemoveReference(old, &old.Vm, vm.Self)
	}
	simulator.Map.AddReference(host, &host.Vm, vm.Self)
	vm.Runtime.Host = &host.Self
	vm.Summary.Runtime.Host = &host.Self
}

func named(ref string) string {
	if ds, ok := simulator.Map.Get(types.ManagedObjectReference{Type: "Datastore", Value: ref}).(*simulator.Datastore); ok {
		return ds.Name
	}
	return ""
}

// relocated moves the files of a machine, as the simulator does not.
func (l *layer) relocated(c *call, a *answer) {
	vm := vmOf(c.this)
	if t := started(a); vm == nil || t == nil || t.Info.Error != nil {
		return
	}
	spec, single := string(c.body), map[string]string{}
	for strings.Contains(spec, "<disk ") {
		start := strings.Index(spec, "<disk ")
		end := strings.Index(spec, "</disk>") + len("</disk>")
		one := spec[start:end]
		single[between(one, "<diskId", "</diskId>")] = named(between(one, "<datastore ", "</datastore>"))
		spec = spec[:start] + spec[end:]
	}
	all := named(between(spec, "<datastore ", "</datastore>"))
	simulator.Map.WithLock(vm, func() {
		if host := between(spec, "<host ", "</host>"); host != "" {
			toHost(vm, types.ManagedObjectReference{Type: "HostSystem", Value: host})
		}
		folder := home(vm.Config.Files.VmPathName)
		folder = folder[strings.Index(folder, "] ")+2:]
		moved := map[string]string{}
		devices := [][]types.BaseVirtualDevice{vm.Config.Hardware.Device}
		for _, s := range kept(vm) {
			devices = append(devices, s.Config.Hardware.Device)
		}
		for _, each := range devices {
			eachDisk(each, func(k *types.VirtualDisk, b *flatDisk) {
				to := all
				if own, ok := single[fmt.Sprint(k.Key)]; ok {
					to = own
				}
				l.carry(b, to, folder, moved)
			})
		}
		if all != "" {
			carryHome(vm, all)
		}
	})
}

// carry moves the layers of a disk that are in one folder; what lies below in another one is somebody else's.
func (l *layer) carry(b *flatDisk, datastore, folder string, moved map[string]string) {
	if datastore == "" || strings.HasPrefix(b.FileName, "["+datastore+"]") {
		return
	}
	from := home(b.FileName)
	for ; b != nil && home(b.FileName) == from; b = b.Parent {
		old := path.Clean(b.FileName)
		to, done := moved[old]
		if !done {
			to = "[" + datastore + "] " + folder + "/" + path.Base(old)
			moved[old] = to
			l.mu.Lock()
			if d := l.disks[old]; d != nil {
				l.disks[to] = d
				delete(l.disks, old)
			}
			l.mu.Unlock()
			shift(old, to)
			shift(strings.Replace(old, ".vmdk", "-flat.vmdk", 1), strings.Replace(to, ".vmdk", "-flat.vmdk", 1))
		}
		b.FileName = to
		for _, e := range simulator.Map.All("Datastore") {
			if ds := e.(*simulator.Datastore); ds.Name == datastore {
				ref := ds.Self
				b.Datastore = &ref
			}
		}
	}
}

func shift(old, to string) {
	if from, into := real(old), real(to); from != "" && into != "" {
		_ = os.MkdirAll(path.Dir(into), 0700)
		_ = os.Rename(from, into)
	}
}

// carryHome moves a machine's own files.
func carryHome(vm *simulator.VirtualMachine, datastore string) {
	into := func(name string) string {
		if i := strings.Index(name, "] "); i > 0 {
			return "[" + datastore + "]" + name[i+1:]
		}
		return name
	}
	own := home(vm.Config.Files.VmPathName)
	for i, f := range vm.LayoutEx.File {
		if home(f.Name) == own && !strings.HasSuffix(f.Name, ".vmdk") {
			shift(f.Name, into(f.Name))
			vm.LayoutEx.File[i].Name = into(f.Name)
		}
	}
	_ = os.Remove(real(own))
	files := &vm.Config.Files
	files.VmPathName, files.LogDirectory = into(files.VmPathName), into(files.LogDirectory)
	files.SnapshotDirectory, files.SuspendDirectory = into(files.SnapshotDirectory), into(files.SuspendDirectory)
	vm.Summary.Config.VmPathName = files.VmPathName
}
