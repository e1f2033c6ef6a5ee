package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.engine.machine.MachineRequest.Placing;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.MachineSpec;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
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
 * @param pools the pools that its disks are in, which the host must reach
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

    /** Returns the question for a machine with its disks. */
    static HostQuestion of(
            Transaction transaction, MachineRecord machine, List<RecordId<VolumeRecord>> disks, Bounds bounds) {
        List<PoolRecord> pools = new ArrayList<>();
        Set<HypervisorFeature> features = features(MachineFacts.spec(machine));
        for (RecordId<VolumeRecord> disk : disks) {
            VolumeRecord volume = transaction.volumes().require(disk);
            pools.add(transaction.pools().require(volume.place().pool()));
            if (volume.key().isPresent()) {
                features.add(HypervisorFeature.ENCRYPTED_DISKS);
            }
        }
        if (bounds.current.isPresent()) {
            features.add(HypervisorFeature.LIVE_MIGRATION);
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
