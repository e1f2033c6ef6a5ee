package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;

/**
 * How much of the host a program may use, held by the kernel, whatever the program does: processor time and address space, of
 * each process that it starts. How long it may take is said elsewhere ({@link Command#within}), and of its output only the
 * first mebibyte of each stream is kept. Whatever the limits, no program leaves a core dump: it would hold keys. Immutable;
 * every change is a new set of limits.
 */
public final class ToolLimits {

    private static final ByteSize USUAL_SPACE = ByteSize.gibibytes(16);
    private static final Duration UNTRUSTED_TIME = Duration.ofSeconds(30);
    private static final ByteSize UNTRUSTED_SPACE = ByteSize.gibibytes(1);

    private record Fields(Optional<Duration> cpuTime, Optional<ByteSize> addressSpace) {}

    private final Fields fields;

    private ToolLimits(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns what holds if nothing else is said: an address space of 16 GiB, which the widest copy on the largest host does
     * not reach, and no limit of processor time, since a copy takes as much as its disk is large.
     */
    public static ToolLimits usual() {
        return none().addressSpace(USUAL_SPACE);
    }

    /**
     * Returns limits for looking at an image that anybody may have made: 30 seconds of processor time and an address space of
     * 1 GiB. A well-formed image of many terabytes with many snapshots passes; copying one does not.
     */
    public static ToolLimits forUntrusted() {
        return none().cpuTime(UNTRUSTED_TIME).addressSpace(UNTRUSTED_SPACE);
    }

    /** Returns no limits beyond those that this process has itself. */
    public static ToolLimits none() {
        return new ToolLimits(new Fields(Optional.empty(), Optional.empty()));
    }

    /**
     * Returns these limits with another one of processor time.
     *
     * @param most how much all threads of a process may use together; counted in whole seconds, rounded up
     * @throws DriverException with {@code INVALID_REQUEST} if it is not positive
     */
    public ToolLimits cpuTime(Duration most) {
        Command.requirePositive(most);
        return new ToolLimits(new Fields(Optional.of(most), fields.addressSpace));
    }

    /**
     * Returns these limits with another one of address space, which is more than the memory in use: each thread of qemu-img
     * reserves up to 136 MiB, and it has up to 64.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is zero
     */
    public ToolLimits addressSpace(ByteSize most) {
        if (most.equals(ByteSize.ZERO)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("no program runs in an address space of %s; name more, such as 1 GiB", most);
        }
        return new ToolLimits(new Fields(fields.cpuTime, Optional.of(most)));
    }

    /** Returns how much processor time a process may use; nothing if there is no limit. */
    public Optional<Duration> cpuTime() {
        return fields.cpuTime;
    }

    /** Returns how much address space a process may use; nothing if there is no limit. */
    public Optional<ByteSize> addressSpace() {
        return fields.addressSpace;
    }

    /** Returns a time as people write it, such as {@code 1.5 s}. */
    static String text(Duration time) {
        return BigDecimal.valueOf(time.toMillis(), 3).stripTrailingZeros().toPlainString() + " s";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ToolLimits limits && limits.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "%s of processor time, %s of address space"
                .formatted(
                        cpuTime().map(ToolLimits::text).orElse("any amount"),
                        addressSpace().map(ByteSize::toString).orElse("any amount"));
    }
}
