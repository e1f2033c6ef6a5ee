package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.CloudInit;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.seed.SeedFolder;
import io.hvkit.kvm.internal.xml.MachineXml;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sees to it that machines have their seeds, and that seeds go with their machines. */
final class MachineSeeds {

    private static final Logger LOG = LoggerFactory.getLogger(MachineSeeds.class);

    private final Optional<SeedFolder> folder;

    /**
     * Keeps seeds in a folder.
     *
     * @param folder nothing if the host is another machine, whose files cannot be written
     */
    MachineSeeds(Optional<SeedFolder> folder) {
        this.folder = folder;
    }

    /** Throws {@code UNSUPPORTED} if a machine needs a seed and the host cannot be given one. */
    void require(MachineSpec spec) {
        if (spec.cloudInit().isPresent() && folder.isEmpty()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "machine %s has a seed for cloud-init, which is a file on its host, and the host is another machine",
                            spec.name());
        }
    }

    /** Makes the seed that a machine needs, if it does; to be settled. */
    Optional<Path> make(MachineSpec spec) {
        return spec.cloudInit().flatMap(content -> folder.map(seeds -> seeds.write(content)));
    }

    /** Says that a machine has its seed by now, or never will. */
    void settle(Optional<Path> seed) {
        seed.ifPresent(file -> folder.ifPresent(seeds -> seeds.settle(file)));
    }

    /** Counts the seed of a machine among those that go when no machine has them. */
    void adopt(MachineXml machine) {
        machine.seed().ifPresent(file -> folder.ifPresent(seeds -> seeds.adopt(file)));
    }

    /** Returns whether a machine has the seed that {@code spec} asks for. */
    boolean match(MachineXml machine, MachineSpec spec) {
        Optional<Path> seed = machine.seed();
        Optional<CloudInit> wanted = spec.cloudInit();
        return seed.isPresent() == wanted.isPresent()
                && seed.flatMap(file -> wanted.map(content -> holds(file, content)))
                        .orElse(true);
    }

    private boolean holds(Path seed, CloudInit content) {
        return folder.map(seeds -> seeds.holds(seed, content)).orElse(false);
    }

    /** Removes the seeds that no machine has, running or remembered. What cannot be removed now is at another time. */
    void sweep(LibvirtConnection connection) {
        if (folder.isEmpty()) {
            return;
        }
        Set<Path> unused = new HashSet<>(folder.get().removable());
        if (unused.isEmpty()) {
            return;
        }
        try {
            connection.forEachDomain(domain -> {
                MachineXml.read(domain.xml()).seed().ifPresent(unused::remove);
                if (domain.isPersistent()) {
                    MachineXml.read(domain.rememberedXml()).seed().ifPresent(unused::remove);
                }
            });
            unused.forEach(folder.get()::remove);
        } catch (LibvirtException e) {
            LOG.warn("seeds that no machine has are left for another time: {}", e.getMessage());
        }
    }
}
