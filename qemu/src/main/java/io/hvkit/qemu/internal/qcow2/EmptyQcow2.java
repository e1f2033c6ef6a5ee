package io.hvkit.qemu.internal.qcow2;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The bytes of a new qcow2 image that is encrypted with LUKS and holds nothing yet: version 3, counters of 16 bits, as laid out
 * by qemu itself. Every cluster has one use and the counter 1:
 *
 * <pre>{@code
 * header | refcount table | refcount block | L1 table ... | LUKS header ...
 * }</pre>
 *
 * <p>Names, places and values are those of QEMU's docs/interop/qcow2.txt. Numbers are big-endian. Immutable.
 */
public final class EmptyQcow2 {

    /**
     * What the image lies over, as its header names it.
     *
     * @param name its name, for the program that opens the image
     * @param names what makes bytes of it
     * @param format its format, as qemu calls it
     */
    public record Backing(String name, Charset names, String format) {}

    /** From here on one refcount block counts for every cluster of the largest L1 table and more. */
    public static final long SMALLEST_CLUSTER = 1 << 16;

    private static final int MAGIC = 0x514649FB;
    private static final int VERSION = 3;
    private static final int CRYPT_LUKS = 2;
    private static final int REFCOUNT_ORDER = 4; // 2^4 bits
    private static final int HEADER_LENGTH = 112;

    private static final int BACKING_NAME_AT = 8;
    private static final int BACKING_NAME_BYTES_AT = 16;
    private static final int CLUSTER_BITS_AT = 20;
    private static final int SIZE_AT = 24;
    private static final int CRYPT_METHOD_AT = 32;
    private static final int L1_ENTRIES_AT = 36;
    private static final int L1_TABLE_AT = 40;
    private static final int REFCOUNT_TABLE_AT = 48;
    private static final int REFCOUNT_TABLE_CLUSTERS_AT = 56;
    private static final int REFCOUNT_ORDER_AT = 96;
    private static final int HEADER_LENGTH_AT = 100;

    private static final int EXTENSION_END = 0;
    private static final int EXTENSION_BACKING_FORMAT = 0xE2792ACA;
    private static final int EXTENSION_CRYPTO_HEADER = 0x0537BE77;
    private static final int EXTENSION_ALIGNMENT = 8;

    private static final int ENTRY_BYTES = 8;
    private static final int FIXED_CLUSTERS = 3;
    /** More is not opened ({@code QCOW_MAX_L1_SIZE} in QEMU's block/qcow2.h). */
    private static final long LARGEST_L1 = 32 << 20;

    private final long size;
    private final int cluster;
    private final int luksBytes;
    private final Optional<Backing> backing;

    private EmptyQcow2(long size, int cluster, int luksBytes, Optional<Backing> backing) {
        this.size = size;
        this.cluster = cluster;
        this.luksBytes = luksBytes;
        this.backing = backing;
    }

    /** Returns whether an image can be laid out so. */
    public static boolean suits(long size, long cluster) {
        return cluster >= SMALLEST_CLUSTER && l1Entries(size, cluster) <= LARGEST_L1 / ENTRY_BYTES;
    }

    /**
     * Returns an image.
     *
     * @param size what a guest sees, in bytes
     * @param cluster a power of two that {@link #suits}, up to 2 MiB
     * @param luksBytes how long the LUKS header is, with all of its key slots
     */
    public static EmptyQcow2 of(long size, long cluster, int luksBytes, Optional<Backing> backing) {
        if (!suits(size, cluster)) {
            throw new IllegalArgumentException(size + " bytes in clusters of " + cluster);
        }
        return new EmptyQcow2(size, (int) cluster, luksBytes, backing);
    }

    /** Returns where the LUKS header belongs, in bytes. */
    public long luksOffset() {
        return (FIXED_CLUSTERS + l1Clusters()) * cluster;
    }

    /** Returns how long the file is. */
    public long length() {
        return luksOffset() + clustersOf(luksBytes) * cluster;
    }

    /** Returns the first cluster, which makes all else an image. */
    public byte[] header() {
        ByteBuffer header = ByteBuffer.allocate(cluster);
        header.putInt(MAGIC)
                .putInt(VERSION)
                .putInt(CLUSTER_BITS_AT, Integer.numberOfTrailingZeros(cluster))
                .putLong(SIZE_AT, size)
                .putInt(CRYPT_METHOD_AT, CRYPT_LUKS)
                .putInt(L1_ENTRIES_AT, (int) l1Entries(size, cluster))
                .putLong(L1_TABLE_AT, (long) FIXED_CLUSTERS * cluster)
                .putLong(REFCOUNT_TABLE_AT, cluster)
                .putInt(REFCOUNT_TABLE_CLUSTERS_AT, 1)
                .putInt(REFCOUNT_ORDER_AT, REFCOUNT_ORDER)
                .putInt(HEADER_LENGTH_AT, HEADER_LENGTH)
                .position(HEADER_LENGTH);
        backing.ifPresent(below ->
                putExtension(header, EXTENSION_BACKING_FORMAT, below.format.getBytes(StandardCharsets.US_ASCII)));
        putExtension(header, EXTENSION_CRYPTO_HEADER, cryptoHeader());
        putExtension(header, EXTENSION_END, new byte[0]);
        backing.ifPresent(below -> putName(header, below.name.getBytes(below.names)));
        return header.array();
    }

    /** Returns what lies between the first cluster and the LUKS header. */
    public byte[] tables() {
        ByteBuffer tables = ByteBuffer.allocate((int) luksOffset() - cluster);
        tables.putLong(0, 2L * cluster); // where the only refcount block is; the L1 table stays empty
        for (int used = 0; used < length() / cluster; used++) {
            tables.putShort(cluster + used * Short.BYTES, (short) 1);
        }
        return tables.array();
    }

    private byte[] cryptoHeader() {
        return ByteBuffer.allocate(16).putLong(luksOffset()).putLong(luksBytes).array();
    }

    private static void putName(ByteBuffer header, byte[] name) {
        header.putLong(BACKING_NAME_AT, header.position())
                .putInt(BACKING_NAME_BYTES_AT, name.length)
                .put(name);
    }

    private static void putExtension(ByteBuffer header, int type, byte[] data) {
        int padded = (data.length + EXTENSION_ALIGNMENT - 1) / EXTENSION_ALIGNMENT * EXTENSION_ALIGNMENT;
        header.putInt(type).putInt(data.length);
        header.put(header.position(), data).position(header.position() + padded);
    }

    private long l1Clusters() {
        return clustersOf(l1Entries(size, cluster) * ENTRY_BYTES);
    }

    private long clustersOf(long bytes) {
        return (bytes + cluster - 1) / cluster;
    }

    /** Returns how many L2 tables, of one cluster each, a disk needs. */
    private static long l1Entries(long size, long cluster) {
        long covered = cluster * (cluster / ENTRY_BYTES);
        return size / covered + (size % covered == 0 ? 0 : 1);
    }
}
