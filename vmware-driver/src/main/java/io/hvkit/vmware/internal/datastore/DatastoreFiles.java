package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.vmware.internal.machine.Changes;
import io.hvkit.vmware.internal.machine.DiskFile;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Files of the datastores of a datacenter, as the vCenter makes, finds and removes them. */
final class DatastoreFiles {

    private static final String[] GONE = {"FileNotFound", "NotFound"};

    private final DatastoreSite site;
    private final Changes changes;

    DatastoreFiles(DatastoreSite site) {
        this.site = site;
        this.changes = new Changes(site.client(), site.patience());
    }

    /** What a file is. */
    enum Kind {
        FOLDER,
        DISK,
        OTHER
    }

    /** How far a search goes. */
    enum Depth {
        THIS_FOLDER("SearchDatastore_Task"),
        ALL_BELOW("SearchDatastoreSubFolders_Task");

        private final String method;

        Depth(String method) {
            this.method = method;
        }
    }

    /**
     * A file that a search found.
     *
     * @param folder where it is, below the datastore, without slashes at the ends
     * @param capacity of a disk, if the vCenter told it
     */
    record Listed(String datastore, String folder, String name, Kind kind, Optional<ByteSize> capacity) {

        DiskFile file() {
            return new DiskFile(datastore, folder.isEmpty() ? name : folder + "/" + name);
        }
    }

    /** Returns what is in a folder; nothing if it is not there. One that cannot be looked at fails. */
    List<Listed> search(Ref datastore, DiskFile folder, Depth depth, String pattern) throws InterruptedException {
        Data spec = Data.of("HostDatastoreBrowserSearchSpec")
                .with(
                        "query",
                        List.of(
                                Data.of("FolderFileQuery"),
                                Data.of("VmDiskFileQuery").with("details", disks()),
                                Data.of("FileQuery")))
                .with("details", files())
                .with("matchPattern", pattern);
        try {
            Ref browser = site.client()
                    .properties()
                    .read(datastore, "browser")
                    .value("browser")
                    .map(Node::ref)
                    .orElseThrow(() -> unseen(datastore));
            Data question = Data.of(depth.method)
                    .with("datastorePath", folder.toString().strip())
                    .with("searchSpec", spec);
            Node found = site.client().tasks().run(Call.reading(browser, question), site.patience());
            return depth == Depth.THIS_FOLDER ? listed(folder.datastore(), found) : listedBelow(folder, found);
        } catch (VimFault e) {
            if (e.is(GONE)) {
                requireAccessible(datastore);
                return List.of();
            }
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        } catch (DriverException e) {
            throw DriverException.because(e.failure()) // whatever becomes of a search, it changes nothing
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message(folder + " could not be searched: " + e.getMessage());
        }
    }

    private static Data disks() {
        return Data.of("VmDiskFileQueryFlags")
                .with("diskType", false)
                .with("capacityKb", true)
                .with("hardwareVersion", false)
                .with("controllerType", false)
                .with("diskExtents", false)
                .with("thin", false);
    }

    private static Data files() {
        return Data.of("FileQueryFlags")
                .with("fileType", true)
                .with("fileSize", false)
                .with("modification", false)
                .with("fileOwner", false);
    }

    /** Of a datastore that no host reaches a vCenter may say that it has no such folder. */
    private void requireAccessible(Ref datastore) throws InterruptedException {
        try {
            Properties.Found now = site.client().properties().read(datastore, "summary.accessible");
            if (!now.text("summary.accessible").equals("true")) {
                throw unseen(datastore);
            }
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    private static DriverException unseen(Ref datastore) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .message("the files of datastore %s cannot be seen; what is on it is not known", datastore.value());
    }

    private static List<Listed> listedBelow(DiskFile folder, Node found) {
        List<Listed> all = new ArrayList<>();
        found.all("HostDatastoreBrowserSearchResults").forEach(one -> all.addAll(listed(folder.datastore(), one)));
        return all;
    }

    private static List<Listed> listed(String datastore, Node result) {
        String spelt = result.text("folderPath");
        String folder = spelt.substring(spelt.indexOf(']') + 1).strip().replaceAll("^/+|/+$", "");
        return result.all("file")
                .map(file -> new Listed(datastore, folder, file.text("path"), kind(file), capacity(file)))
                .toList();
    }

    private static Kind kind(Node file) {
        return switch (file.type()) {
            case "FolderFileInfo" -> Kind.FOLDER;
            case "VmDiskFileInfo" -> Kind.DISK;
            default -> Kind.OTHER;
        };
    }

    private static Optional<ByteSize> capacity(Node file) {
        return file.at("capacityKb").map(Node::text).map(text -> ByteSize.kibibytes(Long.parseLong(text)));
    }

    /** Makes a folder with all that it lies in; does nothing if it is there. */
    void makeFolder(DiskFile folder) throws InterruptedException {
        Data request = Data.of("MakeDirectory")
                .with("name", folder.toString())
                .with("datacenter", site.datacenter())
                .with("createParentDirectories", true);
        try {
            again(site.client().service("fileManager"), request);
        } catch (VimFault e) {
            if (!e.is("FileAlreadyExists")) {
                throw e.asFailure();
            }
        }
    }

    /** Makes a change that may be made twice, and is no task; so it is sent again when its answer is lost. */
    private void again(Ref manager, Data request) throws VimFault, InterruptedException {
        try {
            site.client().call(Call.reading(manager, request));
        } catch (LostAnswer e) {
            throw e.asFailure();
        }
    }

    /** Removes a folder with all that is in it; does nothing if it is not there. */
    void removeFolder(DiskFile folder) throws InterruptedException {
        Data request = Data.of("DeleteDatastoreFile_Task")
                .with("name", folder.toString())
                .with("datacenter", site.datacenter());
        removed(site.client().service("fileManager"), request);
    }

    /** Makes a disk full of zeroes, which takes room as it is written to. */
    void create(DiskFile file, ByteSize size) throws VimFault, Changes.Unsure, InterruptedException {
        create(file, size, "thin");
    }

    /** Makes a disk that takes all of its room at once, whose bytes somebody is about to bring. */
    void createWhole(DiskFile file, ByteSize size) throws VimFault, Changes.Unsure, InterruptedException {
        create(file, size, "preallocated");
    }

    private void create(DiskFile file, ByteSize size, String type)
            throws VimFault, Changes.Unsure, InterruptedException {
        Data spec = Data.of("FileBackedVirtualDiskSpec")
                .with("diskType", type)
                .with("adapterType", "lsiLogic")
                .with("capacityKb", size.bytes() / 1024);
        disk(Data.of("CreateVirtualDisk_Task")
                .with("name", file.toString())
                .with("datacenter", site.datacenter())
                .with("spec", spec));
    }

    /** Removes a disk; does nothing if it is not there. One that something has open is {@code IN_USE}. */
    void delete(DiskFile file) throws InterruptedException {
        removed(site.client().service("virtualDiskManager"), deleting(file));
    }

    /** Does so for who looks again before the next try, which is worth it as long as something has the disk open. */
    void deleteUnlessLocked(DiskFile file) throws Changes.Unsure, InterruptedException {
        try {
            disk(deleting(file));
        } catch (VimFault e) {
            if (e.meansLocked()) {
                throw Changes.Unsure.whileLocked(e.asFailure());
            }
            if (!e.is(GONE)) {
                throw e.asFailure();
            }
        }
    }

    private Data deleting(DiskFile file) {
        return Data.of("DeleteVirtualDisk_Task").with("name", file.toString()).with("datacenter", site.datacenter());
    }

    private void removed(Ref manager, Data request) throws InterruptedException {
        Changes.sure(() -> {
            try {
                return changes.task(Call.changing(manager, request));
            } catch (VimFault e) {
                if (!e.is(GONE)) {
                    throw e.asFailure();
                }
                return manager;
            }
        });
    }

    void copy(DiskFile from, DiskFile to) throws VimFault, Changes.Unsure, InterruptedException {
        disk(Data.of("CopyVirtualDisk_Task")
                .with("sourceName", from.toString())
                .with("sourceDatacenter", site.datacenter())
                .with("destName", to.toString())
                .with("destDatacenter", site.datacenter())
                .with(
                        "destSpec",
                        Data.of("VirtualDiskSpec").with("diskType", "thin").with("adapterType", "lsiLogic"))
                .with("force", false));
    }

    /** Gives a disk another name; never over one that is there. */
    void move(DiskFile from, DiskFile to) throws VimFault, Changes.Unsure, InterruptedException {
        disk(Data.of("MoveVirtualDisk_Task")
                .with("sourceName", from.toString())
                .with("sourceDatacenter", site.datacenter())
                .with("destName", to.toString())
                .with("destDatacenter", site.datacenter())
                .with("force", false));
    }

    void extend(DiskFile file, ByteSize size) throws VimFault, Changes.Unsure, InterruptedException {
        disk(Data.of("ExtendVirtualDisk_Task")
                .with("name", file.toString())
                .with("datacenter", site.datacenter())
                .with("newCapacityKb", size.bytes() / 1024)
                .with("eagerZero", false));
    }

    private void disk(Data request) throws VimFault, Changes.Unsure, InterruptedException {
        changes.task(Call.changing(site.client().service("virtualDiskManager"), request));
    }

    /** Returns the UUID that a disk carries; nothing if it carries none. One that is not there fails. */
    Optional<DiskUuid> uuidOf(DiskFile file) throws VimFault, InterruptedException {
        Data question =
                Data.of("QueryVirtualDiskUuid").with("name", file.toString()).with("datacenter", site.datacenter());
        try {
            return DiskUuid.spelt(site.client()
                    .call(Call.reading(site.client().service("virtualDiskManager"), question))
                    .text("returnval"));
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    /** Lets a disk carry another UUID, in the spelling that the manager of disks takes. */
    void identify(DiskFile file, DiskUuid uuid) throws InterruptedException {
        String digits = uuid.value().replace("-", "").toUpperCase(Locale.ROOT);
        StringBuilder spelt = new StringBuilder();
        for (int i = 0; i < digits.length(); i += 2) {
            spelt.append(i == 0 ? "" : i == digits.length() / 2 ? "-" : " ").append(digits, i, i + 2);
        }
        Data request = Data.of("SetVirtualDiskUuid")
                .with("name", file.toString())
                .with("datacenter", site.datacenter())
                .with("uuid", spelt);
        try {
            again(site.client().service("virtualDiskManager"), request);
        } catch (VimFault e) {
            throw e.asFailure();
        }
    }
}
