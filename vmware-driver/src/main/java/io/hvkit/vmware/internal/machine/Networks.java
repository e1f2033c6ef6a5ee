package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The networks that a host has: those of its own switches, by name, and port groups of distributed ones, by key. */
final class Networks {

    private static final String PORT_GROUP = "DistributedVirtualPortgroup";

    private final Site site;

    Networks(Site site) {
        this.site = site;
    }

    /**
     * A network.
     *
     * @param mark what a card's backing says of it
     * @param distributed the distributed switch that it belongs to, if it does
     */
    record Network(String name, String mark, Ref ref, Optional<Ref> distributed) {}

    /** Returns those that cards can be on. */
    List<Network> all() throws InterruptedException {
        try {
            List<Network> all = new ArrayList<>();
            for (Properties.Found found :
                    site.client().properties().readAll(site.host(), "network", "Network", "name")) {
                if (found.ref().type().equals("Network")) {
                    all.add(new Network(found.text("name"), found.text("name"), found.ref(), Optional.empty()));
                }
            }
            for (Properties.Found found : site.client()
                    .properties()
                    .readAll(site.host(), "network", PORT_GROUP, "name", "key", "config.distributedVirtualSwitch")) {
                all.add(new Network(
                        found.text("name"),
                        found.text("key"),
                        found.ref(),
                        found.value("config.distributedVirtualSwitch").map(Node::ref)));
            }
            return all;
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    /** Returns what puts a card on the network that it names. */
    Data backing(Nic nic) throws InterruptedException {
        Network network = all().stream()
                .filter(each -> each.name().equals(nic.name()))
                .findFirst()
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("host %s has no network '%s' for a card", site.name(), nic.name()));
        if (network.distributed().isEmpty()) {
            return Data.of("VirtualEthernetCardNetworkBackingInfo")
                    .with("deviceName", network.name())
                    .with("network", network.ref());
        }
        return Data.of("VirtualEthernetCardDistributedVirtualPortBackingInfo")
                .with(
                        "port",
                        Data.of("DistributedVirtualSwitchPortConnection")
                                .with("switchUuid", uuid(network.distributed().get()))
                                .with("portgroupKey", network.mark()));
    }

    private String uuid(Ref distributed) throws InterruptedException {
        try {
            return site.client().properties().read(distributed, "uuid").text("uuid");
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }
}
