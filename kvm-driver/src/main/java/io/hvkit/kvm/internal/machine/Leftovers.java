package io.hvkit.kvm.internal.machine;

import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineMetadata;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.MergeNote;
import io.hvkit.kvm.internal.xml.Place;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What is noted of a machine that it no longer needs, since a copy or a merge has switched it: whoever led that was killed before it
 * tidied up, or failed to. A disk on its way may need anything, so nothing of that is counted.
 *
 * @param places what no disk and no copy uses
 * @param secrets what opened that
 */
record Leftovers(Set<Place> places, Set<UUID> secrets) {

    static Leftovers of(MachineXml machine) {
        Set<Place> places = new HashSet<>();
        for (DiskXml disk : machine.disks()) {
            if (disk.mirror().isEmpty()) {
                Optional.ofNullable(machine.metadata().origins().get(disk.place()))
                        .map(MachineMetadata.Origin::place)
                        .ifPresent(places::add);
                places.addAll(merged(machine, disk.place()));
            }
        }
        places.retainAll(machine.volumes().keySet());
        places.removeIf(machine::uses);
        return new Leftovers(Set.copyOf(places), machine.ownSecrets(places));
    }

    /** Returns the overlays that were merged into what is at a place; one that a later snapshot names is about to be used again. */
    private static Set<Place> merged(MachineXml machine, Place into) {
        Set<Place> merged = new HashSet<>();
        Set<Place> taken = new HashSet<>();
        machine.metadata().snapshots().stream()
                .flatMap(snapshot -> snapshot.disks().stream())
                .forEach(disk -> {
                    Place overlay = Place.of(disk.overlay().attachment());
                    if (disk.content() == SnapshotDisk.Content.INTACT) {
                        taken.add(overlay);
                    } else if (Place.of(disk.frozen().attachment()).equals(into)) {
                        merged.add(overlay);
                    }
                });
        machine.metadata().merges().stream()
                .filter(merge -> merge.into().equals(into))
                .map(MergeNote::overlay)
                .forEach(merged::add);
        merged.removeAll(taken);
        return merged;
    }

    boolean isEmpty() {
        return places.isEmpty();
    }

    /** Has the host forget what a machine that it knows has left. */
    static void clear(LibvirtConnection connection, MachineId machine, DomainNotes notes, SecretKeeper keeper)
            throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine.value());
        if (found.isPresent()) {
            try (LibvirtDomain domain = found.get()) {
                of(MachineXml.read(domain.xml())).clear(connection, domain, notes, keeper);
            }
        }
    }

    /** Has the host forget them, the secrets first: by the notes they are found once more if that fails. */
    void clear(LibvirtConnection connection, LibvirtDomain domain, DomainNotes notes, SecretKeeper keeper)
            throws LibvirtException {
        keeper.adopt(secrets);
        keeper.removeUnused(connection, secrets);
        for (Place place : places) {
            notes.forget(domain, place);
        }
    }
}
