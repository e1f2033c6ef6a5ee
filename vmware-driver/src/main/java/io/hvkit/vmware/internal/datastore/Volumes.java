package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.vmware.internal.datastore.DatastoreFiles.Listed;
import io.hvkit.vmware.internal.machine.Changes;
import io.hvkit.vmware.internal.machine.Connection.Knowledge;
import io.hvkit.vmware.internal.machine.DiskFile;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The volumes of a datastore, wherever their disks are by now. */
final class Volumes {

    private final DatastoreSite site;
    private final DatastoreFiles files;
    private final VolumeFolders folders;

    Volumes(DatastoreSite site, DatastoreFiles files, VolumeFolders folders) {
        this.site = site;
        this.files = files;
        this.folders = folders;
    }

    /**
     * A volume and its disk.
     *
     * @param file where the disk was found
     * @param uuid that it carries
     */
    record Placed(VolumeFolders.Content folder, DiskFile file, ByteSize size, Optional<DiskUuid> uuid) {

        VolumeId id() {
            return new VolumeId(folder.volume());
        }

        Volume volume() {
            Volume plain = Volume.of(id(), folder.volume(), size, ImageFormat.VMDK);
            return uuid.map(plain::carrying).orElse(plain);
        }
    }

    /** Returns a volume as the SPI tells it, with the datastore that its disk is on, if that is another one and says which it is. */
    Volume described(Placed placed) throws InterruptedException {
        Volume here = placed.volume();
        if (placed.file().datastore().equals(site.name())) {
            return here;
        }
        DatastoreSite there = site.beside(placed.file());
        return there.datastore().equals(site.datastore())
                ? here
                : there.uuid().map(uuid -> here.lyingIn(uuid.value())).orElse(here);
    }

    /** Returns a volume whose disk was looked for now; a disk that may be where nobody can look fails. */
    Optional<Placed> find(VolumeId id) throws InterruptedException {
        Optional<VolumeFolders.Content> folder = folders.of(id.value());
        return folder.isEmpty() ? Optional.empty() : placed(folder.get());
    }

    /** Returns a volume, as {@link #find} does. */
    Placed require(VolumeId id) throws InterruptedException {
        return find(id).orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                .message("there is no volume %s on datastore %s", id, site.name()));
    }

    private Optional<Placed> placed(VolumeFolders.Content folder) throws InterruptedException {
        Optional<DiskUuid> noted = folder.notes().uuid();
        DiskFile home = folders.home(folder.volume());
        if (folder.home().isPresent()) {
            try {
                Optional<DiskUuid> carried = files.uuidOf(home);
                if (noted.isEmpty() || carried.isEmpty() || carried.equals(noted)) {
                    return Optional.of(new Placed(folder, home, folder.home().get(), carried));
                }
            } catch (VimFault e) {
                if (!e.is("FileNotFound")) { // else it went since it was listed
                    throw e.asFailure();
                }
            }
        }
        return noted.isPresent() ? moved(folder, noted.get()) : Optional.empty();
    }

    private Optional<Placed> moved(VolumeFolders.Content folder, DiskUuid uuid) throws InterruptedException {
        Optional<Listed> found = new DiskSearch(site, files).find(uuid, folder.volume());
        return found.map(disk -> new Placed(
                folder,
                disk.file(),
                disk.capacity().orElseThrow(() -> VolumeFolders.unknown(disk)),
                Optional.of(uuid)));
    }

    /**
     * Returns all volumes. Of a disk that is in its place nobody is asked for more: it carries what was noted. One that may be where
     * nobody can look is left out, and warned of.
     */
    List<Volume> all() throws InterruptedException {
        List<Volume> all = new ArrayList<>();
        for (VolumeFolders.Content folder : folders.all()) {
            if (folder.home().isPresent() && folder.notes().uuid().isPresent()) {
                DiskFile home = folders.home(folder.volume());
                all.add(new Placed(
                                folder,
                                home,
                                folder.home().get(),
                                folder.notes().uuid())
                        .volume());
                continue;
            }
            try {
                Optional<Placed> placed = placed(folder);
                if (placed.isPresent()) {
                    all.add(described(placed.get()));
                }
            } catch (DriverException e) {
                if (e.failure() != Failure.HOST_NOT_READY) {
                    throw e;
                }
                System.getLogger(Volumes.class.getName())
                        .log(
                                System.Logger.Level.WARNING,
                                "volume {0} is not listed: {1}",
                                folder.volume(),
                                e.getMessage());
            }
        }
        return List.copyOf(all);
    }

    /** Notes what a disk carries, before anybody can move it. */
    Placed noted(Placed placed) throws InterruptedException {
        if (placed.folder().notes().uuid().isEmpty() && placed.uuid().isPresent()) {
            folders.note(placed.id(), VolumeNotes.of(placed.uuid().get()));
        }
        return placed;
    }

    /** Returns the machines that need a volume's disk, whoever made them, as far as the vCenter says what they have. */
    List<MachineDisks> machinesOf(Placed placed) throws InterruptedException {
        return needing(placed, machinesBeside(placed));
    }

    private List<MachineDisks> machinesBeside(Placed placed) throws InterruptedException {
        DatastoreSite there = placed.file().datastore().equals(site.name()) ? site : site.beside(placed.file());
        return MachineDisks.on(site.client(), there.datastore());
    }

    private static List<MachineDisks> needing(Placed placed, List<MachineDisks> machines) {
        return machines.stream().filter(machine -> machine.needs(placed.file())).toList();
    }

    /** Fails if a volume is noted as used, and who uses it may be one of the machines whose disks the vCenter does not tell now. */
    void requireSeen(Placed placed) throws Changes.Unsure, InterruptedException {
        if (!placed.folder().notes().uses().isEmpty()) {
            List<MachineDisks> beside = machinesBeside(placed);
            requireReached(placed, beside);
            requireMade(placed, namesOf(beside, Knowledge.BEING_MADE));
        }
    }

    private static List<String> namesOf(List<MachineDisks> machines, Knowledge knowledge) {
        return machines.stream()
                .filter(machine -> machine.knowledge() == knowledge)
                .map(MachineDisks::machine)
                .toList();
    }

    /** One that is just being made is soon told, and may have been given the volume by hand. */
    private void requireMade(Placed placed, List<String> begun) throws Changes.Unsure {
        if (!begun.isEmpty()) {
            throw Changes.Unsure.whileBusy(
                    DriverException.because(Failure.OPERATION_PENDING)
                            .effect(Effect.NOT_APPLIED)
                            .message(
                                    "volume %s may get a user that is not seen yet: the vCenter is just making machines %s, and"
                                            + " does not say what disks they have; ask again when that has ended",
                                    placed.id(), begun),
                    site.patience());
        }
    }

    private static void requireReached(Placed placed, List<MachineDisks> machines) {
        List<String> hidden = namesOf(machines, Knowledge.OUT_OF_REACH);
        if (!hidden.isEmpty()) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "volume %s may have a user that is not seen: the vCenter does not say now what disks machines %s have;"
                                    + " see to these first",
                            placed.id(), hidden);
        }
    }

    /**
     * Fails if anything uses a volume, noted or not: its bytes must not change, or go, under anybody. A machine whose files are out of
     * reach may use it, and so may one that is just being made.
     */
    void requireIdle(Placed placed) throws Changes.Unsure, InterruptedException {
        Set<VolumeUse> uses = placed.folder().notes().uses();
        if (!uses.isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "volume %s is attached to host %s; detach it first",
                            placed.id(),
                            uses.stream()
                                    .map(use -> use.host() + " for " + use.reason())
                                    .toList());
        }
        List<String> begun = new ArrayList<>(MachineDisks.beingMadeAnywhere(site.client(), site.datacenter()));
        List<MachineDisks> beside = machinesBeside(placed);
        List<MachineDisks> machines = needing(placed, beside);
        if (!machines.isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "disk %s of volume %s belongs to machine %s, or to a snapshot or linked clone of one; take it away"
                                    + " there first",
                            placed.file(),
                            placed.id(),
                            machines.stream().map(MachineDisks::machine).toList());
        }
        requireReached(placed, beside);
        begun.addAll(namesOf(beside, Knowledge.BEING_MADE));
        requireMade(placed, begun);
    }
}
