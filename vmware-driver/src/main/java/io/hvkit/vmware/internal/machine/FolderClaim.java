package io.hvkit.vmware.internal.machine;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * That one export of this process has a folder: the system's locks hold against other processes alone, and each is lost with any look at its
 * file. It is given up once, however often that is said, and so never by who has lost it to another one since.
 */
final class FolderClaim {

    private static final Map<Path, FolderClaim> HERE = new ConcurrentHashMap<>();

    private final Path folder;

    private FolderClaim(Path folder) {
        this.folder = folder;
    }

    /** Takes a folder; nothing if another export has it. */
    static Optional<FolderClaim> on(Path folder) {
        FolderClaim claim = new FolderClaim(folder);
        return HERE.putIfAbsent(folder, claim) == null ? Optional.of(claim) : Optional.empty();
    }

    Path folder() {
        return folder;
    }

    /** Gives it up. */
    void end() {
        HERE.remove(folder, this);
    }
}
