package io.hvkit.kvm.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.kvm.internal.pool.VolumeFiles.VolumeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What volumes were made from, in small files beside them. A note is there before its volume is, so that none is without one; one
 * whose volume is not there counts for nothing.
 */
final class Origins {

    private final Path directory;

    Origins(Path pool) {
        this.directory = pool.resolve(".origins");
    }

    /** Notes what a volume that is about to appear was made from. */
    void note(VolumeFile volume, String origin) {
        try {
            Files.createDirectories(directory);
            DurableNote.write(note(volume), origin);
        } catch (IOException e) {
            throw failed("note that volume " + volume.id() + " is a " + origin, e);
        }
    }

    /** Notes that a volume was made from nothing, or is gone. */
    void forget(VolumeFile volume) {
        try {
            Files.deleteIfExists(note(volume));
        } catch (IOException e) {
            throw failed("forget what volume " + volume.id() + " was made from", e);
        }
    }

    /** Returns what a volume was made from; nothing if it was made blank. */
    Optional<String> of(VolumeFile volume) {
        try {
            return Optional.of(Files.readString(note(volume)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw failed("see what volume " + volume.id() + " was made from", e);
        }
    }

    private Path note(VolumeFile volume) {
        return directory.resolve(String.valueOf(volume.path().getFileName()));
    }

    private DriverException failed(String what, IOException e) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .causedBy(e)
                .message("cannot %s in %s: %s", what, directory, e.toString());
    }
}
