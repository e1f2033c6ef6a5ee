package io.hvkit.catalog.spi;

/**
 * A volume that is a disk of a machine, whether that runs or not.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param machine the machine
 * @param volume the volume; of one machine at most
 * @param position its place among the machine's disks; the machine boots from the lowest. No two of a machine are equal
 */
public record MachineDiskRecord(
        RecordId<MachineDiskRecord> id,
        long version,
        RecordId<MachineRecord> machine,
        RecordId<VolumeRecord> volume,
        int position)
        implements CatalogRecord<MachineDiskRecord> {

    /** By machine. */
    public static final Field<MachineDiskRecord, RecordId<MachineRecord>> MACHINE =
            Field.of("machine", MachineDiskRecord::machine);

    /** By volume. */
    public static final Field<MachineDiskRecord, RecordId<VolumeRecord>> VOLUME =
            Field.of("volume", MachineDiskRecord::volume);

    /** Returns a disk that is not kept yet. */
    public static MachineDiskRecord of(RecordId<MachineRecord> machine, RecordId<VolumeRecord> volume, int position) {
        return new MachineDiskRecord(RecordId.random(), 0, machine, volume, position);
    }

    @Override
    public MachineDiskRecord withVersion(long other) {
        return new MachineDiskRecord(id, other, machine, volume, position);
    }
}
