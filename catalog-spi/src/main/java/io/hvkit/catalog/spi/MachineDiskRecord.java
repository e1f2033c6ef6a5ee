package io.hvkit.catalog.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.VolumeId;
import java.util.List;

/**
 * A volume that is a disk of a machine, whether that runs or not.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param machine the machine
 * @param volume the volume; of one machine at most
 * @param position its place among the machine's disks; the machine boots from the lowest. No two of a machine are equal
 * @param overlays what lies over the volume since it was frozen, the lowest first; the volume alone is the disk if there is none. The
 *     highest is what the machine writes to
 */
public record MachineDiskRecord(
        RecordId<MachineDiskRecord> id,
        long version,
        RecordId<MachineRecord> machine,
        RecordId<VolumeRecord> volume,
        int position,
        List<Overlay> overlays)
        implements CatalogRecord<MachineDiskRecord> {

    /**
     * An image that holds what was written since what is below it was frozen.
     *
     * @param disk what it is called as a disk
     * @param place where the machine's host has it
     * @param state whether it is known to be what the machine has
     */
    public record Overlay(VolumeId disk, Attachment place, State state) {

        /** Whether an overlay is what the machine has, or had. */
        public enum State {
            /** It is: all below it, without it, is old. */
            LAID,
            /** The machine was to be given it, and nobody has seen whether it was. */
            TAKING,
            /** It is to be merged into what is below it; whether it is needed still, only a look at the machine tells. */
            MERGING
        }

        /** Returns this overlay in another state. */
        public Overlay in(State other) {
            return new Overlay(disk, place, other);
        }
    }

    /** Copies the list. */
    public MachineDiskRecord {
        overlays = List.copyOf(overlays);
    }

    /** By machine. */
    public static final Field<MachineDiskRecord, RecordId<MachineRecord>> MACHINE =
            Field.of("machine", MachineDiskRecord::machine);

    /** By volume. */
    public static final Field<MachineDiskRecord, RecordId<VolumeRecord>> VOLUME =
            Field.of("volume", MachineDiskRecord::volume);

    /** Returns a disk that is not kept yet, and is the volume alone. */
    public static MachineDiskRecord of(RecordId<MachineRecord> machine, RecordId<VolumeRecord> volume, int position) {
        return new MachineDiskRecord(RecordId.random(), 0, machine, volume, position, List.of());
    }

    /** Returns this disk with other overlays. */
    public MachineDiskRecord under(List<Overlay> others) {
        return new MachineDiskRecord(id, version, machine, volume, position, others);
    }

    @Override
    public MachineDiskRecord withVersion(long other) {
        return new MachineDiskRecord(id, other, machine, volume, position, overlays);
    }
}
