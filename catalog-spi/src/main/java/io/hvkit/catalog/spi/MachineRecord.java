package io.hvkit.catalog.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.MachineId;
import java.time.Instant;
import java.util.Optional;

/**
 * A machine, whether it runs or not. Its disks are {@link MachineDiskRecord}s.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param name unique among machines, and what its host knows it by
 * @param state how it is
 * @param zone where it may run
 * @param needs what it takes of a host
 * @param devices what else it has, such as network cards, as the engine writes it down; nothing that must be kept secret
 * @param host the host that it takes something of; nothing while it is stopped
 * @param target the host that it is on its way to, which it takes as much of
 * @param createdAt when it was asked for
 */
public record MachineRecord(
        RecordId<MachineRecord> id,
        long version,
        String name,
        State state,
        RecordId<ZoneRecord> zone,
        Needs needs,
        Facts devices,
        Optional<RecordId<HostRecord>> host,
        Optional<RecordId<HostRecord>> target,
        Instant createdAt)
        implements CatalogRecord<MachineRecord> {

    /** What {@link #devices} calls the offering. */
    public static final String OFFERING = "offering";

    /** How a machine is. */
    public enum State {
        /** It runs nowhere, and takes nothing of any host. */
        STOPPED,
        /** It is being started on its host. */
        STARTING,
        /** It was started on its host, and nobody has stopped it since. */
        RUNNING,
        /** It is on its way to another host. */
        MOVING,
        /** It is being stopped, and may have ended. */
        STOPPING
    }

    /**
     * What a machine takes of its host.
     *
     * @param cpus how many processors, at least one
     * @param memory how much memory
     */
    public record Needs(int cpus, ByteSize memory) {
        /**
         * Checks the number.
         *
         * @throws IllegalArgumentException if it is less than one
         */
        public Needs {
            if (cpus < 1) {
                throw new IllegalArgumentException("a machine has a processor at least, not " + cpus);
            }
        }
    }

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if the name is none that hosts know machines by
     */
    public MachineRecord {
        Texts.name("a machine's name", new MachineId(name).value());
    }

    /** By name. */
    public static final Field<MachineRecord, String> NAME = Field.of("name", MachineRecord::name);

    /** By zone. */
    public static final Field<MachineRecord, RecordId<ZoneRecord>> ZONE = Field.of("zone", MachineRecord::zone);

    /** By host. */
    public static final Field<MachineRecord, RecordId<HostRecord>> HOST = Field.optional("host", MachineRecord::host);

    /** By the host it is on its way to. */
    public static final Field<MachineRecord, RecordId<HostRecord>> TARGET =
            Field.optional("target", MachineRecord::target);

    /** Returns what its host knows it by. */
    public MachineId machineId() {
        return new MachineId(name);
    }

    /** Returns the offering by which it was had, if it was by one. */
    public Optional<RecordId<OfferingRecord>> offering() {
        return devices.find(OFFERING).map(RecordId::new);
    }

    /** Returns this machine in another state on a host, or on none. */
    public MachineRecord in(State other, Optional<RecordId<HostRecord>> on) {
        return new MachineRecord(id, version, name, other, zone, needs, devices, on, Optional.empty(), createdAt);
    }

    /** Returns this machine with other devices. */
    public MachineRecord having(Facts other) {
        return new MachineRecord(id, version, name, state, zone, needs, other, host, target, createdAt);
    }

    /** Returns this machine on its way to another host. */
    public MachineRecord movingTo(RecordId<HostRecord> other) {
        return new MachineRecord(
                id, version, name, State.MOVING, zone, needs, devices, host, Optional.of(other), createdAt);
    }

    @Override
    public MachineRecord withVersion(long other) {
        return new MachineRecord(id, other, name, state, zone, needs, devices, host, target, createdAt);
    }
}
