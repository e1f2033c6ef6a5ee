package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import java.util.Optional;

/**
 * How a machine's memory is used.
 *
 * @param now what the guest has now; less than {@code most} if a balloon took some
 * @param most what it can have
 * @param onHost how much of the host's memory it takes, if the host says so
 * @param unusedByGuest how much the guest says that it does not use, if it says so; it may say anything
 */
@Incubating(since = "0.1")
public record MemoryUse(ByteSize now, ByteSize most, Optional<ByteSize> onHost, Optional<ByteSize> unusedByGuest) {

    /** Returns memory of which the host knows the size alone. */
    public static MemoryUse of(ByteSize now, ByteSize most) {
        return new MemoryUse(now, most, Optional.empty(), Optional.empty());
    }
}
