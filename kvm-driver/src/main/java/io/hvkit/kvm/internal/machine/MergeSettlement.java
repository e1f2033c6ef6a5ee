package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.MergeSight;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineMetadata;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.RememberedXml;
import java.util.Optional;

/** What somebody who looked says of a machine that ended while it was being switched: the host remembers that from then on. */
record MergeSettlement(
        LibvirtSession session, DomainNotes notes, MachineId machine, DiskMerge merge, MergeSight.Newest newest) {

    void run() throws InterruptedException {
        DiskXml.require(merge.disk());
        session.change(
                "settle the merge of disk " + merge.disk().volume() + " of machine " + machine,
                connection -> notes.alone(machine.value(), () -> settle(connection)));
    }

    private MachineId settle(LibvirtConnection connection) throws LibvirtException {
        Place overlay = Place.of(merge.disk().attachment());
        Place into = Place.of(merge.into().attachment());
        try (LibvirtDomain domain = connection
                .find(machine.value())
                .orElseThrow(() ->
                        DriverException.because(Failure.NOT_FOUND).message("the host knows no machine %s", machine))) {
            MachineXml xml = MachineXml.read(domain.xml());
            Optional<DiskXml> top = xml.disk(merge.disk().volume())
                    .filter(disk -> disk.places().size() > 1
                            && disk.places().get(0).equals(overlay)
                            && disk.places().get(1).equals(into));
            if (isSettled(xml, top, overlay, into)) {
                return machine;
            }
            if (domain.state().isActive() || top.isEmpty() || !xml.isSwitching(overlay, into)) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "there is nothing to settle of the merge of %s into %s: machine %s did not end while it was"
                                        + " being switched; look at the merge",
                                merge.disk().volume(), merge.into().volume(), machine);
            }
            connection.define(settled(domain, xml.metadata(), top.get(), into)).close();
            return machine;
        }
    }

    private boolean isSettled(MachineXml xml, Optional<DiskXml> top, Place overlay, Place into) {
        return switch (newest) {
            case LAYER ->
                top.isEmpty()
                        && xml.isMerging(overlay, into)
                        && xml.disk(merge.into().volume())
                                .filter(disk -> disk.place().equals(into))
                                .isPresent();
            case OVERLAY -> top.isPresent() && xml.isMerging(overlay, into) && !xml.isSwitching(overlay, into);
        };
    }

    private String settled(LibvirtDomain domain, MachineMetadata noted, DiskXml top, Place into)
            throws LibvirtException {
        RememberedXml remembered = RememberedXml.of(domain.definition());
        return switch (newest) {
            case LAYER ->
                remembered
                        .droppingTo(top.target(), into)
                        .noting(noted.without(top.place()))
                        .document();
            case OVERLAY -> remembered.noting(noted.merging(top.place(), into)).document();
        };
    }
}
