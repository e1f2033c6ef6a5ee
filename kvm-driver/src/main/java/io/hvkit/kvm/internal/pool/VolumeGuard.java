package io.hvkit.kvm.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.kvm.internal.pool.VolumeFiles.VolumeFile;
import io.hvkit.qemu.ImageLock;
import io.hvkit.storage.spi.VolumeUse;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Says whether a volume may be changed, removed or attached, and has nobody else decide about it meanwhile. */
final class VolumeGuard {

    private static final String LINKED = "linked ";

    private final PoolLock lock;
    private final Attachments attachments;
    private final VolumeReaders readers;
    private final Origins origins;

    VolumeGuard(PoolLock lock, Attachments attachments, VolumeReaders readers, Origins origins) {
        this.lock = lock;
        this.attachments = attachments;
        this.readers = readers;
        this.origins = origins;
    }

    /** Does something with a volume that nobody uses, {@code IN_USE} if somebody does. */
    <T> T whileIdle(VolumeFile file, PoolWork<T> work) throws InterruptedException {
        return lock.hold(() -> {
            requireUnused(file.id());
            return work.run();
        });
    }

    /** Does something for which nobody may write to a volume, {@code IN_USE} if somebody can; others may read it too. */
    static <T> T whileRead(VolumeFile file, PoolWork<T> work) throws InterruptedException {
        ImageLock reading = ImageLock.takeForReading(file.path());
        try {
            return work.run();
        } finally {
            reading.close();
        }
    }

    /** Fails with {@code IN_USE} if a host uses it, naming all. */
    void requireUnused(VolumeId volume) {
        Set<VolumeUse> uses = attachments.of(volume);
        if (!uses.isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .message("volume %s is in use: %s; detach it first", volume, uses);
        }
    }

    /** Fails with {@code IN_USE} if anybody may be writing to it, {@code NOT_FOUND} if it is gone; under the lock alone. */
    void requireAtRest(VolumeFile file) {
        requireUnused(file.id());
        ImageLock.takeForReading(file.path()).close(); // a machine may have it open though nobody noted it
    }

    /** Fails with {@code IN_USE} if anything lies over it, be it a clone or what a hypervisor made. */
    void requireNoReaders(VolumeFile file) throws InterruptedException {
        List<VolumeId> over = readers.of(file, any -> true).stream()
                .map(VolumeFile::id)
                .sorted(byName())
                .toList();
        if (!over.isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "volumes %s lie over volume %s and are nothing without it; delete them first",
                            over, file.id());
        }
    }

    /** Fails with {@code IN_USE} if linked clones read it: they would see what is changed. */
    void requireNoClones(VolumeFile file) throws InterruptedException {
        List<VolumeId> clones = readers.of(file, this::isLinked).stream()
                .map(VolumeFile::id)
                .sorted(byName())
                .toList();
        if (!clones.isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "volumes %s are linked to volume %s and would see what is changed in it; use a full clone of it",
                            clones, file.id());
        }
    }

    private boolean isLinked(VolumeFile file) {
        return origins.of(file).filter(VolumeGuard::isLinked).isPresent();
    }

    static boolean isLinked(String origin) {
        return origin.startsWith(LINKED);
    }

    /** Returns whether a note says that a volume is linked to another. */
    static boolean isLinkedTo(VolumeId base, String origin) {
        return isLinked(origin) && origin.endsWith(" " + base.value());
    }

    /** Returns how the origin of a linked volume is noted. */
    static String linked(String origin) {
        return LINKED + origin;
    }

    private static Comparator<VolumeId> byName() {
        return Comparator.comparing(VolumeId::value);
    }
}
