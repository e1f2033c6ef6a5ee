package io.hvkit.qemu;

import com.sun.jna.LastErrorException;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.MemoryFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A header as it was, kept in memory of the device's host in case that its last key is lost. */
final class HeaderCopy implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HeaderCopy.class);
    /** What one read of {@link HostFiles} gives at most; no header that cryptsetup makes by itself is larger. */
    private static final long LARGEST = 16 << 20;

    private final CryptSetupProgram program;
    private final Path path;
    private final LuksHeader header;
    private final byte[] bytes;
    private final Optional<Path> there;

    private HeaderCopy(CryptSetupProgram program, Path path, LuksHeader header, byte[] bytes, Optional<Path> there) {
        this.program = program;
        this.path = path;
        this.header = header;
        this.bytes = bytes;
        this.there = there;
    }

    static HeaderCopy of(CryptSetupProgram program, Path path, LuksHeader header) throws InterruptedException {
        if (program.isLocal()) {
            int size = (int) Math.min(LARGEST, header.payloadOffset().bytes());
            return new HeaderCopy(program, path, header, program.files().read(path, 0, size), Optional.empty());
        }
        // No sweep takes it: of a process that was killed it may be all that is left of the header.
        Path there = HostMemory.FOLDER.resolve(PartialName.next() + ".header");
        HeaderCopy copy = new HeaderCopy(program, path, header, new byte[0], Optional.of(there));
        boolean made = false;
        try {
            CommandResult result =
                    program.run(List.of("luksHeaderBackup", "--header-backup-file=" + there, path.toString()));
            if (!result.succeeded()) {
                throw program.failed("luksHeaderBackup", path, result, Effect.NOT_APPLIED);
            }
            made = true;
            return copy;
        } finally {
            if (!made) {
                copy.close();
            }
        }
    }

    /**
     * Writes it back.
     *
     * @throws DriverException with {@code CORRUPT_DATA} if that does not work: then a backup is all that helps
     */
    void putBack() throws InterruptedException {
        CommandResult result = there.isPresent() ? restore(there.get()) : restore();
        if (!result.succeeded() || !hasItsKeys()) {
            throw lost(result.errors().strip());
        }
    }

    private CommandResult restore() throws InterruptedException {
        try (MemoryFile file = MemoryFile.holding(ByteBuffer.wrap(bytes))) {
            return restore(file.path());
        } catch (LastErrorException | UnsupportedOperationException e) {
            throw lost(e.toString());
        }
    }

    private CommandResult restore(Path backup) throws InterruptedException {
        return program.run(
                List.of("luksHeaderRestore", "--batch-mode", "--header-backup-file=" + backup, path.toString()));
    }

    private boolean hasItsKeys() throws InterruptedException {
        return Afterwards.look(() -> program.requireHeader(path))
                .activeKeySlots()
                .containsAll(header.activeKeySlots());
    }

    /** Removes what lies on another host. */
    @Override
    public void close() {
        there.ifPresent(file -> {
            try {
                Uninterrupted.run(() -> program.files().remove(file));
            } catch (DriverException e) {
                LOG.warn("{}, a copy of the header of {}, is still there: {}", file, path, e.toString());
            }
        });
    }

    private DriverException lost(String reason) {
        return DriverException.because(Failure.CORRUPT_DATA)
                .effect(Effect.APPLIED)
                .message(
                        "somebody removed the other keys of %s at the same time, so that it has none left, and the header"
                                + " could not be put back (%s); restore a backup of its header",
                        path, reason);
    }
}
