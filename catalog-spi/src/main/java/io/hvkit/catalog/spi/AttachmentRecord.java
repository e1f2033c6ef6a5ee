package io.hvkit.catalog.spi;

import io.hvkit.core.MachineId;

/**
 * A machine's use of a volume on a host.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param volume the volume; at most one record for each machine
 * @param host where
 * @param machine by which machine
 */
public record AttachmentRecord(
        RecordId<AttachmentRecord> id,
        long version,
        RecordId<VolumeRecord> volume,
        RecordId<HostRecord> host,
        MachineId machine)
        implements CatalogRecord<AttachmentRecord> {

    /** By volume. */
    public static final Field<AttachmentRecord, RecordId<VolumeRecord>> VOLUME =
            Field.of("volume", AttachmentRecord::volume);

    /** By host. */
    public static final Field<AttachmentRecord, RecordId<HostRecord>> HOST = Field.of("host", AttachmentRecord::host);

    /** By machine. */
    public static final Field<AttachmentRecord, MachineId> MACHINE = Field.of("machine", AttachmentRecord::machine);

    /** Returns a use that is not kept yet. */
    public static AttachmentRecord of(RecordId<VolumeRecord> volume, RecordId<HostRecord> host, MachineId machine) {
        return new AttachmentRecord(RecordId.random(), 0, volume, host, machine);
    }

    @Override
    public AttachmentRecord withVersion(long other) {
        return new AttachmentRecord(id, other, volume, host, machine);
    }
}
