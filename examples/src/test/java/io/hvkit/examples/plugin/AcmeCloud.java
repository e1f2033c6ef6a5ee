package io.hvkit.examples.plugin;

import io.hvkit.core.Attachment;
import io.hvkit.hypervisor.spi.MachineSpec;
import java.nio.file.Files;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Stands in for the interface of some vendor: it has servers, and knows nothing of HVKit's rules. */
final class AcmeCloud {

    private final Map<String, MachineSpec> servers = new LinkedHashMap<>();

    /** Makes a server, or returns the one that has the name already. */
    synchronized Optional<MachineSpec> create(MachineSpec wanted) {
        return Optional.ofNullable(servers.putIfAbsent(wanted.name(), wanted));
    }

    synchronized void destroy(String name) {
        servers.remove(name);
    }

    synchronized List<MachineSpec> servers() {
        return List.copyOf(servers.values());
    }

    /** Returns the name of the server that uses a disk. */
    synchronized Optional<String> userOf(Attachment place) {
        return servers.values().stream()
                .filter(server -> places(server).contains(place))
                .map(MachineSpec::name)
                .findAny();
    }

    /** Returns whether there is a disk. */
    boolean has(Attachment place) {
        return place.match(device -> Files.exists(device.path()), file -> Files.exists(file.path()), remote -> false);
    }

    private static Collection<Attachment> places(MachineSpec server) {
        return server.disks().stream().map(disk -> disk.attachment()).toList();
    }
}
