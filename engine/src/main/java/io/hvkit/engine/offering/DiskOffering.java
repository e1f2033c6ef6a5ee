package io.hvkit.engine.offering;

import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import io.hvkit.engine.placement.PlacedVolumeRequest;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.placement.VolumeQuery.Sharing;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import io.hvkit.storage.spi.VolumeLimits;
import java.util.Optional;
import java.util.Set;

/**
 * A kind of volume that an operator offers. Immutable.
 *
 * @param name unique among offerings
 * @param protection whether the bytes of its volumes may lie in the clear
 * @param sizes how large they may be
 * @param format how their bytes are laid out, before they are encrypted
 * @param sharing how many hosts must reach them
 * @param limits how much work they may make; those of the storage that cannot limit are not taken
 * @param tags all of them must be on the pool
 */
@Incubating(since = "0.1")
public record DiskOffering(
        String name,
        Protection protection,
        SizeRange sizes,
        ImageFormat format,
        Sharing sharing,
        VolumeLimits limits,
        Set<String> tags) {

    /**
     * Copies the set, and checks the tags.
     *
     * @throws IllegalArgumentException if a tag is blank or has a comma
     */
    public DiskOffering {
        tags = Terms.checked(tags);
    }

    /** Returns an offering of plain raw volumes of any size in any pool. */
    public static DiskOffering named(String name) {
        return new DiskOffering(
                name, Protection.PLAIN, SizeRange.ANY, ImageFormat.RAW, Sharing.ANY, VolumeLimits.none(), Set.of());
    }

    /** Returns this offering, of volumes that nobody reads without a key. */
    public DiskOffering encrypted() {
        return new DiskOffering(name, Protection.ENCRYPTED, sizes, format, sharing, limits, tags);
    }

    /** Returns this offering, of volumes of other sizes. */
    public DiskOffering of(SizeRange other) {
        return new DiskOffering(name, protection, other, format, sharing, limits, tags);
    }

    /** Returns this offering, of volumes of one size. */
    public DiskOffering of(ByteSize size) {
        return of(SizeRange.exactly(size));
    }

    /** Returns this offering, of volumes in another format. */
    public DiskOffering as(ImageFormat other) {
        return new DiskOffering(name, protection, sizes, other, sharing, limits, tags);
    }

    /** Returns this offering, of volumes that several hosts reach, or one alone. */
    public DiskOffering reachedBy(Sharing other) {
        return new DiskOffering(name, protection, sizes, format, other, limits, tags);
    }

    /** Returns this offering, of volumes with these limits. */
    public DiskOffering limitedTo(VolumeLimits other) {
        return new DiskOffering(name, protection, sizes, format, sharing, other, tags);
    }

    /** Returns this offering, in pools with one more tag. */
    public DiskOffering tagged(String tag) {
        return new DiskOffering(name, protection, sizes, format, sharing, limits, Terms.with(tags, tag));
    }

    /**
     * Reads an offering of volumes.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is one of machines
     */
    public static DiskOffering in(OfferingRecord record) {
        return Terms.readDisk(record);
    }

    /** Asks for pools for a volume of this offering. */
    public VolumeQuery query(ByteSize size, Reach within) {
        return new VolumeQuery(size, within, format, protection, sharing, tags, Set.of(), Set.of(), Optional.empty());
    }

    /**
     * Asks for a volume of an offering, on its terms and {@linkplain VolumeRequest#by by} it.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is an offering of machines
     */
    public static VolumeRequest volumeOf(
            OfferingRecord offering, String volumeName, ByteSize size, RecordId<PoolRecord> pool) {
        return in(offering).volume(volumeName, size, pool).by(offering.id());
    }

    /**
     * Asks for a volume of an offering in whichever of its pools is best, on its terms and {@linkplain PlacedVolumeRequest#by by} it.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is an offering of machines
     */
    public static PlacedVolumeRequest placedVolumeOf(
            OfferingRecord offering, String volumeName, ByteSize size, Reach within) {
        return PlacedVolumeRequest.named(volumeName, in(offering).query(size, within))
                .by(offering.id());
    }

    /** Asks for a volume on these terms, which is by no offering; {@link #volumeOf} asks for one that is. */
    public VolumeRequest volume(String volumeName, ByteSize size, RecordId<PoolRecord> pool) {
        VolumeRequest plain = VolumeRequest.blank(volumeName, size, pool).as(format);
        return protection == Protection.ENCRYPTED ? plain.encrypted() : plain;
    }

    /**
     * Checks a size against this offering.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is another one, naming those it has
     */
    public void require(ByteSize size) {
        if (!sizes.holds(size)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "offering %s has volumes of %s, not of %s; choose another size or offering",
                            name, sizes, size);
        }
    }

    /**
     * Checks what is asked for against this offering.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is of another size, in another format, or plain and the offering encrypts, or the
     *     other way round
     */
    public void require(VolumeRequest request) {
        require(request.size());
        if (request.protection() != protection || request.format() != format) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "offering %s has volumes that are %s and %s, and volume %s is to be %s and %s; ask for what the offering"
                                    + " has",
                            name, protection, format, request.name(), request.protection(), request.format());
        }
    }
}
