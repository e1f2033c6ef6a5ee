package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.DomainXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.SecretXml;
import java.nio.file.Path;
import java.util.Optional;

/** One definition of a machine: the host remembers it, and nothing is started. */
final class MachineDefinition {

    private final DomainXml.Acceleration acceleration;
    private final MachineSeeds seeds;
    private final MachineSpec spec;

    MachineDefinition(DomainXml.Acceleration acceleration, MachineSeeds seeds, MachineSpec spec) {
        this.acceleration = acceleration;
        this.seeds = seeds;
        this.spec = spec;
    }

    /** Defines it, or confirms that an equal request did. */
    Machine on(LibvirtConnection connection) throws LibvirtException {
        Optional<Machine> known = known(connection);
        if (known.isPresent()) {
            return known.get();
        }
        Optional<Path> seed = seeds.make(spec);
        try {
            return defined(connection, seed);
        } finally {
            seeds.settle(seed);
            if (seed.isPresent()) {
                seeds.sweep(connection);
            }
        }
    }

    private Machine defined(LibvirtConnection connection, Optional<Path> seed) throws LibvirtException {
        String xml = DomainXml.write(spec, Optional.empty(), acceleration, SecretXml::idOf, seed);
        try (LibvirtDomain domain = connection.define(xml)) {
            return KvmHypervisor.machine(new MachineId(spec.name()), domain);
        } catch (LibvirtException e) {
            if (e.saysExists()) { // somebody was faster: without an id of its own, libvirt replaces no domain
                return known(connection).orElseThrow(() -> e);
            }
            throw e;
        }
    }

    private Optional<Machine> known(LibvirtConnection connection) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(spec.name());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (LibvirtDomain domain = found.get()) {
            MachineXml xml = MachineXml.read(domain.xml());
            if (!domain.isPersistent() || !xml.matches(spec) || !seeds.match(xml, spec)) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message(
                                "there is a machine %s of another make; forget it first or take another name",
                                spec.name());
            }
            return Optional.of(KvmHypervisor.machine(new MachineId(spec.name()), domain));
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
