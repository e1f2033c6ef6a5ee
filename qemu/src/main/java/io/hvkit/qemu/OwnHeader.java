package io.hvkit.qemu;

import io.hvkit.core.Effect;
import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.luks.Luks1Trial;
import java.io.Closeable;
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

    private final byte[] bytes;
    private final Opening image;
    private final String name;

    /**
     * @param bytes all that lies before the encrypted data
     * @param image opens the place that they were read from
     * @param name what that is called in failures
     */
    OwnHeader(byte[] bytes, Opening image, String name) {
        this.bytes = bytes;
        this.image = image;
        this.name = name;
    }

    /** Where a header lies. */
    interface Medium extends Closeable {
        /** Writes; when the machine stops, any part of what was written since the last {@link #sync} may be lost. */
        void write(long at, byte[] bytes) throws IOException;

        void sync() throws IOException;
    }

    /** Opens it for writing. */
    @FunctionalInterface
    interface Opening {
        Medium open() throws IOException;
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
                : Optional.of(new OwnHeader(
                        files.read(path, place.offset(), (int) own),
                        () -> new InFile(path, place.offset()),
                        path.toString()));
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
        byte[] array = new byte[what.remaining()];
        what.duplicate().get(array);
        try (Medium medium = image.open()) {
            medium.write(at, array);
            medium.sync();
        } catch (IOException e) {
            throw Complaint.of("cannot change the keys of " + name, e, Effect.UNKNOWN);
        }
    }

    /** A part of a file or block device. */
    private static final class InFile implements Medium {

        private final RandomAccessFile file;
        private final long offset;

        InFile(Path path, long offset) throws IOException {
            this.file = new RandomAccessFile(path.toFile(), "rw");
            this.offset = offset;
        }

        @Override
        public void write(long at, byte[] bytes) throws IOException {
            file.seek(offset + at);
            file.write(bytes);
        }

        @Override
        public void sync() throws IOException {
            file.getFD().sync();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
