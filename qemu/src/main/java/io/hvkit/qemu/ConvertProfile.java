package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.Optional;

/**
 * How a conversion uses the host. The named ones fit nearly always; the changes are for who has measured. Immutable.
 *
 * <p>The figures are medians of copying 2 GiB on a host with two cores, against qemu-img's own defaults.
 */
public final class ConvertProfile {

    private enum Order {
        FROM_START_TO_END,
        ANY
    }

    private record Fields(
            PageCache source,
            PageCache target,
            Order order,
            int coroutines,
            Optional<ByteSize> perSecond,
            Optional<ByteSize> sparseSize) {}

    private static final ByteSize SECTOR = ByteSize.bytes(512);
    private static final ByteSize LARGEST_SPARSE_SIZE = ByteSize.mebibytes(2);
    private static final int MOST_COROUTINES = 16;
    private static final int USUAL_COROUTINES = 8;

    /**
     * As fast as this host can, and what is taken if nothing is said: past the page cache at the target, in any order, eight
     * requests at a time. 2 to 4 times as fast into LUKS, where the processor is the limit, 8 times into an encrypted qcow2,
     * 3 times from qcow2 to raw, where the disk is. More than eight requests gain nothing.
     */
    public static final ConvertProfile FAST = new ConvertProfile(new Fields(
            PageCache.USED, PageCache.BYPASSED, Order.ANY, USUAL_COROUTINES, Optional.empty(), Optional.empty()));

    /**
     * Past the page cache at the source too, so that the memory of the host's guests is left alone. Half as fast as {@link #FAST}
     * where the source would have been in the cache, the same where not.
     */
    public static final ConvertProfile SPARE_PAGE_CACHE = FAST.withSource(PageCache.BYPASSED);

    /** From start to end, for targets that cannot be written elsewhere than at their end, such as tapes behind a gateway. */
    public static final ConvertProfile IN_ORDER = FAST.inOrder();

    private final Fields fields;

    private ConvertProfile(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a profile for hosts with busy guests: past the page cache on both sides, two requests at a time, and no more than
     * {@code perSecond}.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if {@code perSecond} is zero
     */
    public static ConvertProfile gentle(ByteSize perSecond) {
        return SPARE_PAGE_CACHE.withCoroutines(2).withLimit(perSecond);
    }

    /** Returns this profile with the source read another way. */
    public ConvertProfile withSource(PageCache cache) {
        return new ConvertProfile(
                new Fields(cache, fields.target, fields.order, fields.coroutines, fields.perSecond, fields.sparseSize));
    }

    /** Returns this profile with the target written another way. */
    public ConvertProfile withTarget(PageCache cache) {
        return new ConvertProfile(
                new Fields(fields.source, cache, fields.order, fields.coroutines, fields.perSecond, fields.sparseSize));
    }

    /** Returns this profile with the target written from start to end. */
    public ConvertProfile inOrder() {
        return new ConvertProfile(new Fields(
                fields.source,
                fields.target,
                Order.FROM_START_TO_END,
                fields.coroutines,
                fields.perSecond,
                fields.sparseSize));
    }

    /**
     * Returns this profile with another number of requests at a time.
     *
     * @param coroutines 1 to 16
     * @throws DriverException with {@code INVALID_REQUEST} if it is out of that range
     */
    public ConvertProfile withCoroutines(int coroutines) {
        if (coroutines < 1 || coroutines > MOST_COROUTINES) {
            throw refused("qemu-img takes 1 to %s requests at a time, not %s", MOST_COROUTINES, coroutines);
        }
        return new ConvertProfile(new Fields(
                fields.source, fields.target, fields.order, coroutines, fields.perSecond, fields.sparseSize));
    }

    /**
     * Returns this profile with a limit for how much is copied in a second.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is zero
     */
    public ConvertProfile withLimit(ByteSize perSecond) {
        if (perSecond.equals(ByteSize.ZERO)) {
            throw refused("nothing would ever be copied at %s a second", perSecond);
        }
        return new ConvertProfile(new Fields(
                fields.source,
                fields.target,
                fields.order,
                fields.coroutines,
                Optional.of(perSecond),
                fields.sparseSize));
    }

    /**
     * Returns this profile with another least size of a run of zeroes that is left out of the target's file, 4 KiB otherwise.
     * Larger ones make files of fewer pieces.
     *
     * @param size a multiple of 512 bytes up to 2 MiB; zero writes every zero, so that all of the target's room is taken
     * @throws DriverException with {@code INVALID_REQUEST} if it is none of these
     */
    public ConvertProfile withSparseSize(ByteSize size) {
        if (!size.isMultipleOf(SECTOR) || size.compareTo(LARGEST_SPARSE_SIZE) > 0) {
            throw refused(
                    "the least run of zeroes that is left out is a multiple of %s up to %s, not %s",
                    SECTOR, LARGEST_SPARSE_SIZE, size);
        }
        return new ConvertProfile(new Fields(
                fields.source, fields.target, fields.order, fields.coroutines, fields.perSecond, Optional.of(size)));
    }

    /** Returns how the source is read. */
    public PageCache source() {
        return fields.source;
    }

    /** Returns how the target is written. */
    public PageCache target() {
        return fields.target;
    }

    /** Returns whether the target is written from start to end. */
    public boolean isInOrder() {
        return fields.order == Order.FROM_START_TO_END;
    }

    /** Returns how many requests are made at a time. */
    public int coroutines() {
        return fields.coroutines;
    }

    /** Returns how much is copied in a second at most; nothing if there is no limit. */
    public Optional<ByteSize> limit() {
        return fields.perSecond;
    }

    /** Returns the least size of a run of zeroes that is left out; nothing for qemu-img's own. */
    public Optional<ByteSize> sparseSize() {
        return fields.sparseSize;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ConvertProfile profile && profile.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return fields.toString().replaceFirst("Fields", "ConvertProfile");
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
