package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.qemu.FileStatus;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.ImageLock;
import io.hvkit.qemu.QemuImg;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The overlay of a stopped machine, between its merge and the moment at which the machine has it no more. Whoever starts the machine in
 * between writes to the overlay alone, and that would be lost with it: so nobody writes to it as long as this is held, and what was written
 * just before is looked for.
 */
final class MergedOverlay implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MergedOverlay.class);

    private final Optional<ImageLock> lock;

    private MergedOverlay(Optional<ImageLock> lock) {
        this.lock = lock;
    }

    private static Path path(DiskMerge merge) {
        return Path.of(Place.of(merge.disk().attachment()).path());
    }

    /** Returns how an overlay is; to be asked for before it is merged, which reads it and writes nothing to it. */
    static FileStatus seen(DiskMerge merge) throws InterruptedException {
        return HostFiles.local().status(path(merge));
    }

    /**
     * Holds an overlay that was just merged.
     *
     * @param before how it was before
     * @throws DriverException with {@code IN_USE} if somebody has it open, or has written to it since; the machine keeps it then
     */
    static MergedOverlay hold(QemuImg tools, DiskMerge merge, FileStatus before) throws InterruptedException {
        MergedOverlay held = new MergedOverlay(lock(merge));
        try {
            held.requireUnwritten(tools, merge, before);
            return held;
        } catch (InterruptedException | RuntimeException | Error e) {
            held.close();
            throw e;
        }
    }

    private static Optional<ImageLock> lock(DiskMerge merge) {
        try {
            return Optional.of(ImageLock.takeForReading(path(merge)));
        } catch (DriverException e) {
            if (e.failure() == Failure.HOST_NOT_READY) {
                LOG.warn("nobody can be kept from writing to {} until it is left: {}", path(merge), e.getMessage());
                return Optional.empty();
            }
            if (e.failure() == Failure.IN_USE) {
                throw spoilt(merge, "is open");
            }
            throw e;
        }
    }

    /** A file tells when it was written last; only if it was is all of it read. */
    private void requireUnwritten(QemuImg tools, DiskMerge merge, FileStatus before) throws InterruptedException {
        FileStatus now = seen(merge);
        boolean isUnwritten = now.kind() != FileStatus.Kind.REGULAR_FILE || now.equals(before);
        if (!isUnwritten
                && !tools.compare(MergeImages.image(merge.into()), MergeImages.image(merge.disk()))
                        .isIdentical()) {
            throw spoilt(merge, "was written to");
        }
    }

    private static DriverException spoilt(DiskMerge merge, String how) {
        return DriverException.because(Failure.IN_USE)
                .effect(Effect.UNKNOWN)
                .message(
                        "%s %s after it was merged, so a machine was started on it meanwhile, which keeps it; merge again",
                        path(merge), how);
    }

    /** Lets others write again. */
    @Override
    public void close() {
        lock.ifPresent(ImageLock::close);
    }
}
