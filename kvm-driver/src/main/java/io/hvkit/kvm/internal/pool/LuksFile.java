package io.hvkit.kvm.internal.pool;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.qemu.CryptSetup;
import io.hvkit.qemu.LuksHeader;
import io.hvkit.qemu.LuksType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file with a LUKS header, made under another name and published when its header proves that it is encrypted. */
final class LuksFile {

    private static final Logger LOG = LoggerFactory.getLogger(LuksFile.class);

    private final CryptSetup cryptSetup;

    LuksFile(CryptSetup cryptSetup) {
        this.cryptSetup = cryptSetup;
    }

    /** Makes the file at {@code target}, or leaves nothing behind; a guest sees {@code size} of it. */
    void create(Path target, ByteSize size, Secret key) throws InterruptedException {
        Path draft = target.resolveSibling(".creating-" + UUID.randomUUID());
        try {
            allocate(draft, LuksType.LUKS1.headerSize(), size);
            cryptSetup.format(draft, LuksType.LUKS1, key);
            ByteSize payload = LuksHeader.read(draft)
                    .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                            .message("cryptsetup said it formatted %s, but there is no LUKS header", draft))
                    .payloadOffset();
            if (!payload.equals(LuksType.LUKS1.headerSize())) {
                throw DriverException.because(Failure.CORRUPT_DATA)
                        .message("cryptsetup put the data at %s, not at %s", payload, LuksType.LUKS1.headerSize());
            }
            Files.createLink(target, draft);
        } catch (FileAlreadyExistsException e) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .causedBy(e)
                    .message("%s appeared while it was being made, and was left alone", target);
        } catch (IOException e) {
            throw failed(target, e);
        } finally {
            discard(draft);
        }
    }

    /** The header's room is taken for real, so that a full file system says so here and not in cryptsetup's words. */
    private static void allocate(Path draft, ByteSize header, ByteSize payload) throws IOException {
        Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (RandomAccessFile file = new RandomAccessFile(draft.toFile(), "rw")) {
            file.write(new byte[Math.toIntExact(header.bytes())]);
            file.setLength(header.plus(payload).bytes());
        }
    }

    private static DriverException failed(Path target, IOException e) {
        boolean full = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("no space left");
        return DriverException.because(full ? Failure.EXHAUSTED : Failure.HOST_NOT_READY)
                .causedBy(e)
                .message("%s cannot be made: %s", target, e.toString());
    }

    private static void discard(Path draft) {
        try {
            Files.deleteIfExists(draft);
        } catch (IOException e) {
            LOG.warn("{} is of no use and could not be removed: {}", draft, e.toString());
        }
    }
}
