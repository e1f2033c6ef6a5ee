package io.hvkit.qemu;

import com.sun.jna.LastErrorException;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.MemoryFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** A header as it was, kept in memory in case that its last key is lost. */
final class HeaderCopy {

    /** What one read of {@link HostFiles} gives at most; no header that cryptsetup makes by itself is larger. */
    private static final long LARGEST = 16 << 20;

    private final CryptSetupProgram program;
    private final Path path;
    private final LuksHeader header;
    private final byte[] bytes;

    private HeaderCopy(CryptSetupProgram program, Path path, LuksHeader header, byte[] bytes) {
        this.program = program;
        this.path = path;
        this.header = header;
        this.bytes = bytes;
    }

    static HeaderCopy of(CryptSetupProgram program, Path path, LuksHeader header) throws InterruptedException {
        int size = (int) Math.min(LARGEST, header.payloadOffset().bytes());
        return new HeaderCopy(program, path, header, program.files().read(path, 0, size));
    }

    /**
     * Writes it back.
     *
     * @throws DriverException with {@code CORRUPT_DATA} if that does not work: then a backup is all that helps
     */
    void putBack() throws InterruptedException {
        CommandResult result;
        try (MemoryFile file = MemoryFile.holding(ByteBuffer.wrap(bytes))) {
            result = program.run(List.of(
                    "luksHeaderRestore", "--batch-mode", "--header-backup-file=" + file.path(), path.toString()));
        } catch (LastErrorException | UnsupportedOperationException e) {
            throw lost(e.toString());
        }
        if (!result.succeeded() || !program.requireHeader(path).activeKeySlots().containsAll(header.activeKeySlots())) {
            throw lost(result.errors().strip());
        }
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
