package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.MachineClone;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Ref;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Looks at what is to be cloned, and says what is missing. */
final class CloneSource {

    private final Site site;
    private final VmReader reader;
    private final Datastores stores;

    CloneSource(Site site, VmReader reader) {
        this.site = site;
        this.reader = reader;
        this.stores = new Datastores(site);
    }

    /**
     * How a clone is made.
     *
     * @param config what differs from the source
     * @param datastores that are read or written
     */
    record Plan(
            Vm source,
            Optional<SnapshotTree.Entry> snapshot,
            Notes.OfClone origin,
            Data config,
            Ref datastore,
            List<String> datastores) {}

    Plan plan(MachineId id, CloneRequest request) throws InterruptedException {
        Vm source = reader.registered(id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("host %s has no machine and no template %s", site.name(), id));
        Optional<SnapshotTree.Entry> snapshot =
                request.snapshot().flatMap(name -> source.snapshots().find(name));
        if (request.snapshot().isPresent() && snapshot.isEmpty()) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message(
                            "machine %s has no snapshot %s",
                            id, request.snapshot().get());
        }
        MachineClone.Kind kind = request.kind().orElse(site.policy().kindOn(site.datastore()));
        if (kind == MachineClone.Kind.LINKED && snapshot.isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a linked clone of %s needs a snapshot to lie over: take one and name it with from(...), or ask"
                                    + " for a full clone",
                            id);
        }
        Vm then =
                snapshot.isEmpty() ? source : source.at(reader.of(snapshot.get().ref(), Vm.AT_SNAPSHOT));
        Notes.OfClone origin = new Notes.OfClone(id, kind, request.snapshot(), request.volumes());
        Data config = Data.of("VirtualMachineConfigSpec")
                .with("deviceChange", then.readdressed())
                .with("extraConfig", source.notes().ofClone(origin, units(then, request)));
        List<String> involved = Stream.concat(
                        Stream.of(site.datastore()),
                        then.disks().stream().map(disk -> disk.file().datastore()))
                .distinct()
                .toList();
        return new Plan(source, snapshot, origin, config, stores.named(site.datastore()), involved);
    }

    /** Returns which volume is at which unit; a disk that nobody named would have nobody in the clone. */
    private static Map<Integer, VolumeId> units(Vm source, CloneRequest request) {
        Map<Integer, VolumeId> units = new TreeMap<>();
        for (VmDisk disk : source.disks()) {
            VolumeId volume = disk.volume()
                    .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                            .message(
                                    "disk %s of %s is no volume that was attached here, and has no name in a clone; detach it",
                                    disk.file(), source.id()));
            if (!request.volumes().containsKey(volume)) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "disk %s of %s has no name in the clone; give it one with calling(...)",
                                volume, source.id());
            }
            units.put(disk.unit(), volume);
        }
        for (VolumeId named : request.volumes().keySet()) {
            if (!units.containsValue(named)) {
                throw DriverException.because(Failure.NOT_FOUND)
                        .message("machine %s has no disk %s", source.id(), named);
            }
        }
        return units;
    }
}
