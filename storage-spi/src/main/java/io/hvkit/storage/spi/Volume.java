package io.hvkit.storage.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import io.hvkit.core.VolumeId;
import java.util.Optional;

/** A volume as it is now. */
public final class Volume {

    private record Fields(
            VolumeId id,
            String name,
            ByteSize size,
            ImageFormat format,
            Optional<String> attestation,
            Optional<DiskUuid> diskUuid,
            Optional<String> liesIn) {}

    private final Fields fields;

    private Volume(Fields fields) {
        this.fields = fields;
    }

    /** Returns a plain volume; {@code size} is at least what was asked for, since drivers round up to their granularity. */
    public static Volume of(VolumeId id, String name, ByteSize size, ImageFormat format) {
        return new Volume(new Fields(id, name, size, format, Optional.empty(), Optional.empty(), Optional.empty()));
    }

    /**
     * Returns this volume as encrypted, with the proof: what its header says, read back from the bytes; or, where the storage
     * encrypts, what the storage says of this volume when it is asked.
     */
    public Volume attestedBy(String proof) {
        return new Volume(new Fields(
                fields.id,
                fields.name,
                fields.size,
                fields.format,
                Optional.of(proof),
                fields.diskUuid,
                fields.liesIn));
    }

    /** Returns this volume as one whose file carries a UUID, by which a hypervisor knows it. */
    public Volume carrying(DiskUuid uuid) {
        return new Volume(new Fields(
                fields.id,
                fields.name,
                fields.size,
                fields.format,
                fields.attestation,
                Optional.of(uuid),
                fields.liesIn));
    }

    /** Returns this volume as one whose bytes the storage has moved to another pool by itself, which has that identity. */
    @Incubating(since = "0.1")
    public Volume lyingIn(String pool) {
        return new Volume(new Fields(
                fields.id,
                fields.name,
                fields.size,
                fields.format,
                fields.attestation,
                fields.diskUuid,
                Optional.of(pool)));
    }

    /** Returns the driver's id: opaque, and the same as long as the volume exists. */
    public VolumeId id() {
        return fields.id;
    }

    /** Returns the name it was created under. */
    public String name() {
        return fields.name;
    }

    /** Returns how much it holds, as its machine sees it. */
    public ByteSize size() {
        return fields.size;
    }

    /** Returns how its bytes are laid out, as the driver states it; nobody guesses it from the bytes. */
    public ImageFormat format() {
        return fields.format;
    }

    /** Returns the proof that it is encrypted, if it is. */
    public Optional<String> attestation() {
        return fields.attestation;
    }

    /**
     * Returns the UUID that its file carries, as the storage tells it now; nothing if it carries none, as most kinds do. Linked clones
     * carry their source's, so it may be that of several volumes.
     */
    public Optional<DiskUuid> diskUuid() {
        return fields.diskUuid;
    }

    /**
     * Returns the {@linkplain StoragePool#identity identity} of the pool in which its bytes lie, if the storage has moved them out of this
     * one by itself; nothing while they are where they belong. That pool may {@linkplain Adoption take it over}.
     */
    @Incubating(since = "0.1")
    public Optional<String> liesIn() {
        return fields.liesIn;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Volume that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "Volume" + fields;
    }
}
