package main

import (
	"net/url"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// dress gives datastores the type and the address that VMFS has: its last part is the UUID of the file system.
func dress() {
	for _, e := range simulator.Map.All("Datastore") {
		if ds, ok := e.(*simulator.Datastore); ok {
			ds.Summary.Type = "VMFS"
			d := strings.Replace(uuid.NewSHA1(uuid.NameSpaceURL, []byte(ds.Name)).String(), "-", "", -1)
			ds.Summary.Url = "ds:///vmfs/volumes/" + d[:8] + "-" + d[8:16] + "-" + d[16:20] + "-" + d[20:] + "/"
		}
	}
}

// says changes what a datastore says of itself.
func (l *layer) says(ds *simulator.Datastore, q url.Values) {
	l.world.Lock()
	defer l.world.Unlock()
	if v := q.Get("accessible"); v != "" {
		ds.Summary.Accessible = v == "true"
	}
	if v := q.Get("mode"); v != "" {
		ds.Summary.MaintenanceMode = v
	}
	if v := q.Get("type"); v != "" {
		ds.Summary.Type = v
	}
	if v := q.Get("url"); v != "" {
		ds.Summary.Url = v
	}
	if v := q.Get("mounted"); v != "" {
		mounted := v == "true"
		for i := range ds.Host {
			ds.Host[i].MountInfo.Mounted = &mounted
			ds.Host[i].MountInfo.Accessible = &mounted
		}
	}
	summarise()
}

// summarise gives the clusters of datastores what they are made of.
func summarise() {
	for _, e := range simulator.Map.All("StoragePod") {
		pod := e.(*simulator.StoragePod)
		s := types.StoragePodSummary{Name: pod.Name}
		for _, child := range pod.ChildEntity {
			if ds, ok := simulator.Map.Get(child).(*simulator.Datastore); ok {
				s.Capacity += ds.Summary.Capacity
				s.FreeSpace += ds.Summary.FreeSpace
			}
		}
		pod.Summary = &s
	}
}

func without(all []types.ManagedObjectReference, one types.ManagedObjectReference) (kept []types.ManagedObjectReference) {
	for _, each := range all {
		if each != one {
			kept = append(kept, each)
		}
	}
	return kept
}

// movedDatastores puts datastores into a cluster or a folder, out of whatever they were in; the simulator lists children twice, and
// takes none out.
func movedDatastores(c *call) *answer {
	var moved []types.ManagedObjectReference
	for _, part := range strings.Split(string(c.body), "<list ")[1:] {
		value := unescape(part[strings.Index(part, ">")+1 : strings.Index(part, "</list>")])
		moved = append(moved, types.ManagedObjectReference{Type: "Datastore", Value: value})
	}
	for _, ref := range moved {
		if _, ok := simulator.Map.Get(ref).(*simulator.Datastore); !ok {
			return nil // other things, which the simulator moves itself
		}
	}
	for _, ref := range moved {
		ds := simulator.Map.Get(ref).(*simulator.Datastore)
		switch was := simulator.Map.Get(*ds.Parent).(type) {
		case *simulator.StoragePod:
			was.ChildEntity = without(was.ChildEntity, ref)
		case *simulator.Folder:
			was.ChildEntity = without(was.ChildEntity, ref)
		}
		switch is := simulator.Map.Get(c.this).(type) {
		case *simulator.StoragePod:
			is.ChildEntity = append(is.ChildEntity, ref)
		case *simulator.Folder:
			is.ChildEntity = append(is.ChildEntity, ref)
		}
		parent := simulator.Map.Get(c.this).(mo.Reference).Reference()
		ds.Parent = &parent
	}
	summarise()
	return done(c, nil)
}

// cluster puts the first datastores into the first cluster.
func cluster(most int) {
	pod, _ := simulator.Map.Any("StoragePod").(*simulator.StoragePod)
	for _, e := range simulator.Map.All("Datastore") {
		ds, ok := e.(*simulator.Datastore)
		if !ok || pod == nil || len(pod.ChildEntity) >= most {
			continue
		}
		if f, ok := simulator.Map.Get(*ds.Parent).(*simulator.Folder); ok {
			f.ChildEntity = without(f.ChildEntity, ds.Self)
		}
		pod.ChildEntity = append(pod.ChildEntity, ds.Self)
		ds.Parent = &pod.Self
	}
	summarise()
}
