package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.util.ArrayList;
import java.util.List;

/**
 * The choices that {@code QCOW2} leaves. Immutable; every change is a new layout, and one that qemu would refuse cannot be said:
 * each change throws {@link DriverException} with {@code INVALID_REQUEST} if it does not go with the rest.
 */
public final class Qcow2Layout implements ImageLayout {

    /** The version of the format. */
    public enum Version {
        /** Read by QEMU before 1.1 too; without all that came later, such as bitmaps and zstd. */
        V2("0.10"),
        /** What everybody writes today. */
        V3("1.1");

        private final String qemuName;

        Version(String qemuName) {
            this.qemuName = qemuName;
        }
    }

    /** How clusters that are written compressed are packed. Packing happens only when a conversion asks for it. */
    public enum Compression {
        /** Read by every QEMU. */
        ZLIB("zlib"),
        /** Read since QEMU 5.1; packs nine times as fast. */
        ZSTD("zstd");

        private final String qemuName;

        Compression(String qemuName) {
            this.qemuName = qemuName;
        }
    }

    private enum SubClusters {
        NONE,
        THIRTY_TWO
    }

    private enum Refcounts {
        EXACT,
        LAZY
    }

    private record Fields(
            Version version,
            ByteSize clusterSize,
            SubClusters subClusters,
            int refcountBits,
            Refcounts refcounts,
            Compression compression) {}

    private static final ByteSize SMALLEST_CLUSTER = ByteSize.bytes(512);
    private static final ByteSize LARGEST_CLUSTER = ByteSize.mebibytes(2);
    private static final ByteSize SMALLEST_DIVIDED = ByteSize.kibibytes(16);
    private static final int USUAL_REFCOUNT_BITS = 16;
    private static final int MOST_REFCOUNT_BITS = 64;

    /** For backups and templates that are written compressed: zstd packs 2 GiB in a ninth of the time that zlib takes. */
    public static final Qcow2Layout COMPACT = standard().withCompression(Compression.ZSTD);

    private final Fields fields;

    private Qcow2Layout(Fields fields) {
        this.fields = fields;
    }

    /** Returns what is taken if nothing is said: version 3, clusters of 64 KiB, zlib. */
    public static Qcow2Layout standard() {
        return new Qcow2Layout(new Fields(
                Version.V3,
                ByteSize.kibibytes(64),
                SubClusters.NONE,
                USUAL_REFCOUNT_BITS,
                Refcounts.EXACT,
                Compression.ZLIB));
    }

    /** Returns this layout in another version of the format. */
    public Qcow2Layout withVersion(Version version) {
        return checked(new Fields(
                version,
                fields.clusterSize,
                fields.subClusters,
                fields.refcountBits,
                fields.refcounts,
                fields.compression));
    }

    /**
     * Returns this layout with clusters of another size. Large ones need less memory for their tables, small ones waste less room
     * in an overlay.
     *
     * @param size a power of two from 512 bytes to 2 MiB; at least 16 KiB with sub-clusters
     */
    public Qcow2Layout withClusterSize(ByteSize size) {
        return checked(new Fields(
                fields.version, size, fields.subClusters, fields.refcountBits, fields.refcounts, fields.compression));
    }

    /**
     * Returns this layout with each cluster in 32 parts that are taken one by one, so that small writes to an overlay copy little.
     * Needs QEMU 5.2 to read, and is best with clusters of 128 KiB.
     */
    public Qcow2Layout withSubClusters() {
        return checked(new Fields(
                fields.version,
                fields.clusterSize,
                SubClusters.THIRTY_TWO,
                fields.refcountBits,
                fields.refcounts,
                fields.compression));
    }

    /**
     * Returns this layout with another width for the counters of how many snapshots use a cluster.
     *
     * @param bits a power of two from 1, which allows no internal snapshot, to 64
     */
    public Qcow2Layout withRefcountBits(int bits) {
        return checked(new Fields(
                fields.version, fields.clusterSize, fields.subClusters, bits, fields.refcounts, fields.compression));
    }

    /** Returns this layout with counters that are brought up to date late: faster, but a crash calls for a repair. */
    public Qcow2Layout withLazyRefcounts() {
        return checked(new Fields(
                fields.version,
                fields.clusterSize,
                fields.subClusters,
                fields.refcountBits,
                Refcounts.LAZY,
                fields.compression));
    }

    /** Returns this layout with another way to pack what is written compressed. */
    public Qcow2Layout withCompression(Compression compression) {
        return checked(new Fields(
                fields.version,
                fields.clusterSize,
                fields.subClusters,
                fields.refcountBits,
                fields.refcounts,
                compression));
    }

    /** Returns the version of the format. */
    public Version version() {
        return fields.version;
    }

    /** Returns the size of a cluster. */
    public ByteSize clusterSize() {
        return fields.clusterSize;
    }

    /** Returns whether clusters are divided. */
    public boolean hasSubClusters() {
        return fields.subClusters == SubClusters.THIRTY_TWO;
    }

    /** Returns how what is written compressed is packed. */
    public Compression compression() {
        return fields.compression;
    }

    @Override
    public boolean fits(ImageFormat format) {
        return format == ImageFormat.QCOW2;
    }

    /** Returns it in qemu's words, without what older builds do not know and take anyway. */
    List<String> options() {
        List<String> options = new ArrayList<>();
        options.add(QemuText.option("compat", fields.version.qemuName));
        options.add(QemuText.option("cluster_size", Long.toString(fields.clusterSize.bytes())));
        if (hasSubClusters()) {
            options.add(QemuText.option("extended_l2", "on"));
        }
        if (fields.refcountBits != USUAL_REFCOUNT_BITS) {
            options.add(QemuText.option("refcount_bits", Integer.toString(fields.refcountBits)));
        }
        if (fields.refcounts == Refcounts.LAZY) {
            options.add(QemuText.option("lazy_refcounts", "on"));
        }
        if (fields.compression != Compression.ZLIB) {
            options.add(QemuText.option("compression_type", fields.compression.qemuName));
        }
        return options;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Qcow2Layout layout && layout.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    /** Returns what qemu is asked for. */
    @Override
    public String toString() {
        return "qcow2 with " + String.join(",", options());
    }

    private static Qcow2Layout checked(Fields fields) {
        if (Long.bitCount(fields.clusterSize.bytes()) != 1
                || fields.clusterSize.compareTo(SMALLEST_CLUSTER) < 0
                || fields.clusterSize.compareTo(LARGEST_CLUSTER) > 0) {
            throw refused(
                    "a cluster is a power of two from %s to %s, not %s",
                    SMALLEST_CLUSTER, LARGEST_CLUSTER, fields.clusterSize);
        }
        if (fields.subClusters != SubClusters.NONE && fields.clusterSize.compareTo(SMALLEST_DIVIDED) < 0) {
            throw refused(
                    "clusters of %s cannot be divided; those of %s and more can", fields.clusterSize, SMALLEST_DIVIDED);
        }
        if (Integer.bitCount(fields.refcountBits) != 1
                || fields.refcountBits < 1
                || fields.refcountBits > MOST_REFCOUNT_BITS) {
            throw refused("a counter has a power of two of bits from 1 to 64, not %s", fields.refcountBits);
        }
        if (fields.version == Version.V2
                && (fields.subClusters != SubClusters.NONE
                        || fields.refcountBits != USUAL_REFCOUNT_BITS
                        || fields.refcounts != Refcounts.EXACT
                        || fields.compression != Compression.ZLIB)) {
            throw refused("version 2 of qcow2 has none of: sub-clusters, lazy counters, counters of other than 16 bits,"
                    + " zstd; say Version.V3");
        }
        return new Qcow2Layout(fields);
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
