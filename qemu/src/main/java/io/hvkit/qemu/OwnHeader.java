package io.hvkit.qemu;

import io.hvkit.core.Effect;
import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.luks.Luks1Trial;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedSet;

/**
 * The header of an encrypted image on this machine, as its bytes were when it was read: of the kind that is understood here, with keys
 * that are derived fast.
 */
final class OwnHeader {

    /** What cryptsetup and qemu make is 2 MiB. */
    private static final long LARGEST = 16 << 20;

    private final Path path;
    private final long offset;
    private final byte[] bytes;

    private OwnHeader(Path path, long offset, byte[] bytes) {
        this.path = path;
        this.offset = offset;
        this.bytes = bytes;
    }

    /** Reads it; nothing if it is of another kind. */
    static Optional<OwnHeader> read(HostFiles files, Path path) throws InterruptedException {
        Optional<LuksHeader> header = LuksHeader.read(files, path);
        if (header.isEmpty() || OwnCopyRules.obstacle(header.get()).isPresent()) {
            return Optional.empty();
        }
        LuksHeaderReader.Place place = LuksHeaderReader.of(files, path).place().orElseThrow();
        long own = Math.min(place.room(), header.get().payloadOffset().bytes());
        return own > LARGEST
                ? Optional.empty()
                : Optional.of(new OwnHeader(path, place.offset(), files.read(path, place.offset(), (int) own)));
    }

    /** Returns all that lies before the encrypted data. */
    byte[] bytes() {
        return bytes.clone();
    }

    /** Returns the slots that a key opens. */
    SortedSet<Integer> openedBy(Secret key) {
        return key.<SortedSet<Integer>, RuntimeException>withArray(array -> Luks1Trial.slots(bytes, array));
    }

    /** Writes bytes into the header in the image; they are on the disk when this returns. */
    void put(long at, ByteBuffer what) {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(offset + at);
            byte[] array = new byte[what.remaining()];
            what.duplicate().get(array);
            file.write(array);
            file.getFD().sync();
        } catch (IOException e) {
            throw Complaint.of("cannot change the keys of " + path, e, Effect.UNKNOWN);
        }
    }
}
