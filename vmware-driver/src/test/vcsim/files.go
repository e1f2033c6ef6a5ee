package main

import (
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// filesOwn does with files of datastores what the simulator does not: search with sizes, growth, UUIDs, locks, and datastores that
// are not accessible.
func (l *layer) filesOwn(c *call) *answer {
	if a := l.pass(&call{header: c.header, uri: c.uri, remote: c.remote, body: []byte(probe)}); a.status != 200 {
		return a
	}
	for _, field := range []string{"name", "sourceName", "destName", "datastorePath"} {
		if named := c.field(field); named != "" {
			if ds, _ := local(named); ds == nil {
				return refuse(c, &types.InvalidDatastore{}, "no datastore has "+named)
			} else if !ds.Summary.Accessible {
				return refuse(c, &types.InaccessibleDatastore{}, ds.Name+" is not accessible")
			}
		}
	}
	switch c.method {
	case "SearchDatastore_Task", "SearchDatastoreSubFolders_Task":
		return search(c, l)
	case "ExtendVirtualDisk_Task":
		return l.extended(c)
	case "SetVirtualDiskUuid":
		return l.identified(c)
	case "DeleteVirtualDisk_Task", "MoveVirtualDisk_Task", "CopyVirtualDisk_Task":
		return l.lockedFile(c)
	case "DeleteDatastoreFile_Task":
		if _, file := local(c.field("name")); !exists(file) {
			return failed(c, &types.FileNotFound{}, c.field("name")+" was not found") // deleted twice at once, it is gone all the same
		}
	}
	return nil
}

// filesAfter notes what the simulator did.
func (l *layer) filesAfter(c *call, a *answer) {
	if t := started(a); t == nil || t.Info.Error != nil {
		return
	}
	switch c.method {
	case "CreateVirtualDisk_Task":
		kb, _ := strconv.ParseInt(c.field("capacityKb"), 10, 64)
		d := l.file(c.field("name"))
		d.Bytes = kb * 1024
		d.Uuid = freshUuid()
		resized(c.field("name"), d.Bytes)
	case "DeleteVirtualDisk_Task":
		l.forget(c.field("name"))
	case "MoveVirtualDisk_Task":
		l.renamed(path.Clean(c.field("sourceName")), path.Clean(c.field("destName")))
	case "CopyVirtualDisk_Task": // the copy carries its source's UUID, which is the worst that a vCenter may do
		*l.file(c.field("destName")) = *l.file(c.field("sourceName"))
	}
}

func freshUuid() string {
	return "6000c29" + uuid.New().String()[7:]
}

// onDatastores lets the datastores of a machine's disks know of it.
func onDatastores(vm *simulator.VirtualMachine) {
	virtualDisks(vm, func(_ int, _ *types.VirtualDisk, b *types.VirtualDiskFlatVer2BackingInfo) {
		for ; b != nil; b = b.Parent {
			if ds, _ := local(b.FileName); ds != nil {
				simulator.Map.AddReference(ds, &ds.Vm, vm.Self)
				if simulator.FindReference(vm.Datastore, ds.Self) == nil { // who calls may have the machine's lock
					vm.Datastore = append(vm.Datastore, ds.Self)
				}
			}
		}
	})
}

// offDatastores has nobody know where a machine has files.
func offDatastores(vm *simulator.VirtualMachine) {
	vm.Datastore = nil
	for _, e := range simulator.Map.All("Datastore") {
		ds := e.(*simulator.Datastore)
		simulator.Map.RemoveReference(ds, &ds.Vm, vm.Self)
	}
}

func (l *layer) forget(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.disks, path.Clean(name))
}

func (l *layer) renamed(from, to string) {
	was := l.file(from)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.disks[to] = was
	delete(l.disks, from)
}

// refuse says no in the way of the method.
func refuse(c *call, fault types.BaseMethodFault, text string) *answer {
	if strings.HasSuffix(c.method, "_Task") {
		return failed(c, fault, text)
	}
	name := fmt.Sprintf("%T", fault)
	return refused(name[strings.LastIndex(name, ".")+1:], text)
}

// done answers with a task that has ended well.
func done(c *call, result interface{}) *answer {
	task := simulator.CreateTask(c.this, "done", nil)
	simulator.Map.Update(task, []types.PropertyChange{
		{Name: "info.result", Val: result},
		{Name: "info.state", Val: types.TaskInfoStateSuccess},
	})
	return answered(c.method, fmt.Sprintf(`<returnval type="Task">%s</returnval>`, task.Self.Value))
}

var spelling = regexp.MustCompile(`^\[([^\]]+)\] ?/*(.*)$`)

func datastoreNamed(name string) *simulator.Datastore {
	for _, e := range simulator.Map.All("Datastore") {
		if ds, ok := e.(*simulator.Datastore); ok && ds.Name == name {
			return ds
		}
	}
	return nil
}

// local gives a file's datastore, and where the simulator has the file.
func local(name string) (*simulator.Datastore, string) {
	m := spelling.FindStringSubmatch(name)
	if m == nil {
		return nil, ""
	}
	ds := datastoreNamed(m[1])
	if ds == nil {
		return nil, ""
	}
	return ds, path.Join(ds.Info.GetDatastoreInfo().Url, m[2])
}

func flat(name string) string {
	return strings.TrimSuffix(name, ".vmdk") + "-flat.vmdk"
}

// resized gives a disk's bytes the length that they have on a datastore, with holes.
func resized(name string, bytes int64) {
	if _, file := local(name); file != "" {
		_ = os.Truncate(flat(file), bytes)
	}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func (l *layer) extended(c *call) *answer {
	name := path.Clean(c.field("name"))
	if _, file := local(name); !exists(file) {
		return failed(c, &types.FileNotFound{}, name+" was not found")
	}
	if a := l.lockedFile(c); a != nil {
		return a
	}
	kb, _ := strconv.ParseInt(c.field("newCapacityKb"), 10, 64)
	d := l.file(name)
	if kb*1024 < d.Bytes {
		return failed(c, &types.InvalidArgument{InvalidProperty: "newCapacityKb"}, "disks do not shrink")
	}
	d.Bytes = kb * 1024
	resized(name, d.Bytes)
	return done(c, nil)
}

var spelt = regexp.MustCompile(`^([0-9A-Fa-f]{2} ){7}[0-9A-Fa-f]{2}-([0-9A-Fa-f]{2} ){7}[0-9A-Fa-f]{2}$`)

// identified takes the one spelling that the manager of disks takes.
func (l *layer) identified(c *call) *answer {
	if !spelt.MatchString(c.field("uuid")) {
		return refused("InvalidArgument", "a UUID is sixteen bytes with blanks")
	}
	d := regexp.MustCompile("[ -]").ReplaceAllString(strings.ToLower(c.field("uuid")), "")
	l.file(c.field("name")).Uuid = d[:8] + "-" + d[8:12] + "-" + d[12:16] + "-" + d[16:20] + "-" + d[20:]
	return answered(c.method, "")
}

// lockedFile refuses what cannot be done with a disk that a machine which runs has open.
func (l *layer) lockedFile(c *call) *answer {
	name := path.Clean(c.field("name"))
	if c.method == "MoveVirtualDisk_Task" || c.method == "CopyVirtualDisk_Task" {
		name = path.Clean(c.field("sourceName"))
	}
	for _, e := range simulator.Map.All("VirtualMachine") {
		vm, ok := e.(*simulator.VirtualMachine)
		if !ok || vm.Config == nil || vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
			continue
		}
		open := false
		virtualDisks(vm, func(_ int, _ *types.VirtualDisk, b *types.VirtualDiskFlatVer2BackingInfo) {
			for ; b != nil; b = b.Parent {
				open = open || path.Clean(b.FileName) == name
			}
		})
		if open {
			return failed(c, &types.FileLocked{FileFault: types.FileFault{File: name}}, "Unable to access file "+name+" since it is locked")
		}
	}
	if c.method == "CopyVirtualDisk_Task" { // the simulator knows no specification of the copy
		c.body = regexp.MustCompile(`(?s)<destSpec.*</destSpec>`).ReplaceAll(c.body, nil)
	}
	return nil
}

// search tells what a folder holds, as far as it was asked for.
func search(c *call, l *layer) *answer {
	name := c.field("datastorePath")
	ds, folder := local(name)
	if !exists(folder) {
		return failed(c, &types.FileNotFound{}, name+" was not found")
	}
	pattern := c.field("matchPattern")
	var all []types.HostDatastoreBrowserSearchResults
	_ = filepath.Walk(folder, func(dir string, info os.FileInfo, err error) error {
		if err != nil || !info.IsDir() {
			return nil
		}
		below, _ := filepath.Rel(folder, dir)
		spelling := strings.TrimSuffix(name, "/")
		if below != "." {
			if c.method == "SearchDatastore_Task" {
				return filepath.SkipDir
			}
			spelling = strings.TrimSpace(spelling)
			if !strings.HasSuffix(spelling, "]") {
				spelling += "/"
			} else {
				spelling += " "
			}
			spelling += below + "/"
		}
		result := types.HostDatastoreBrowserSearchResults{Datastore: &ds.Self, FolderPath: spelling}
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if matched, _ := path.Match(pattern, e.Name()); pattern == "" || matched {
				if info := l.described(c, ds, dir, e); info != nil {
					result.File = append(result.File, info)
				}
			}
		}
		all = append(all, result)
		return nil
	})
	if c.method == "SearchDatastore_Task" {
		return done(c, all[0])
	}
	return done(c, types.ArrayOfHostDatastoreBrowserSearchResults{HostDatastoreBrowserSearchResults: all})
}

func (l *layer) described(c *call, ds *simulator.Datastore, dir string, e os.DirEntry) types.BaseFileInfo {
	body := string(c.body)
	asked := func(kind string) bool { return strings.Contains(body, `xsi:type="`+kind+`"`) }
	info := types.FileInfo{Path: e.Name()}
	if stat, err := e.Info(); err == nil {
		info.FileSize = stat.Size()
	}
	switch {
	case e.IsDir():
		if asked("FolderFileQuery") {
			return &types.FolderFileInfo{FileInfo: info}
		}
	case strings.HasSuffix(e.Name(), ".vmdk") && !strings.HasSuffix(e.Name(), "-flat.vmdk") && exists(flat(path.Join(dir, e.Name()))):
		if asked("VmDiskFileQuery") {
			below, _ := filepath.Rel(ds.Info.GetDatastoreInfo().Url, path.Join(dir, e.Name()))
			return &types.VmDiskFileInfo{FileInfo: info, CapacityKb: l.file("["+ds.Name+"] "+below).Bytes / 1024}
		}
	}
	if asked("FileQuery") || !strings.Contains(body, "<query") {
		return &info
	}
	return nil
}

// folder is what a vCenter serves of datastores by HTTP: to who is logged in alone.
func (l *layer) folder(w http.ResponseWriter, r *http.Request) {
	c := &call{method: r.Method + "_FILE", header: r.Header}
	l.count(c)
	defer l.countOut(c)
	if rule := l.match(c.method); rule != nil {
		if rule.mode == "http" {
			w.WriteHeader(rule.ms)
			return
		}
		if rule.mode == "dropafter" {
			l.inner.ServeHTTP(&silent{}, r)
		}
		if rule.mode == "stall" {
			time.Sleep(time.Duration(rule.ms) * time.Millisecond)
		}
		if rule.mode != "kill" {
			cut(w)
			return
		}
		l.sessions.kill()
	}
	if !l.sessions.has(c) {
		w.Header().Set("WWW-Authenticate", `Basic realm="VMware HTTP server"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if ds := datastoreNamed(r.URL.Query().Get("dsName")); ds == nil || !ds.Summary.Accessible {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	l.inner.ServeHTTP(w, r)
}

// silent hears an answer that nobody gets.
type silent struct{ header http.Header }

func (s *silent) Header() http.Header {
	if s.header == nil {
		s.header = http.Header{}
	}
	return s.header
}
func (s *silent) Write(b []byte) (int, error) { return len(b), nil }
func (s *silent) WriteHeader(int)             {}
