package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** How a guest sets up its network, in version 2 of cloud-init's format, which is netplan's. Immutable. */
@Incubating(since = "0.1")
public final class NetworkConfig {

    private final List<NicConfig> nics;

    private NetworkConfig(List<NicConfig> nics) {
        this.nics = nics;
    }

    /**
     * Returns a configuration of these cards and no others.
     *
     * @throws IllegalArgumentException if one is named twice
     */
    public static NetworkConfig of(NicConfig... nics) {
        Set<MacAddress> seen = new HashSet<>();
        for (NicConfig nic : nics) {
            if (!seen.add(nic.address())) {
                throw new IllegalArgumentException("a card is set up once: " + nic.address());
            }
        }
        return new NetworkConfig(List.of(nics));
    }

    /** Returns the cards, in order. */
    public List<NicConfig> nics() {
        return nics;
    }

    /** Returns it as cloud-init reads it, in ASCII. */
    public String text() {
        List<String> cards = new ArrayList<>();
        for (NicConfig nic : nics) {
            cards.add("  \"nic" + cards.size() + "\": " + nic.text());
        }
        return "{\"version\": 2, \"ethernets\": {\n" + cards.stream().collect(Collectors.joining(",\n")) + "}}\n";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NetworkConfig that && nics.equals(that.nics);
    }

    @Override
    public int hashCode() {
        return nics.hashCode();
    }

    @Override
    public String toString() {
        return "NetworkConfig" + nics;
    }
}
