package io.hvkit.qemu.internal.copy;

import io.hvkit.qemu.internal.luks.AesXts;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * A disk as a guest sees it: the bytes of a file from an offset on, decrypted if there is a key. Any number of threads may use
 * it, each by a {@link Lane} of its own. To be closed, which erases the key and closes the file.
 */
public final class Disk implements AutoCloseable {

    private final BlockFile file;
    private final long offset;
    private final long size;
    private final Optional<byte[]> key;

    private Disk(BlockFile file, long offset, long size, Optional<byte[]> key) {
        this.file = file;
        this.offset = offset;
        this.size = size;
        this.key = key;
    }

    /** Returns a disk that is not encrypted; the last bytes that its file lacks of its last sector are zeroes. */
    public static Disk plain(BlockFile file, long size) {
        return new Disk(file, 0, size, Optional.empty());
    }

    /**
     * Returns an encrypted disk, which takes over the key.
     *
     * @param offset where the encrypted data begins
     * @param size how much of it there is
     */
    public static Disk encrypted(BlockFile file, long offset, long size, byte[] key) {
        return new Disk(file, offset, size, Optional.of(key));
    }

    boolean encrypts() {
        return key.isPresent();
    }

    /** Returns when all that was written is on the disk. */
    public void flush() throws IOException {
        file.flush();
    }

    boolean clear(long at, long length) throws IOException {
        requireInside(at, length);
        return !encrypts() && file.clear(offset + at, length);
    }

    private void requireInside(long at, long length) {
        if (at < 0 || length < 0 || at > size - length) {
            throw new IllegalArgumentException(length + " bytes at " + at + " of a disk of " + size);
        }
    }

    /** Returns what one thread reads and writes with, up to {@code most} bytes at once; to be closed by it. */
    Lane lane(int most) {
        return new Lane(most);
    }

    @Override
    public void close() throws IOException {
        key.ifPresent(bytes -> Arrays.fill(bytes, (byte) 0));
        file.close();
    }

    /** One thread's way to the disk. */
    final class Lane implements AutoCloseable {

        private final ByteBuffer buffer;
        private final Optional<AesXts> encrypting = key.map(AesXts::encrypting);
        private final Optional<AesXts> decrypting = key.map(AesXts::decrypting);

        private Lane(int most) {
            int aligned = (most + DirectFile.ALIGNMENT - 1) / DirectFile.ALIGNMENT * DirectFile.ALIGNMENT;
            buffer = ByteBuffer.allocateDirect(aligned + DirectFile.ALIGNMENT).alignedSlice(DirectFile.ALIGNMENT);
        }

        /** Reads into the start of {@code bytes}; behind the disk's end there are zeroes. */
        void read(byte[] bytes, int length, long at) throws IOException {
            int inside = (int) Math.max(0, Math.min(length, size - at));
            stored(bytes, inside, at);
            decrypting.ifPresent(xts -> xts.run(bytes, 0, inside, at / AesXts.SECTOR));
            Arrays.fill(bytes, inside, length, (byte) 0);
        }

        /** Reads what is in the file, as it is there. */
        void stored(byte[] bytes, int length, long at) throws IOException {
            if (length == 0) {
                return;
            }
            requireInside(at, length);
            buffer.clear().limit(length);
            file.read(buffer, offset + at);
            int missing = buffer.remaining();
            boolean lastSector = !encrypts() && at + length == size && missing < AesXts.SECTOR;
            if (missing > 0 && !lastSector) {
                throw new EOFException(
                        "it ends at byte " + (offset + at + length - missing) + " and was longer before");
            }
            buffer.flip().get(bytes, 0, length - missing);
            Arrays.fill(bytes, length - missing, length, (byte) 0);
        }

        /** Turns what a guest is to see into what is stored, in place. */
        void seal(byte[] bytes, int length, long at) {
            encrypting.ifPresent(xts -> xts.run(bytes, 0, length, at / AesXts.SECTOR));
        }

        /** Writes a part of {@code bytes}, as it is to be stored. */
        void store(byte[] bytes, int from, int length, long at) throws IOException {
            requireInside(at, length);
            buffer.clear();
            buffer.put(bytes, from, length).flip();
            file.write(buffer, offset + at);
        }

        @Override
        public void close() {
            encrypting.ifPresent(AesXts::close);
            decrypting.ifPresent(AesXts::close);
            buffer.clear();
            while (buffer.remaining() >= Long.BYTES) {
                buffer.putLong(0); // a guest's data, perhaps in clear
            }
        }
    }
}
