package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Reads LUKS headers that anybody may have written: every number is checked before it is used. */
final class LuksHeaderReader {

    private static final byte[] LUKS_MAGIC = {'L', 'U', 'K', 'S', (byte) 0xba, (byte) 0xbe};
    private static final int QCOW2_MAGIC = 0x514649FB;
    private static final int QCOW2_V2_BYTES = 72;
    private static final int QCOW2_V3_BYTES = 104;
    private static final int QCOW2_LUKS = 2;
    private static final int CRYPTO_HEADER = 0x0537BE77;

    /** Read at once, since each look at a file of another host takes its time; nearly every header lies in it. */
    private static final int START = 4096;

    private final HostFiles files;
    private final Path path;
    private final long length;
    private final byte[] start;

    private LuksHeaderReader(HostFiles files, Path path, long length, byte[] start) {
        this.files = files;
        this.path = path;
        this.length = length;
        this.start = start;
    }

    static LuksHeaderReader of(HostFiles files, Path path) throws InterruptedException {
        FileStatus status = files.status(path);
        ImagePath.requireBytes(path, status);
        return new LuksHeaderReader(files, path, status.size().bytes(), files.read(path, 0, START));
    }

    Optional<LuksHeader> read() throws InterruptedException {
        Optional<Place> place = place();
        return place.isEmpty()
                ? Optional.empty()
                : Optional.of(luks(place.get().offset(), place.get().container()));
    }

    /**
     * Where a header is.
     *
     * @param offset where it begins
     * @param room how many bytes are its own, slots included; behind them is something else
     * @param container what it is in
     */
    record Place(long offset, long room, ImageFormat container) {}

    /** Returns where the header is; nothing if there is none. */
    Optional<Place> place() throws InterruptedException {
        ByteBuffer start = bytes(0, (int) Math.min(length, Luks1Header.BYTES));
        if (isLuks(start)) {
            return Optional.of(new Place(0, length, ImageFormat.LUKS));
        }
        if (start.remaining() >= QCOW2_V2_BYTES && start.getInt(0) == QCOW2_MAGIC) {
            return qcow2(start);
        }
        return Optional.empty();
    }

    private Optional<Place> qcow2(ByteBuffer start) throws InterruptedException {
        int version = start.getInt(4);
        int clusterBits = start.getInt(20);
        require(version == 2 || version == 3, "qcow2 version %s is unknown", version);
        require(clusterBits >= 9 && clusterBits <= 21, "a cluster cannot have 2^%s bytes", clusterBits);
        int method = start.getInt(32);
        if (method != QCOW2_LUKS) {
            return Optional.empty(); // not encrypted, or in a broken way of old that is no encryption to speak of
        }
        long cluster = 1L << clusterBits;
        int headerLength = QCOW2_V2_BYTES;
        if (version == 3) {
            require(start.remaining() >= QCOW2_V3_BYTES, "the qcow2 header ends at byte %s", start.remaining());
            headerLength = start.getInt(100);
            require(
                    headerLength >= QCOW2_V3_BYTES && headerLength <= cluster && headerLength % 8 == 0,
                    "a qcow2 header of %s bytes",
                    headerLength);
        }
        Place place = cryptoHeader(headerLength, cluster);
        ByteBuffer luks = bytes(place.offset(), Luks1Header.BYTES);
        require(isLuks(luks), "there is no LUKS header at byte %s, where qcow2 says", place.offset());
        return Optional.of(place);
    }

    /** Walks the extensions behind the header, all of which lie in the first cluster. */
    private Place cryptoHeader(int headerLength, long cluster) throws InterruptedException {
        long at = headerLength;
        while (at + 8 <= Math.min(cluster, length)) {
            ByteBuffer head = bytes(at, 8);
            int type = head.getInt(0);
            long size = Integer.toUnsignedLong(head.getInt(4));
            if (type == 0) {
                break;
            }
            require(size <= cluster - at - 8, "a qcow2 extension of %s bytes at byte %s", size, at);
            if (type == CRYPTO_HEADER) {
                require(size == 16, "a qcow2 encryption extension of %s bytes", size);
                ByteBuffer where = bytes(at + 8, 16);
                long offset = where.getLong(0);
                long bytes = where.getLong(8);
                require(
                        offset > 0
                                && offset % cluster == 0
                                && bytes >= Luks1Header.BYTES
                                && offset <= length - Luks1Header.BYTES,
                        "a LUKS header of %s bytes at byte %s of %s",
                        bytes,
                        offset,
                        length);
                return new Place(offset, bytes, ImageFormat.QCOW2);
            }
            at += 8 + (size + 7) / 8 * 8;
        }
        throw corrupt("qcow2 says that it is encrypted with LUKS but does not say where the header is");
    }

    private LuksHeader luks(long offset, ImageFormat container) throws InterruptedException {
        ByteBuffer version = bytes(offset, 8);
        int number = Short.toUnsignedInt(version.getShort(6));
        require(number == 1 || number == 2, "LUKS version %s is unknown", number);
        if (number == 2) {
            require(container == ImageFormat.LUKS, "LUKS2 inside qcow2, which qemu cannot open");
            return new Luks2Header(path, array(0, Luks2Header.bytesToRead(length, bytes(0, 16)))).read();
        }
        return new Luks1Header(path, container, bytes(offset, Luks1Header.BYTES)).read();
    }

    private ByteBuffer bytes(long offset, int count) throws InterruptedException {
        return ByteBuffer.wrap(array(offset, count));
    }

    private byte[] array(long offset, int count) throws InterruptedException {
        require(offset >= 0 && offset <= length - count, "the file ends at byte %s, inside its header", length);
        if (offset + count <= start.length) {
            return Arrays.copyOfRange(start, (int) offset, (int) offset + count);
        }
        byte[] array = files.read(path, offset, count);
        require(array.length == count, "the file ends at byte %s, inside its header", offset + array.length);
        return array;
    }

    private static boolean isLuks(ByteBuffer bytes) {
        if (bytes.remaining() < LUKS_MAGIC.length + 2) {
            return false;
        }
        for (int i = 0; i < LUKS_MAGIC.length; i++) {
            if (bytes.get(i) != LUKS_MAGIC[i]) {
                return false;
            }
        }
        return true;
    }

    private void require(boolean holds, String format, Object... arguments) {
        if (!holds) {
            throw corrupt(String.format(Locale.ROOT, format, arguments));
        }
    }

    private DriverException corrupt(String what) {
        return corrupt(path, what);
    }

    static DriverException corrupt(Path path, String what) {
        return DriverException.because(Failure.CORRUPT_DATA)
                .effect(Effect.NOT_APPLIED)
                .message("%s cannot be trusted to be encrypted: %s", path, what);
    }
}
