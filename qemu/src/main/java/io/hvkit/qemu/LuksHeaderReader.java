package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Reads LUKS headers that anybody may have written: every number is checked before it is used. */
final class LuksHeaderReader {

    private static final byte[] LUKS_MAGIC = {'L', 'U', 'K', 'S', (byte) 0xba, (byte) 0xbe};
    private static final int SECTOR = 512;
    private static final int LUKS1_BYTES = 592;
    private static final int LUKS1_SLOTS = 8;
    private static final int SLOT_ACTIVE = 0x00AC71F3;
    private static final int SLOT_EMPTY = 0x0000DEAD;
    private static final int QCOW2_MAGIC = 0x514649FB;
    private static final int QCOW2_V2_BYTES = 72;
    private static final int QCOW2_V3_BYTES = 104;
    private static final int QCOW2_LUKS = 2;
    private static final int CRYPTO_HEADER = 0x0537BE77;
    private static final int LARGEST_KEY_BYTES = 512;

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
        ByteBuffer start = bytes(0, (int) Math.min(length, LUKS1_BYTES));
        if (isLuks(start)) {
            return Optional.of(luks(0, ImageFormat.LUKS));
        }
        if (start.remaining() >= QCOW2_V2_BYTES && start.getInt(0) == QCOW2_MAGIC) {
            return qcow2(start);
        }
        return Optional.empty();
    }

    private Optional<LuksHeader> qcow2(ByteBuffer start) throws InterruptedException {
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
        long offset = cryptoHeader(headerLength, cluster);
        ByteBuffer luks = bytes(offset, LUKS1_BYTES);
        require(isLuks(luks), "there is no LUKS header at byte %s, where qcow2 says", offset);
        return Optional.of(luks(offset, ImageFormat.QCOW2));
    }

    /** Walks the extensions behind the header, all of which lie in the first cluster. */
    private long cryptoHeader(int headerLength, long cluster) throws InterruptedException {
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
                        offset > 0 && offset % cluster == 0 && bytes >= LUKS1_BYTES && offset <= length - LUKS1_BYTES,
                        "a LUKS header of %s bytes at byte %s of %s",
                        bytes,
                        offset,
                        length);
                return offset;
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
            return new Luks2Header(path, array(0, (int) Math.min(length, Luks2Header.LARGEST))).read();
        }
        return luks1(bytes(offset, LUKS1_BYTES), container);
    }

    private LuksHeader luks1(ByteBuffer header, ImageFormat container) {
        String cipher = text(header, 8, 32);
        String mode = text(header, 40, 32);
        String hash = text(header, 72, 32);
        String uuid = text(header, 168, 40);
        long payload = Integer.toUnsignedLong(header.getInt(104)) * SECTOR;
        int keyBytes = header.getInt(108);
        requireCipher(cipher);
        require(!mode.isEmpty() && !hash.isEmpty() && !uuid.isEmpty(), "a LUKS header with empty fields");
        require(keyBytes > 0 && keyBytes <= LARGEST_KEY_BYTES, "a key of %s bytes", keyBytes);
        // Zero means that the header is kept apart from its data, so that this file holds none.
        require(payload >= SECTOR * 2, "encrypted data at byte %s, inside the header", payload);
        SortedSet<Integer> active = new TreeSet<>();
        for (int slot = 0; slot < LUKS1_SLOTS; slot++) {
            int at = 208 + 48 * slot;
            int state = header.getInt(at);
            require(state == SLOT_ACTIVE || state == SLOT_EMPTY, "key slot %s is neither in use nor empty", slot);
            if (state == SLOT_ACTIVE) {
                requireSlot(slot, header, at, keyBytes, payload);
                active.add(slot);
            }
        }
        return new LuksHeader(new LuksHeader.Fields(
                LuksType.LUKS1,
                container,
                cipher,
                mode,
                keyBytes * 8,
                hash,
                uuid,
                ByteSize.bytes(payload),
                Collections.unmodifiableSortedSet(active)));
    }

    private void requireSlot(int slot, ByteBuffer header, int at, int keyBytes, long payload) {
        long iterations = Integer.toUnsignedLong(header.getInt(at + 4));
        long material = Integer.toUnsignedLong(header.getInt(at + 40)) * SECTOR;
        long stripes = Integer.toUnsignedLong(header.getInt(at + 44));
        require(iterations > 0, "key slot %s is made in no iterations", slot);
        require(
                material >= SECTOR * 2 && stripes > 0 && stripes * keyBytes <= payload - material,
                "key slot %s with %s stripes at byte %s does not lie before the data at byte %s",
                slot,
                stripes,
                material,
                payload);
    }

    private void requireCipher(String cipher) {
        require(!cipher.isEmpty(), "a LUKS header that names no cipher");
        require(!cipher.startsWith("cipher_null"), "the cipher is %s, which encrypts nothing", cipher);
    }

    private String text(ByteBuffer header, int at, int bytes) {
        int end = at;
        while (end < at + bytes && header.get(end) != 0) {
            require(header.get(end) > ' ' && header.get(end) < 127, "a name in the LUKS header is no text");
            end++;
        }
        byte[] name = new byte[end - at];
        header.get(at, name);
        return new String(name, StandardCharsets.US_ASCII);
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
