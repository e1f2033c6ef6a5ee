package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Volume;
import java.util.Optional;

/**
 * Takes over volumes whose disks Storage DRS, or people, moved to this datastore: their notes follow. They are made here, the UUID last, and
 * then removed there. The disk itself is not touched, and is found by its UUID from either side meanwhile.
 */
final class VolumeAdoption {

    private final DatastoreSite site;
    private final VolumeFolders folders;
    private final Volumes volumes;

    VolumeAdoption(DatastoreSite site, VolumeFolders folders, Volumes volumes) {
        this.site = site;
        this.folders = folders;
        this.volumes = volumes;
    }

    /** Does it, or finishes what was begun, or confirms what was done. */
    Volume adopt(VolumeId id, DatastoreSite from, VolumeFolders theirs, Volumes there) throws InterruptedException {
        requireSameVcenter(from);
        Optional<VolumeFolders.Content> left = theirs.of(id.value());
        if (left.isPresent()) {
            Optional<DiskUuid> noted = left.get().notes().uuid();
            if (noted.isPresent()) {
                requireHere(there.require(id));
                requireFree(id, noted.get());
                requireNoOther(left.get(), from);
                note(id, left.get().notes(), VolumeNotes.of(noted.get()));
                theirs.clear(id.value());
            } else {
                finish(id, theirs, there);
            }
        }
        return volumes.described(volumes.require(id));
    }

    /** What has a UUID is a volume, so that is noted last. */
    private void note(VolumeId id, VolumeNotes notes, String uuid) throws InterruptedException {
        folders.make(id.value());
        for (String note : notes.names()) {
            if (!note.equals(uuid)) {
                folders.note(id, note);
            }
        }
        folders.note(id, uuid);
    }

    private void requireSameVcenter(DatastoreSite from) {
        if (!from.client().vcenter().equals(site.client().vcenter())
                || !from.datacenter().equals(site.datacenter())) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "datastore %s is of another datacenter than %s, and hands nothing over to it; copy the volume",
                            from.name(), site.name());
        }
    }

    private void requireHere(Volumes.Placed placed) throws InterruptedException {
        boolean isHere = placed.file().datastore().equals(site.name())
                || site.beside(placed.file()).datastore().equals(site.datastore());
        if (!isHere) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "volume %s does not lie on datastore %s: it is %s",
                            placed.id(), site.name(), placed.file());
        }
    }

    private void requireFree(VolumeId id, DiskUuid uuid) throws InterruptedException {
        Optional<Volumes.Placed> here = volumes.find(id);
        if (here.isPresent() && !here.get().uuid().equals(Optional.of(uuid))) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "datastore %s has a volume %s already, and it is another one: %s",
                            site.name(), id, here.get().file());
        }
    }

    /** A disk that lies where this one was is somebody else's, and its folder is not to be cleared. */
    private static void requireNoOther(VolumeFolders.Content left, DatastoreSite from) {
        if (left.home().isPresent()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "another disk lies on datastore %s where volume %s was; look whose it is, and take it away",
                            from.name(), left.volume());
        }
    }

    /** Notes without a UUID are what a removal that was cut short has left, or those of a disk that carries none and never moved. */
    private void finish(VolumeId id, VolumeFolders theirs, Volumes there) throws InterruptedException {
        Optional<Volumes.Placed> placed = there.find(id);
        if (placed.isPresent()) {
            requireHere(placed.get());
        }
        if (volumes.find(id).isPresent()) {
            theirs.clear(id.value());
        }
    }
}
