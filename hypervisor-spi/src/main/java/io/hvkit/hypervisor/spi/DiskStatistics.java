package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import io.hvkit.core.VolumeId;
import java.util.Optional;

/**
 * What a machine did with one disk, and how large that is. What a hypervisor does not know is left out, never zero. Immutable; every
 * change is another value.
 */
@Incubating(since = "0.1")
public final class DiskStatistics {

    /**
     * What went over a disk in one direction since it was plugged in.
     *
     * @param bytes how much, as the guest sees it
     * @param requests in how many requests
     */
    public record Traffic(ByteSize bytes, long requests) {
        /**
         * Rejects negative numbers.
         *
         * @throws IllegalArgumentException if the number of requests is negative
         */
        public Traffic {
            if (requests < 0) {
                throw new IllegalArgumentException("a number of requests is never negative: " + requests);
            }
        }
    }

    private record Fields(
            VolumeId volume,
            Optional<Traffic> read,
            Optional<Traffic> written,
            Optional<ByteSize> capacity,
            Optional<ByteSize> allocation,
            Optional<ByteSize> physical) {}

    private final Fields fields;

    private DiskStatistics(Fields fields) {
        this.fields = fields;
    }

    /** Returns the statistics of a disk of which nothing more is known. */
    public static DiskStatistics of(VolumeId volume) {
        return new DiskStatistics(new Fields(
                volume, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()));
    }

    /** Returns these with what was read and written. */
    public DiskStatistics traffic(Traffic read, Traffic written) {
        Fields f = fields;
        return new DiskStatistics(
                new Fields(f.volume, Optional.of(read), Optional.of(written), f.capacity, f.allocation, f.physical));
    }

    /** Returns these with the size that the guest sees. */
    public DiskStatistics capacity(ByteSize size) {
        Fields f = fields;
        return new DiskStatistics(new Fields(f.volume, f.read, f.written, Optional.of(size), f.allocation, f.physical));
    }

    /** Returns these with the end of what was written. */
    public DiskStatistics allocation(ByteSize end) {
        Fields f = fields;
        return new DiskStatistics(new Fields(f.volume, f.read, f.written, f.capacity, Optional.of(end), f.physical));
    }

    /** Returns these with the size of what is behind the disk. */
    public DiskStatistics physical(ByteSize size) {
        Fields f = fields;
        return new DiskStatistics(new Fields(f.volume, f.read, f.written, f.capacity, f.allocation, Optional.of(size)));
    }

    /** Returns the volume. */
    public VolumeId volume() {
        return fields.volume;
    }

    /** Returns what the machine has read; nothing if it does not run or hangs. */
    public Optional<Traffic> read() {
        return fields.read;
    }

    /** Returns what the machine has written, whether it is safe by now or not; nothing if it does not run or hangs. */
    public Optional<Traffic> written() {
        return fields.written;
    }

    /** Returns how large the guest sees it. */
    public Optional<ByteSize> capacity() {
        return fields.capacity;
    }

    /**
     * Returns where in its file or device the highest byte ends that was written since the disk was plugged in, zero before the
     * first; a thin volume needs to be that large at least. Nothing if the machine does not run or hangs.
     */
    public Optional<ByteSize> allocation() {
        return fields.allocation;
    }

    /** Returns how large its file or device is on the host, holes included. */
    public Optional<ByteSize> physical() {
        return fields.physical;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DiskStatistics that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "DiskStatistics" + fields;
    }
}
