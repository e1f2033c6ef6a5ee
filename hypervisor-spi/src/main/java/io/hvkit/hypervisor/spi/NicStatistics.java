package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import java.util.OptionalLong;

/**
 * What went over one network card since it was plugged in, as the guest sees it.
 *
 * @param address the card's
 * @param received what the guest got
 * @param sent what the guest gave away
 */
@Incubating(since = "0.1")
public record NicStatistics(MacAddress address, Traffic received, Traffic sent) {

    /**
     * What went over a card in one direction.
     *
     * @param bytes how much
     * @param packets in how many packets
     * @param errors how many packets were broken, if that is known
     * @param dropped how many whole ones were thrown away, if that is known
     */
    public record Traffic(ByteSize bytes, long packets, OptionalLong errors, OptionalLong dropped) {
        /**
         * Rejects negative numbers.
         *
         * @throws IllegalArgumentException if a number of packets is negative
         */
        public Traffic {
            if (packets < 0 || errors.orElse(0) < 0 || dropped.orElse(0) < 0) {
                throw new IllegalArgumentException("a number of packets is never negative: " + packets + ", " + errors
                        + " broken, " + dropped + " dropped");
            }
        }
    }
}
