package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.vmware.internal.datastore.DatastoreFiles.Depth;
import io.hvkit.vmware.internal.datastore.DatastoreFiles.Kind;
import io.hvkit.vmware.internal.datastore.DatastoreFiles.Listed;
import io.hvkit.vmware.internal.machine.DiskFile;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds a disk that is not where it was, by the UUID that it carries: Storage DRS, and people, move disks with the machines that have
 * them. Machines are asked first; then all datastores of the datacenter are searched. That it is nowhere is said only after a look
 * everywhere.
 */
final class DiskSearch {

    private final DatastoreSite site;
    private final DatastoreFiles files;

    DiskSearch(DatastoreSite site, DatastoreFiles files) {
        this.site = site;
        this.files = files;
    }

    /**
     * Returns where the disk is; nothing if it is nowhere.
     *
     * @param volume the name that its file had, which is looked at first
     */
    Optional<Listed> find(DiskUuid uuid, String volume) throws InterruptedException {
        List<Properties.Found> datastores = datastores();
        Set<DiskFile> found = new LinkedHashSet<>();
        for (Properties.Found datastore : datastores) {
            for (MachineDisks machine : MachineDisks.on(site.client(), datastore.ref())) {
                found.addAll(machine.bases(uuid));
            }
        }
        List<String> unseen = new ArrayList<>();
        for (String pattern : List.of(volume + ".vmdk", "*.vmdk")) {
            if (found.isEmpty()) {
                unseen.clear();
                found.addAll(lying(datastores, uuid, pattern, unseen));
            }
        }
        if (found.size() > 1) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "several disks carry the UUID %s of volume %s: %s; look which of them it is, and give the others new"
                                    + " ones",
                            uuid, volume, found);
        }
        if (found.isEmpty()) {
            requireAllSeen(unseen, volume);
            return Optional.empty();
        }
        return Optional.of(described(datastores, found.iterator().next()));
    }

    private List<Properties.Found> datastores() throws InterruptedException {
        try {
            return site.client()
                    .properties()
                    .readAll(site.datacenter(), "datastore", "Datastore", "name", "summary.accessible");
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    private List<DiskFile> lying(List<Properties.Found> datastores, DiskUuid uuid, String pattern, List<String> unseen)
            throws InterruptedException {
        List<DiskFile> carrying = new ArrayList<>();
        for (Properties.Found datastore : datastores) {
            if (!datastore.text("summary.accessible").equals("true")) {
                unseen.add("datastore " + datastore.text("name"));
                continue;
            }
            DiskFile root = new DiskFile(datastore.text("name"), "");
            for (Listed file : files.search(datastore.ref(), root, Depth.ALL_BELOW, pattern)) {
                if (file.kind() == Kind.DISK && carries(file.file(), uuid, unseen)) {
                    carrying.add(file.file());
                }
            }
        }
        return carrying;
    }

    private boolean carries(DiskFile file, DiskUuid uuid, List<String> unseen) throws InterruptedException {
        try {
            return files.uuidOf(file).filter(uuid::equals).isPresent();
        } catch (VimFault e) {
            if (!e.is("FileNotFound")) { // else it is gone since
                unseen.add("disk " + file);
            }
            return false;
        }
    }

    private static void requireAllSeen(List<String> unseen, String volume) {
        if (!unseen.isEmpty()) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "the disk of volume %s is not in its place, and not all could be seen that may be or have it: %s",
                            volume, unseen);
        }
    }

    private Listed described(List<Properties.Found> datastores, DiskFile file) throws InterruptedException {
        Ref datastore = datastores.stream()
                .filter(each -> each.text("name").equals(file.datastore()))
                .map(Properties.Found::ref)
                .findFirst()
                .orElseThrow(() -> vanished(file));
        String folder =
                file.path().contains("/") ? file.path().substring(0, file.path().lastIndexOf('/')) : "";
        return files.search(datastore, new DiskFile(file.datastore(), folder), Depth.THIS_FOLDER, "*.vmdk").stream()
                .filter(each -> each.kind() == Kind.DISK && each.file().equals(file))
                .findFirst()
                .orElseThrow(() -> vanished(file));
    }

    private static DriverException vanished(DiskFile file) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .message("a machine has the disk %s, which cannot be seen on that datastore", file);
    }
}
