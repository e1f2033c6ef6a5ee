package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The memory of a host, as a folder for small files that are of use to a call while it runs, and to nobody after it. */
final class HostMemory {

    private static final Logger LOG = LoggerFactory.getLogger(HostMemory.class);

    static final Path FOLDER = Path.of("/dev/shm");

    private HostMemory() {}

    /** Returns a path for such a file; nothing is made. What killed processes left there goes first, for nobody else looks there. */
    static Path next(HostFiles files) throws InterruptedException {
        try {
            PartialFiles.sweep(files, FOLDER);
        } catch (DriverException e) {
            // The file to come is none the worse.
            LOG.debug("what killed processes left in {} may be there still", FOLDER, e);
        }
        return PartialFiles.next(FOLDER);
    }
}
