package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.Volume;
import io.hvkit.vmware.internal.machine.Changes;
import io.hvkit.vmware.internal.machine.DiskFile;
import io.hvkit.vmware.internal.machine.DiskGrowth;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Makes, grows, copies and removes disks. Each begins with a look at what is there, so that it may be begun again whenever it is not
 * known what became of it.
 */
final class DiskMaking {

    private static final ByteSize STEP = ByteSize.kibibytes(1);
    private static final ByteSize SECTOR = ByteSize.bytes(512);

    private final DatastoreSite site;
    private final DatastoreFiles files;
    private final VolumeFolders folders;
    private final Volumes volumes;

    DiskMaking(DatastoreSite site, DatastoreFiles files, VolumeFolders folders, Volumes volumes) {
        this.site = site;
        this.files = files;
        this.folders = folders;
        this.volumes = volumes;
    }

    /** Returns the size that a disk has: the API counts in KiB. */
    static ByteSize size(ByteSize wanted) {
        return wanted.roundedUpTo(STEP);
    }

    static void requireSize(ByteSize size) {
        if (size.equals(ByteSize.ZERO) || !size.isMultipleOf(SECTOR)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a volume has a whole number of 512 bytes, at least one, not %s", size);
        }
    }

    /** Makes a volume full of zeroes, or confirms that it is there. */
    Volume blank(String name, ByteSize size) throws Changes.Unsure, InterruptedException {
        Optional<Volumes.Placed> present = volumes.find(new VolumeId(name));
        if (present.isPresent()) {
            return confirmed(present.get(), Optional.empty(), size);
        }
        begin(name);
        try {
            folders.make(name);
            files.create(folders.home(name), size);
        } catch (VimFault e) {
            if (e.is("FileAlreadyExists")) { // another process was quicker
                return confirmed(volumes.require(new VolumeId(name)), Optional.empty(), size);
            }
            throw undone(name, e.asFailure());
        }
        return volumes.noted(volumes.require(new VolumeId(name))).volume();
    }

    private void begin(String name) throws InterruptedException {
        site.requireFitForNew();
        folders.clear(name); // what a call that ended early left
    }

    private DriverException undone(String name, DriverException failure) throws InterruptedException {
        try {
            folders.clear(name);
        } catch (DriverException e) {
            failure.addSuppressed(e);
        }
        return failure;
    }

    private Volume confirmed(Volumes.Placed present, Optional<String> origin, ByteSize size)
            throws InterruptedException {
        if (!present.folder().notes().origin().equals(origin) || !present.size().equals(size)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "there is a volume %s of %s%s; take another name",
                            present.id(),
                            present.size(),
                            present.folder()
                                    .notes()
                                    .origin()
                                    .map(noted -> ", made " + noted)
                                    .orElse(", made blank"));
        }
        return volumes.noted(present).volume();
    }

    /** Makes a full clone, or confirms that it is there. */
    Volume clone(CloneVolume request) throws Changes.Unsure, InterruptedException {
        VolumeFolders.requireName(request.name());
        VolumeId origin = origin(request);
        Optional<Volumes.Placed> present = volumes.find(new VolumeId(request.name()));
        if (present.isPresent()) {
            return confirmed(
                    present.get(),
                    Optional.of(VolumeNotes.of(origin)),
                    present.get().size());
        }
        Volumes.Placed source = volumes.require(origin);
        volumes.requireIdle(source);
        return made(request.name(), source.size(), VolumeNotes.of(origin), () -> fill(request.name(), source));
    }

    /** Puts something on a disk that is no volume yet, and makes it one. */
    @FunctionalInterface
    interface Filling {
        void fill() throws VimFault, Changes.Unsure, InterruptedException;
    }

    /** Makes a volume that begins with content, or confirms that one of that size and origin is there. */
    Volume made(String name, ByteSize size, String origin, Filling filling)
            throws Changes.Unsure, InterruptedException {
        Optional<Volumes.Placed> present = volumes.find(new VolumeId(name));
        if (present.isPresent()) {
            return confirmed(present.get(), Optional.of(origin), size);
        }
        begin(name);
        try {
            folders.make(name);
            folders.note(new VolumeId(name), origin);
            filling.fill();
        } catch (VimFault e) {
            throw undone(name, e.asFailure());
        }
        return volumes.noted(volumes.require(new VolumeId(name))).volume();
    }

    /** Removes what a call that failed left, unless it is a volume; it is told with the failure if that does not work. */
    void undo(String name, Exception failure) throws InterruptedException {
        try {
            if (volumes.find(new VolumeId(name)).isEmpty()) {
                folders.clear(name);
            }
        } catch (DriverException e) {
            failure.addSuppressed(e);
        }
    }

    private static VolumeId origin(CloneVolume request) {
        if (request.depth() == CloneVolume.Depth.LINKED) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "volume %s is to be a linked clone, which only machines of vSphere have; make a full one",
                            request.name());
        }
        return request.source().match(volume -> volume.id(), snapshot -> {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message("there is no snapshot %s: datastores have none, machines do", snapshot.id());
        });
    }

    /** Copies aside, so that half a copy is no volume. A copy that carries its source's UUID would be taken for it when it moves. */
    private void fill(String name, Volumes.Placed source) throws VimFault, Changes.Unsure, InterruptedException {
        DiskFile draft = folders.draft(name);
        files.copy(source.file(), draft);
        if (source.uuid().isPresent() && files.uuidOf(draft).equals(source.uuid())) {
            files.identify(draft, fresh());
            if (files.uuidOf(draft).equals(source.uuid())) {
                throw undone(
                        name,
                        DriverException.because(Failure.HOST_NOT_READY)
                                .message("a copy of %s carries its UUID, and takes no other", source.file()));
            }
        }
        files.move(draft, folders.home(name));
    }

    /** Of random bits, below the prefix that vSphere's own have. */
    private static DiskUuid fresh() {
        return new DiskUuid("6000c29" + UUID.randomUUID().toString().substring(7));
    }

    /** Makes a volume larger, unless it is that large: by the machine that has it, if one does. */
    Volume grown(VolumeId id, ByteSize size) throws Changes.Unsure, InterruptedException {
        Volumes.Placed placed = volumes.require(id);
        if (placed.size().compareTo(size) >= 0) {
            return volumes.described(placed);
        }
        Optional<MachineDisks> machine = onlyUser(placed);
        try {
            if (machine.isPresent()) {
                new DiskGrowth(site.client(), site.patience())
                        .grow(machine.get().ref(), placed.file(), size);
            } else {
                volumes.requireSeen(placed);
                files.extend(placed.file(), size);
            }
        } catch (VimFault e) {
            throw e.asFailure();
        }
        return volumes.described(volumes.require(id));
    }

    /** Returns the machine that has a volume; fails if that is not all that needs its bytes as they are. */
    private Optional<MachineDisks> onlyUser(Volumes.Placed placed) throws InterruptedException {
        List<MachineDisks> machines = volumes.machinesOf(placed);
        if (machines.size() > 1 || machines.stream().anyMatch(machine -> !machine.writesTo(placed.file()))) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "disk %s of volume %s has the size that a snapshot, a linked clone or several machines count on: %s;"
                                    + " remove these first",
                            placed.file(),
                            placed.id(),
                            machines.stream().map(MachineDisks::machine).toList());
        }
        return machines.stream().findFirst();
    }

    /** Removes a volume with all that is noted of it; does nothing if there is none. */
    void delete(VolumeId id) throws Changes.Unsure, InterruptedException {
        Optional<Volumes.Placed> placed = volumes.find(id);
        if (placed.isPresent()) {
            volumes.requireIdle(placed.get());
            files.deleteUnlessLocked(placed.get().file());
        }
        Optional<VolumeFolders.Content> rest = folders.of(id.value());
        if (rest.isPresent() && rest.get().home().isPresent()) {
            System.getLogger(DiskMaking.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "{0} is not the disk that volume {1} was, and stays",
                            folders.home(id.value()),
                            id);
        } else if (VolumeFolders.canHold(id.value())) {
            folders.clear(id.value());
        }
    }
}
