package io.hvkit.kvm.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.kvm.internal.pool.VolumeFiles.VolumeFile;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.LuksHeader;
import io.hvkit.qemu.PartialFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a volume's file under a name that shows that it is not complete, and gives it its own when it is. Whatever ends the work
 * before leaves nothing; only a process that is killed leaves a file that is swept up later.
 */
final class VolumeMaking {

    private static final Logger LOG = LoggerFactory.getLogger(VolumeMaking.class);

    private final PoolDirectory directory;
    private final VolumeFiles files;
    private final Origins origins;
    private final PoolLock lock;

    VolumeMaking(PoolDirectory directory, VolumeFiles files, Origins origins, PoolLock lock) {
        this.directory = directory;
        this.files = files;
        this.origins = origins;
        this.lock = lock;
    }

    /** Makes a file at a path where none is. */
    @FunctionalInterface
    interface Filling {
        /** Does it. */
        void at(Path draft) throws InterruptedException;
    }

    /** What must hold in the moment in which the volume appears. */
    @FunctionalInterface
    interface Condition {
        /** Returns if it does, and fails if not. */
        void require() throws InterruptedException;
    }

    /**
     * What is made.
     *
     * @param file where
     * @param origin what it is made from; nothing if it is blank
     * @param condition what must hold in the moment in which it appears
     */
    record Plan(VolumeFile file, Optional<String> origin, Condition condition) {

        /** Returns the plan of one that is made from nothing. */
        static Plan blank(VolumeFile file) {
            return new Plan(file, Optional.empty(), () -> {});
        }
    }

    /** Makes it, {@code EXISTS_DIFFERENTLY} if its name was taken meanwhile. */
    void make(Plan plan, Filling filling) throws InterruptedException {
        Path draft = PartialFiles.next(directory.path());
        try {
            filling.at(draft);
            settle(draft);
            lock.hold(() -> {
                publish(plan, draft);
                return plan;
            });
        } finally {
            discard(draft);
        }
    }

    /** Fails closed: what is to be encrypted and does not prove it does not appear. */
    static void attest(Path draft, ImageFormat format) {
        if (LuksHeader.read(draft)
                .filter(header -> header.container() == format)
                .isEmpty()) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message("a new %s volume was to be encrypted, and its bytes do not show it", format);
        }
    }

    private void publish(Plan plan, Path draft) throws InterruptedException {
        directory.require(); // a draft that was made below a lost mount is never published
        plan.condition.require();
        VolumeFile file = plan.file;
        Optional<VolumeFile> taken = files.find(file.id());
        if (taken.isPresent()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("%s appeared while volume %s was being made, and was left alone", taken.get(), file.id());
        }
        if (plan.origin.isPresent()) {
            origins.note(file, plan.origin.get());
        } else {
            origins.forget(file);
        }
        HostFiles.local().publish(draft, file.path());
    }

    private static void settle(Path draft) {
        try (RandomAccessFile file = new RandomAccessFile(draft.toFile(), "rw")) {
            file.getFD().sync();
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("%s is made, and does not get onto the disk: %s", draft, e.toString());
        }
    }

    private static void discard(Path draft) throws InterruptedException {
        try {
            HostFiles.local().remove(draft);
        } catch (DriverException e) {
            LOG.warn("{} is of no use and could not be removed: {}", draft, e.toString());
        }
    }
}
