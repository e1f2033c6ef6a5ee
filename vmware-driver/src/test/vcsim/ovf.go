package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// A lease lets whoever asked for it move the disks of one machine, until it ends or its session does.
type lease struct {
	mo.HttpNfcLease
	owner string
	files map[string]string
	in    bool
}

// leases are what the layer gives out instead of the simulator's, which forget what is uploaded and lend nothing for export.
type leases struct {
	thumbprint string
	next       string // what is wrong with the next one: thumbprint or error
	number     int
}

const ready = 60 * time.Millisecond

// ownLeases answers what is asked of leases, and asks for one to export a machine.
func (l *layer) ownLeases(c *call) *answer {
	switch c.method {
	case "ExportVm", "CreateDescriptor", "HttpNfcLeaseComplete", "HttpNfcLeaseAbort", "HttpNfcLeaseProgress":
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
	case "HttpNfcLeaseComplete":
		if lent.State != types.HttpNfcLeaseStateReady {
			return refused("InvalidState", "the lease is "+string(lent.State))
		}
		lent.State = types.HttpNfcLeaseStateDone
	case "HttpNfcLeaseAbort":
		lent.State = types.HttpNfcLeaseStateError
		if vm := vmOf(lent.Info.Entity); vm != nil && lent.in {
			text := strings.Replace(strings.Replace(probe, "CurrentTime", "Destroy_Task", -1), `"ServiceInstance">ServiceInstance<`, `"VirtualMachine">`+vm.Self.Value+`<`, 1)
			l.pass(&call{header: c.header, uri: c.uri, remote: c.remote, body: []byte(text)})
		}
	}
	return answered(c.method, "")
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
	lent := &lease{owner: cookieOf(c.header), files: map[string]string{}, in: in}
	lent.Self = types.ManagedObjectReference{Type: "HttpNfcLease", Value: id}
	lent.State = types.HttpNfcLeaseStateInitializing
	lent.Info = &types.HttpNfcLeaseInfo{Lease: lent.Self, Entity: vm.Self, LeaseTimeout: 300}
	virtualDisks(vm, func(n int, k *types.VirtualDisk, b *types.VirtualDiskFlatVer2BackingInfo) {
		name := fmt.Sprintf("disk-%d.vmdk", len(lent.files))
		_, file := local(b.FileName)
		lent.files[name] = flat(file)
		lent.Info.TotalDiskCapacityInKB += k.CapacityInKB
		lent.Info.DeviceUrl = append(lent.Info.DeviceUrl, types.HttpNfcLeaseDeviceUrl{
			Key:           fmt.Sprintf("/%s/VirtualDisk:%d", vm.Self.Value, len(lent.files)-1),
			ImportKey:     fmt.Sprintf("/%s/disk:%d", vm.Name, len(lent.files)-1),
			Url:           "https://*/nfc/" + id + "/" + name,
			SslThumbprint: thumbprint,
			Disk:          types.NewBool(true),
			TargetId:      name,
		})
	})
	simulator.Map.Put(lent)
	go func() {
		time.Sleep(ready)
		l.world.Lock()
		defer l.world.Unlock()
		if lent.State != types.HttpNfcLeaseStateInitializing {
			return
		}
		lent.State = types.HttpNfcLeaseStateReady
		if trouble == "error" {
			lent.State = types.HttpNfcLeaseStateError
			lent.Error = &types.LocalizedMethodFault{Fault: &types.NoDiskSpace{}, LocalizedMessage: "no room as the test wants it"}
		}
	}()
	return lent
}

// nfc moves the bytes of a disk, as a host does for whoever knows the address. What comes is kept as it is.
func (l *layer) nfc(w http.ResponseWriter, r *http.Request) {
	method := r.Method + "_NFC"
	l.mu.Lock()
	l.calls[method]++
	l.mu.Unlock()
	if rule := l.match(method); rule != nil {
		switch rule.mode {
		case "drop":
			_, _ = io.CopyN(io.Discard, r.Body, 1000)
			cut(w)
			return
		case "stall":
			time.Sleep(time.Duration(rule.ms) * time.Millisecond)
		case "http":
			w.WriteHeader(rule.ms)
			return
		case "kill":
			l.sessions.kill()
		}
	}
	p := strings.Split(r.URL.Path, "/")
	l.world.RLock()
	lent, _ := simulator.Map.Get(types.ManagedObjectReference{Type: "HttpNfcLease", Value: p[2]}).(*lease)
	open := lent != nil && lent.State == types.HttpNfcLeaseStateReady
	l.world.RUnlock()
	if !open || lent.files[p[3]] == "" {
		w.WriteHeader(404)
		return
	}
	if r.Method == "GET" {
		if f, err := os.Open(lent.files[p[3]]); err == nil {
			defer f.Close()
			_, _ = io.Copy(w, f)
		}
		return
	}
	f, err := os.Create(lent.files[p[3]])
	if err == nil {
		_, err = io.Copy(f, r.Body)
		_ = f.Close()
	}
	if err != nil {
		w.WriteHeader(500)
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
	sizes := []int64{}
	virtualDisks(vm, func(_ int, k *types.VirtualDisk, _ *types.VirtualDiskFlatVer2BackingInfo) {
		sizes = append(sizes, k.CapacityInKB)
	})
	var files, disks, items string
	for i, one := range strings.Split(string(c.body), "<ovfFiles")[1:] {
		files += fmt.Sprintf(`<File ovf:href="%s" ovf:id="file%d" ovf:size="%s"/>`, between(one, "<path", "</path>"), i, between(one, "<size", "</size>"))
		disks += fmt.Sprintf(`<Disk ovf:capacity="%d" ovf:capacityAllocationUnits="byte * 2^10" ovf:diskId="vmdisk%d" ovf:fileRef="file%d"/>`, sizes[i], i, i)
		items += fmt.Sprintf(`<Item><rasd:AddressOnParent>%[1]d</rasd:AddressOnParent><rasd:ElementName>disk%[1]d</rasd:ElementName><rasd:HostResource>ovf:/disk/vmdisk%[1]d</rasd:HostResource><rasd:InstanceID>%[2]d</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>`, i, 10+i)
	}
	text := fmt.Sprintf(descriptor, files, disks, vm.Name, vm.Config.Hardware.NumCPU, vm.Config.Hardware.MemoryMB, items)
	return answered(c.method, "<returnval><ovfDescriptor>"+strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)+"</ovfDescriptor></returnval>")
}
