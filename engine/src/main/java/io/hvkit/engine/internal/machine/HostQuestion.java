package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.engine.machine.MachineRequest.Placing;
import io.hvkit.engine.machine.MigrateRequest.Luggage;
import io.hvkit.engine.machine.MigrateRequest.OutOfReach;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.MachineSpec;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a machine needs of a host.
 *
 * @param name what the machine is called
 * @param zone where it may run
 * @param needs what it takes of the host
 * @param placing whom it may run with
 * @param features what the host's hypervisor must offer
 * @param pools the pools that its disks are in, or are to be in, which the host must reach
 * @param bounds which hosts come into question at all
 */
record HostQuestion(
        String name,
        RecordId<ZoneRecord> zone,
        MachineRecord.Needs needs,
        Placing placing,
        Set<HypervisorFeature> features,
        List<PoolRecord> pools,
        Bounds bounds) {

    /**
     * Which hosts come into question.
     *
     * @param only this one alone; any if there is none
     * @param current not this one, where the machine is
     */
    record Bounds(Optional<RecordId<HostRecord>> only, Optional<RecordId<HostRecord>> current) {
        static final Bounds NONE = new Bounds(Optional.empty(), Optional.empty());
    }

    /** Returns the question for a machine with its disks, where they are. */
    static HostQuestion of(
            Transaction transaction, MachineRecord machine, List<RecordId<VolumeRecord>> disks, Bounds bounds) {
        return of(transaction, machine, disks, bounds, new Luggage(Map.of(), OutOfReach.REFUSED));
    }

    /** Returns the question for a machine that takes some of its disks along. */
    static HostQuestion of(
            Transaction transaction,
            MachineRecord machine,
            List<RecordId<VolumeRecord>> disks,
            Bounds bounds,
            Luggage luggage) {
        List<PoolRecord> pools = new ArrayList<>();
        Set<HypervisorFeature> features = features(MachineFacts.spec(machine));
        for (RecordId<VolumeRecord> disk : disks) {
            VolumeRecord volume = transaction.volumes().require(disk);
            pool(volume, luggage).map(transaction.pools()::require).ifPresent(pools::add);
            if (volume.key().isPresent()) {
                features.add(HypervisorFeature.ENCRYPTED_DISKS);
            }
        }
        if (bounds.current.isPresent()) {
            features.add(HypervisorFeature.LIVE_MIGRATION);
        }
        if (pools.stream().anyMatch(pool -> pool.reach().host().isPresent())) {
            features.add(HypervisorFeature.LOCAL_STORAGE);
        }
        return new HostQuestion(
                machine.name(),
                machine.zone(),
                machine.needs(),
                MachineFacts.placing(machine.devices()),
                features,
                pools.stream().distinct().toList(),
                bounds);
    }

    /** Returns the pool that the host must reach for a disk; nothing if the disk goes where the host can have it. */
    private static Optional<RecordId<PoolRecord>> pool(VolumeRecord volume, Luggage luggage) {
        RecordId<PoolRecord> named = luggage.pools().get(volume.id());
        if (named != null) {
            return Optional.of(named);
        }
        return luggage.others() == OutOfReach.REFUSED
                ? Optional.of(volume.place().pool())
                : Optional.empty();
    }

    private static Set<HypervisorFeature> features(MachineSpec spec) {
        Set<HypervisorFeature> features = EnumSet.noneOf(HypervisorFeature.class);
        if (!spec.nics().isEmpty()) {
            features.add(HypervisorFeature.NETWORK_CARDS);
        }
        if (spec.kernel().isPresent()) {
            features.add(HypervisorFeature.KERNEL_BOOT);
        }
        if (spec.serialLog().isPresent()) {
            features.add(HypervisorFeature.SERIAL_LOG);
        }
        return features;
    }
}
