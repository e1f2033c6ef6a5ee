package main

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"io"
	"io/ioutil"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// A lease lets whoever asked for it move the disks of one machine, until it ends, nobody tells of it any more, or its session ends.
type lease struct {
	mo.HttpNfcLease
	owner string
	files map[string]string
	keys  map[string]string
	sent  map[string][]byte // what was downloaded, by key
	in    bool
	told  time.Time
}

// leases are what the layer gives out instead of the simulator's, which forget what is uploaded and lend nothing for export.
type leases struct {
	thumbprint string
	next       string // what is wrong with the next one: thumbprint or error; or what it lends besides disks: nvram
	number     int
	ms         int // how long one lasts of which nobody tells
	all        []*lease
}

const ready = 60 * time.Millisecond

// ownLeases answers what is asked of leases, and asks for one to export a machine.
func (l *layer) ownLeases(c *call) *answer {
	switch c.method {
	case "ExportVm", "CreateDescriptor", "HttpNfcLeaseComplete", "HttpNfcLeaseAbort", "HttpNfcLeaseProgress", "HttpNfcLeaseGetManifest":
	default:
		return nil
	}
	if a := l.pass(&call{header: c.header, uri: c.uri, remote: c.remote, body: []byte(probe)}); a.status != 200 {
		return a
	}
	switch c.method {
	case "ExportVm":
		vm := vmOf(c.this)
		if vm == nil {
			return refused("ManagedObjectNotFound", "there is no such machine")
		}
		if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
			return refused("InvalidPowerState", "the machine runs")
		}
		return answered(c.method, fmt.Sprintf(`<returnval type="HttpNfcLease">%s</returnval>`, l.lend(c, vm, false).Self.Value))
	case "CreateDescriptor":
		return described(c)
	}
	lent, _ := simulator.Map.Get(c.this).(*lease)
	if lent == nil || lent.owner != cookieOf(c.header) || lent.State == types.HttpNfcLeaseStateError {
		return refused("ManagedObjectNotFound", "there is no such lease")
	}
	switch c.method {
	case "HttpNfcLeaseProgress":
		lent.told = time.Now()
	case "HttpNfcLeaseGetManifest":
		return answered(c.method, lent.manifest())
	case "HttpNfcLeaseComplete":
		if lent.State != types.HttpNfcLeaseStateReady {
			return refused("InvalidState", "the lease is "+string(lent.State))
		}
		lent.State = types.HttpNfcLeaseStateDone
	case "HttpNfcLeaseAbort":
		l.ended(lent, c)
	}
	return answered(c.method, "")
}

// ended ends a lease before its time; what was being imported goes with it.
func (l *layer) ended(lent *lease, c *call) {
	lent.State = types.HttpNfcLeaseStateError
	if vm := vmOf(lent.Info.Entity); vm != nil && lent.in {
		text := strings.Replace(strings.Replace(probe, "CurrentTime", "Destroy_Task", -1), `"ServiceInstance">ServiceInstance<`, `"VirtualMachine">`+vm.Self.Value+`<`, 1)
		l.pass(&call{header: c.header, uri: c.uri, remote: c.remote, body: []byte(text)})
	}
}

// isOpen tells whether a lease holds its machine.
func (l *layer) isOpen(lent *lease) bool {
	return l.sessions.lives(lent.owner) &&
		(lent.State == types.HttpNfcLeaseStateInitializing || lent.State == types.HttpNfcLeaseStateReady)
}

func (l *layer) openLeases() (open int) {
	for _, lent := range l.leases.all {
		if l.isOpen(lent) {
			open++
		}
	}
	return open
}

// lentOut refuses to change a machine whose disks are just being moved by a lease.
func (l *layer) lentOut(c *call) *answer {
	switch c.method {
	case "ReconfigVM_Task", "PowerOnVM_Task", "Destroy_Task", "CloneVM_Task", "RelocateVM_Task", "ExportVm", "CreateSnapshot_Task",
		"UnregisterVM", "MarkAsTemplate":
	default:
		return nil
	}
	for _, lent := range l.leases.all {
		if lent.Info.Entity == c.this && l.isOpen(lent) {
			return refuse(c, &types.TaskInProgress{}, "a lease holds the machine")
		}
	}
	return nil
}

func (lent *lease) manifest() (text string) {
	for key, sent := range lent.sent {
		text += fmt.Sprintf(`<returnval><key>%s</key><sha1>%x</sha1><size>%d</size><disk>true</disk></returnval>`, key, sha1.Sum(sent), len(sent))
	}
	return text
}

// imported gives a lease of ours for the simulator's.
func (l *layer) imported(c *call, a *answer) *answer {
	if a.status != 200 {
		return a
	}
	id := between(string(c.body), "<name>", "</name>")
	for _, e := range simulator.Map.All("VirtualMachine") {
		if vm, ok := e.(*simulator.VirtualMachine); ok && vm.Name == id {
			virtualDisks(vm, func(_ int, k *types.VirtualDisk, b *types.VirtualDiskFlatVer2BackingInfo) { l.describe(k, b) })
			changed(vm)
			return answered(c.method, fmt.Sprintf(`<returnval type="HttpNfcLease">%s</returnval>`, l.lend(c, vm, true).Self.Value))
		}
	}
	return refused("SystemError", "the machine that was imported is not there: "+id)
}

func (l *layer) lend(c *call, vm *simulator.VirtualMachine, in bool) *lease {
	l.mu.Lock()
	l.leases.number++
	id, trouble, thumbprint := fmt.Sprintf("lent-%d", l.leases.number), l.leases.next, l.leases.thumbprint
	l.leases.next = ""
	l.mu.Unlock()
	if trouble == "thumbprint" {
		thumbprint = strings.Repeat("AB:", 19) + "AB"
	}
	lent := &lease{owner: cookieOf(c.header), files: map[string]string{}, keys: map[string]string{}, sent: map[string][]byte{}, in: in, told: time.Now()}
	lent.Self = types.ManagedObjectReference{Type: "HttpNfcLease", Value: id}
	lent.State = types.HttpNfcLeaseStateInitializing
	lent.Info = &types.HttpNfcLeaseInfo{Lease: lent.Self, Entity: vm.Self, LeaseTimeout: 300}
	add := func(name, target, file, key, importKey string, disk bool) {
		lent.files[name], lent.keys[name] = file, key
		url := types.HttpNfcLeaseDeviceUrl{Key: key, ImportKey: importKey, Url: "https://*/nfc/" + id + "/" + name,
			SslThumbprint: thumbprint, Disk: types.NewBool(disk), TargetId: target}
		lent.Info.DeviceUrl = append([]types.HttpNfcLeaseDeviceUrl{url}, lent.Info.DeviceUrl...) // in no order that anybody may rely on
	}
	virtualDisks(vm, func(_ int, k *types.VirtualDisk, b *types.VirtualDiskFlatVer2BackingInfo) {
		_, file := local(b.FileName)
		lent.Info.TotalDiskCapacityInKB += k.CapacityInKB
		n := len(lent.files)
		name := fmt.Sprintf("disk-%d.vmdk", n)
		add(name, name, flat(file), keyOf(vm, k), fmt.Sprintf("/%s/disk:%d", vm.Name, n), true)
	})
	if _, vmx := local(vm.Config.Files.VmPathName); trouble == "nvram" {
		add("nvram", "../other/machine.nvram", strings.TrimSuffix(vmx, ".vmx")+".nvram", "/"+vm.Self.Value+"/nvram", "", false)
	}
	simulator.Map.Put(lent)
	l.leases.all = append(l.leases.all, lent)
	go l.last(c, lent, trouble)
	return lent
}

// last lets a lease become ready, and end when nobody tells of it.
func (l *layer) last(c *call, lent *lease, trouble string) {
	time.Sleep(ready)
	l.world.Lock()
	if lent.State == types.HttpNfcLeaseStateInitializing {
		lent.State = types.HttpNfcLeaseStateReady
		if trouble == "error" {
			lent.State = types.HttpNfcLeaseStateError
			lent.Error = &types.LocalizedMethodFault{Fault: &types.NoDiskSpace{}, LocalizedMessage: "no room as the test wants it"}
		}
	}
	for lent.State == types.HttpNfcLeaseStateReady {
		l.mu.Lock()
		most := time.Duration(l.leases.ms) * time.Millisecond
		l.mu.Unlock()
		if most > 0 && time.Since(lent.told) > most {
			l.ended(lent, c)
		}
		l.world.Unlock()
		time.Sleep(ready)
		l.world.Lock()
	}
	l.world.Unlock()
}

// keyOf names a disk by the machine and where it is plugged in.
func keyOf(vm *simulator.VirtualMachine, k *types.VirtualDisk) string {
	unit := int32(-1)
	if k.UnitNumber != nil {
		unit = *k.UnitNumber
	}
	return fmt.Sprintf("/%s/Controller%d:%d", vm.Self.Value, k.ControllerKey, unit)
}

// nfc moves the bytes of a disk, as a host does for whoever knows the address. What comes is kept as it is.
func (l *layer) nfc(w http.ResponseWriter, r *http.Request) {
	method := r.Method + "_NFC"
	l.mu.Lock()
	l.calls[method]++
	l.mu.Unlock()
	found := l.match(method)
	if found == nil {
		found = &rule{}
	}
	switch found.mode {
	case "drop":
		if r.Method != "GET" {
			_, _ = io.CopyN(io.Discard, r.Body, 1000)
			cut(w)
			return
		}
	case "stall":
		time.Sleep(time.Duration(found.ms) * time.Millisecond)
	case "http":
		w.WriteHeader(found.ms)
		return
	case "kill":
		l.sessions.kill()
	}
	p := strings.Split(strings.TrimPrefix(r.URL.Path, "/nfc/"), "/")
	name := strings.Join(p[1:], "/")
	l.world.RLock()
	lent, _ := simulator.Map.Get(types.ManagedObjectReference{Type: "HttpNfcLease", Value: p[0]}).(*lease)
	open := lent != nil && lent.State == types.HttpNfcLeaseStateReady
	l.world.RUnlock()
	if !open || lent.files[name] == "" {
		w.WriteHeader(404)
		return
	}
	if r.Method == "GET" {
		l.served(w, lent, name, found)
		return
	}
	f, err := os.Create(lent.files[name])
	if err == nil {
		_, err = io.Copy(f, r.Body)
		_ = f.Close()
	}
	if found.mode == "slow" {
		time.Sleep(time.Duration(found.ms) * time.Millisecond)
	}
	if err != nil {
		w.WriteHeader(500)
	}
}

// served sends what a lease lends, in pieces, and perhaps not all of it, or not as it is.
func (l *layer) served(w http.ResponseWriter, lent *lease, name string, how *rule) {
	all, err := ioutil.ReadFile(lent.files[name])
	if err != nil {
		w.WriteHeader(500)
		return
	}
	l.world.Lock()
	lent.sent[lent.keys[name]] = all
	l.world.Unlock()
	switch how.mode {
	case "corrupt":
		all = bytes.Replace(all, all[:1], []byte{all[0] + 1}, 1)
	case "short":
		all = all[:len(all)/2]
	}
	const pieces = 10
	w.WriteHeader(200)
	for i := 0; i < pieces; i++ {
		if how.mode == "drop" && i == pieces/2 {
			cut(w)
			return
		}
		_, _ = w.Write(all[len(all)*i/pieces : len(all)*(i+1)/pieces])
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		if how.mode == "slow" {
			time.Sleep(time.Duration(how.ms) * time.Millisecond / pieces)
		}
	}
}

const descriptor = `<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData">
<References>%s</References>
<DiskSection><Info>disks</Info>%s</DiskSection>
<VirtualSystem ovf:id="%s"><Info>a machine</Info><VirtualHardwareSection><Info>hardware</Info>
<System><vssd:ElementName>family</vssd:ElementName><vssd:InstanceID>0</vssd:InstanceID><vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType></System>
<Item><rasd:ElementName>cpus</rasd:ElementName><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>%d</rasd:VirtualQuantity></Item>
<Item><rasd:ElementName>memory</rasd:ElementName><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>%d</rasd:VirtualQuantity></Item>
<Item><rasd:ElementName>scsi</rasd:ElementName><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceSubType>lsilogic</rasd:ResourceSubType><rasd:ResourceType>6</rasd:ResourceType></Item>
%s</VirtualHardwareSection></VirtualSystem></Envelope>
`

// described writes the descriptor of a machine whose disks are in the files that the call names.
func described(c *call) *answer {
	obj := between(string(c.body), "<obj ", "</obj>")
	vm := vmOf(types.ManagedObjectReference{Type: "VirtualMachine", Value: obj})
	if vm == nil {
		return refused("ManagedObjectNotFound", "there is no such machine")
	}
	paths := map[string]string{}
	var files, disks, items string
	for i, one := range strings.Split(string(c.body), "<ovfFiles")[1:] {
		key := between(one, "<deviceId", "</deviceId>")
		paths[key] = strconv.Itoa(i)
		files += fmt.Sprintf(`<File ovf:href="%s" ovf:id="file%d" ovf:size="%s"/>`, path.Base(between(one, "<path", "</path>")), i, between(one, "<size", "</size>"))
	}
	n := 0
	virtualDisks(vm, func(_ int, k *types.VirtualDisk, _ *types.VirtualDiskFlatVer2BackingInfo) {
		file := paths[keyOf(vm, k)]
		disks += fmt.Sprintf(`<Disk ovf:capacity="%d" ovf:capacityAllocationUnits="byte * 2^10" ovf:diskId="vmdisk%d" ovf:fileRef="file%s"/>`, k.CapacityInKB, n, file)
		items += fmt.Sprintf(`<Item><rasd:AddressOnParent>%[1]d</rasd:AddressOnParent><rasd:ElementName>disk%[1]d</rasd:ElementName><rasd:HostResource>ovf:/disk/vmdisk%[1]d</rasd:HostResource><rasd:InstanceID>%[2]d</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>`, n, 10+n)
		n++
	})
	text := fmt.Sprintf(descriptor, files, disks, vm.Name, vm.Config.Hardware.NumCPU, vm.Config.Hardware.MemoryMB, items)
	return answered(c.method, "<returnval><ovfDescriptor>"+strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)+"</ovfDescriptor></returnval>")
}
