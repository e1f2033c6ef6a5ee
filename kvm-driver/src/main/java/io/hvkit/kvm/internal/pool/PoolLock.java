package io.hvkit.kvm.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.ImageLock;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Lets one decide at a time about a pool's volumes, of all processes on all hosts that the file system passes locks between. It
 * belongs to the open file, so that it ends with its holder, however that ends. Held for as long as a look takes, and never while
 * data is copied. Not to be taken again by who holds it.
 */
final class PoolLock {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long PAUSE_MILLIS = 5;

    private final Path file;

    PoolLock(Path pool) {
        this.file = pool.resolve(".hvkit-lock");
    }

    /** Does the work while nobody else decides anything. */
    <T> T hold(PoolWork<T> work) throws InterruptedException {
        make();
        ImageLock lock = take();
        try {
            return work.run();
        } finally {
            lock.close();
        }
    }

    private void make() throws InterruptedException {
        try {
            HostFiles.local().create(file);
        } catch (DriverException e) {
            if (e.failure() != Failure.EXISTS_DIFFERENTLY) {
                throw e;
            }
        }
    }

    private ImageLock take() throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            try {
                return ImageLock.take(file);
            } catch (DriverException e) {
                if (e.failure() != Failure.IN_USE) {
                    throw e;
                }
                if (System.nanoTime() - start > PATIENCE.toNanos()) {
                    throw DriverException.because(Failure.OPERATION_PENDING)
                            .effect(Effect.NOT_APPLIED)
                            .causedBy(e)
                            .message(
                                    "another process has held %s for %s; end it if it hangs, or try again",
                                    file, PATIENCE);
                }
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }
}
