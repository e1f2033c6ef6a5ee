package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.util.Locale;

/**
 * How much a disk takes in its container, a file or a device: what comes on top of the bytes that a guest sees. It answers how
 * large a container must be, how large a disk a container holds, and whether one fits into the other, exact to the byte. Pure
 * arithmetic that opens nothing. Immutable.
 *
 * <p>Take the sizing of a disk that exists from its own header, with {@link #of(LuksHeader)}: what a header takes differs
 * between tools and versions, and a number remembered from elsewhere loses the disk's last bytes. Whether a disk may be copied:
 *
 * <pre>{@code
 * DiskSizing.luks(LuksType.LUKS1).fits(DiskSizing.of(header).payloadIn(sourceDevice), targetDevice).require();
 * }</pre>
 */
public final class DiskSizing {

    private static final ByteSize SECTOR = ByteSize.bytes(512);
    private static final ByteSize ONE = ByteSize.bytes(1);
    private static final ByteSize USUAL_CLUSTER = ByteSize.kibibytes(64);

    /** How many bytes a container has at least, for a number of bytes in it. */
    private sealed interface Shape {
        /** Returns the bytes of both, or throws {@link ArithmeticException} if no container is that large. */
        long container(long payload);
    }

    private record Flat(long header) implements Shape {
        @Override
        public long container(long payload) {
            return Math.addExact(payload, header);
        }
    }

    private record Clustered(Qcow2Metadata metadata) implements Shape {
        @Override
        public long container(long payload) {
            return metadata.fileBytes(payload);
        }
    }

    private record Fields(String name, Shape shape, ByteSize sector, ByteSize step) {}

    private final Fields fields;

    private DiskSizing(Fields fields) {
        this.fields = fields;
    }

    /** Returns the sizing of a disk whose bytes are the container's bytes. */
    public static DiskSizing raw() {
        return flat("raw", ByteSize.ZERO, SECTOR);
    }

    /** Returns the sizing of what {@link CryptSetup#format} makes: 2 MiB for LUKS1, 16 MiB for LUKS2, then the disk. */
    public static DiskSizing luks(LuksType type) {
        return flat(type.cryptSetupName(), type.headerSize(), SECTOR);
    }

    /** Returns the sizing of a LUKS image that {@link QemuImg#create} makes: a header of 2,068,480 bytes, then the disk. */
    public static DiskSizing luksByQemu() {
        return flat("luks made by qemu", ImageCreation.QEMU_LUKS_HEADER, SECTOR);
    }

    /**
     * Returns the sizing of a qcow2 image, with clusters of 64 KiB, all of which are written: the most that it takes, as on a
     * device that must hold it whatever a guest does. Internal snapshots and bitmaps come on top.
     */
    public static DiskSizing qcow2() {
        return clustered("qcow2", USUAL_CLUSTER, ByteSize.ZERO);
    }

    /** Returns the sizing of {@link #qcow2} with the header of its encryption. */
    public static DiskSizing encryptedQcow2() {
        return clustered("encrypted qcow2", USUAL_CLUSTER, ImageCreation.QEMU_LUKS_HEADER);
    }

    /**
     * Returns the sizing of a disk that exists. One inside a qcow2 image is taken to have clusters of 64 KiB, as {@link
     * QemuImg#create} makes them.
     */
    public static DiskSizing of(LuksHeader header) {
        String name = header.type().cryptSetupName() + " with its data at " + header.payloadOffset();
        return header.container() == ImageFormat.QCOW2
                ? clustered("qcow2 and " + name, USUAL_CLUSTER, header.payloadOffset())
                : flat(name, header.payloadOffset(), header.sectorSize());
    }

    /**
     * Returns this sizing for containers that come in whole steps alone, such as the 8 GiB of a PowerFlex array.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the step is zero
     */
    public DiskSizing inStepsOf(ByteSize step) {
        if (step.equals(ByteSize.ZERO)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a container cannot grow in steps of no bytes; leave the step out");
        }
        return new DiskSizing(new Fields(fields.name, fields.shape, fields.sector, step));
    }

    /**
     * Returns the size of the smallest container for a disk of {@code payload} bytes, rounded up to the sizing's sector and step.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if no container, or no qcow2 image, is that large
     */
    public ByteSize containerFor(ByteSize payload) {
        try {
            return smallestFor(payload).roundedUpTo(fields.step);
        } catch (ArithmeticException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("a disk of %s is too large for %s", payload, this);
        }
    }

    /**
     * Returns the size of the largest disk that a container holds, a whole number of sectors; zero if it does not even hold one.
     */
    public ByteSize payloadIn(ByteSize container) {
        long least = 0;
        long most = container.bytes() / fields.sector.bytes();
        while (least < most) {
            long middle = most - (most - least) / 2;
            if (holds(container, middle)) {
                least = middle;
            } else {
                most = middle - 1;
            }
        }
        return ByteSize.bytes(least * fields.sector.bytes());
    }

    /** Returns whether a disk of {@code payload} bytes fits into a container, and what is missing if it does not. */
    public Fit fits(ByteSize payload, ByteSize container) {
        ByteSize needed = smallest(payload);
        return needed.compareTo(container) <= 0
                ? new Fit.Fits(this, payload, needed, container)
                : new Fit.TooSmall(this, payload, needed, container);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DiskSizing sizing && sizing.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    /** Returns it in words, for people. */
    @Override
    public String toString() {
        return fields.step.equals(ONE)
                ? fields.name
                : String.format(Locale.ROOT, "%s in steps of %s", fields.name, fields.step);
    }

    private boolean holds(ByteSize container, long sectors) {
        try {
            return smallestFor(ByteSize.bytes(sectors * fields.sector.bytes())).compareTo(container) <= 0;
        } catch (ArithmeticException e) {
            return false;
        }
    }

    private ByteSize smallest(ByteSize payload) {
        try {
            return smallestFor(payload);
        } catch (ArithmeticException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("a disk of %s is too large for %s", payload, this);
        }
    }

    private ByteSize smallestFor(ByteSize payload) {
        return ByteSize.bytes(
                fields.shape.container(payload.roundedUpTo(fields.sector).bytes()));
    }

    private static DiskSizing flat(String name, ByteSize header, ByteSize sector) {
        return new DiskSizing(new Fields(name, new Flat(header.bytes()), sector, ONE));
    }

    private static DiskSizing clustered(String name, ByteSize cluster, ByteSize luksHeader) {
        Qcow2Metadata metadata = new Qcow2Metadata(cluster.bytes(), luksHeader.bytes());
        return new DiskSizing(new Fields(name, new Clustered(metadata), SECTOR, ONE));
    }
}
