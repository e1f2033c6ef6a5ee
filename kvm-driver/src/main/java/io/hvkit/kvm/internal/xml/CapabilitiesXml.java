package io.hvkit.kvm.internal.xml;

import io.hvkit.core.ByteSize;
import io.hvkit.hypervisor.spi.HostCapacity;
import java.util.List;
import java.util.Optional;

/** What libvirt says that a host has and can do. */
public final class CapabilitiesXml {

    private final Xml capabilities;

    private CapabilitiesXml(Xml capabilities) {
        this.capabilities = capabilities;
    }

    /** Reads it. */
    public static CapabilitiesXml read(String text) {
        return new CapabilitiesXml(Xml.parse(text));
    }

    /** Returns the processors and the memory of all NUMA cells; nothing if libvirt does not know them. */
    public Optional<HostCapacity> capacity() {
        List<Xml> cells = capabilities.find("host", "topology", "cells").stream()
                .flatMap(all -> all.children("cell").stream())
                .toList();
        int cpus = 0;
        ByteSize memory = ByteSize.ZERO;
        for (Xml cell : cells) {
            cpus += cell.find("cpus")
                    .flatMap(all -> all.attribute("num"))
                    .map(Integer::parseInt)
                    .orElse(0);
            Optional<Xml> kibibytes = cell.find("memory")
                    .filter(each -> each.attribute("unit").filter("KiB"::equals).isPresent());
            memory = memory.plus(ByteSize.kibibytes(
                    kibibytes.map(size -> Long.parseLong(size.text().strip())).orElse(0L)));
        }
        return cpus == 0 || memory.equals(ByteSize.ZERO)
                ? Optional.empty()
                : Optional.of(new HostCapacity(cpus, memory));
    }

    /** Returns whether the host's processor can run guests of its own kind by itself, as far as libvirt knows. */
    public boolean hasKvm() {
        String own = capabilities.find("host", "cpu", "arch").map(Xml::text).orElse("");
        return capabilities.children("guest").stream()
                .flatMap(guest -> guest.children("arch").stream())
                .filter(arch -> arch.attribute("name").filter(own::equals).isPresent())
                .flatMap(arch -> arch.children("domain").stream())
                .anyMatch(
                        domain -> domain.attribute("type").filter("kvm"::equals).isPresent());
    }
}
