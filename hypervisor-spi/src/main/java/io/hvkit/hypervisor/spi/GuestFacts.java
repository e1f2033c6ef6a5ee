package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import java.util.List;
import java.util.Optional;

/**
 * What a guest says of itself; none of it is proven.
 *
 * @param hostName the guest's name
 * @param system its operating system, as far as it says
 * @param addresses the addresses of its network interfaces, the loopback's among them
 */
@Incubating(since = "0.1")
public record GuestFacts(Optional<String> hostName, GuestSystem system, List<GuestAddress> addresses) {

    /** Copies the list. */
    public GuestFacts {
        addresses = List.copyOf(addresses);
    }
}
