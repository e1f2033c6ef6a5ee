package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Makes a vCenter forget machines. They are unregistered, never destroyed: destroying one deletes its disks, and one that somebody
 * attached a moment before, too. Then the machine's own small files are removed, each by its name and kind.
 */
final class MachineForgetting {

    /** What a machine writes for itself. No kind of disk is among them, nor what a snapshot or a suspension holds. */
    private static final Set<String> OWN = Set.of("config", "extendedConfig", "nvram", "log", "snapshotList", "stat");

    /** As long as it is there, nobody can make another machine in the folder, whose files we would take for those of the old one. */
    private static final String LAST = "config";

    private final Site site;
    private final VmReader reader;
    private final Changes changes;

    MachineForgetting(Site site, VmReader reader, Changes changes) {
        this.site = site;
        this.reader = reader;
        this.changes = changes;
    }

    /** Forgets a machine that does not run; does nothing if there is none. */
    void forget(MachineId id) throws InterruptedException {
        Changes.sure(() -> {
            Optional<Vm> found = reader.made(id).filter(reader::isHere);
            if (found.isPresent()) {
                requireOff(found.get());
                unregister(found.get());
            }
            return id;
        });
    }

    private static void requireOff(Vm vm) {
        if (!vm.isOff()) {
            throw running(vm);
        }
    }

    /** Whoever attached the files of its disks afterwards would see what was there before the snapshots. */
    private static void requireNoLayers(Vm vm) {
        if (vm.isLayered()) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "machine %s has snapshots, or layers of such: the files of its disks are, alone, not what it has;"
                                    + " remove the snapshots, those of others too, and consolidate",
                            vm.id());
        }
    }

    private static DriverException running(Vm vm) {
        return DriverException.because(Failure.IN_USE)
                .message("machine %s runs, or is suspended; stop it first", vm.id());
    }

    /** Removes what an attempt made that failed; that it failed is said all the same. */
    void remove(Vm made, DriverException reason) throws InterruptedException {
        try {
            unregister(made);
        } catch (DriverException e) {
            reason.addSuppressed(e);
        } catch (Changes.Unsure e) {
            reason.addSuppressed(e.asFailure());
        }
    }

    /** Unregisters a machine that is off and removes its own files if this driver made it. */
    void unregister(Vm vm) throws Changes.Unsure, InterruptedException {
        requireNoLayers(vm);
        List<String> files = vm.isOurs() ? ownFiles(vm) : List.of();
        try {
            changes.call(Call.changing(vm.ref(), Data.of("UnregisterVM")));
        } catch (VimFault e) {
            if (e.is("ManagedObjectNotFound")) {
                return;
            }
            throw e.is("InvalidPowerState") ? running(vm) : e.asFailure();
        }
        for (String file : files) {
            delete(file);
        }
    }

    /** Files elsewhere than in the machine's folder are not its own, whatever it says. */
    private List<String> ownFiles(Vm vm) throws InterruptedException {
        Properties.Found found;
        try {
            found = reader.of(vm.ref(), "layoutEx.file", "config.files.vmPathName");
        } catch (DriverException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return List.of(); // gone already
            }
            throw e;
        }
        Optional<String> home =
                DiskFile.spelt(found.text("config.files.vmPathName")).map(DiskFile::folder);
        return found.value("layoutEx.file").stream()
                .flatMap(all -> all.children().stream())
                .filter(file -> OWN.contains(file.text("type")))
                .sorted(Comparator.comparing(file -> file.text("type").equals(LAST)))
                .map(file -> file.text("name"))
                .filter(name -> !name.endsWith(".vmdk")
                        && DiskFile.spelt(name).map(DiskFile::folder).equals(home))
                .toList();
    }

    /** A file that stays is a small one, and only in the way of nothing: it is worth a warning. */
    private void delete(String file) throws InterruptedException {
        Data request = Data.of("DeleteDatastoreFile_Task").with("name", file).with("datacenter", site.datacenter());
        try {
            Node done = changes.task(Call.changing(site.client().service("fileManager"), request));
            System.getLogger(MachineForgetting.class.getName())
                    .log(System.Logger.Level.TRACE, "{0} is deleted: {1}", file, done);
        } catch (VimFault e) {
            if (!e.is("FileNotFound")) {
                warn(file, e);
            }
        } catch (Changes.Unsure | DriverException e) {
            warn(file, e);
        }
    }

    private static void warn(String file, Exception e) {
        System.getLogger(MachineForgetting.class.getName())
                .log(System.Logger.Level.WARNING, "a machine is forgotten, but its file {0} stays: {1}", file, e);
    }
}
