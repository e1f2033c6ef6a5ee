package io.hvkit.engine.volume;

import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.Names;
import io.hvkit.engine.usage.Account;
import java.util.Optional;

/**
 * A volume that is wanted. Equal requests under one idempotency key are the same request.
 *
 * @param name unique among volumes
 * @param size the least it must hold; a whole number of 512 bytes
 * @param pool the pool it is to be in
 * @param format how its bytes are to be laid out, before it is encrypted
 * @param protection whether its bytes may lie in the clear
 * @param owner for whom it counts; for nobody if it is not said, as what a platform makes for itself
 * @param offering the offering by which it is had, if it is by one
 */
@Incubating(since = "0.1")
public record VolumeRequest(
        String name,
        ByteSize size,
        RecordId<PoolRecord> pool,
        ImageFormat format,
        Protection protection,
        Optional<Account> owner,
        Optional<RecordId<OfferingRecord>> offering) {

    /** Whether the bytes of a volume may lie in the clear. */
    public enum Protection {
        /** They may. */
        PLAIN,
        /** They may not: the pool encrypts them, or the hypervisor does with a key that the engine makes. */
        ENCRYPTED
    }

    /**
     * Checks the size and the name.
     *
     * @throws IllegalArgumentException if the size is zero or no whole number of 512 bytes, or the name has another form
     */
    public VolumeRequest {
        Names.check("volume", name);
        if (size.equals(ByteSize.ZERO) || !size.isMultipleOf(ByteSize.bytes(512))) {
            throw new IllegalArgumentException("a volume has a whole number of 512 bytes, at least one, not " + size);
        }
    }

    /** Returns a request for a plain raw volume full of zeroes. */
    public static VolumeRequest blank(String name, ByteSize size, RecordId<PoolRecord> pool) {
        return new VolumeRequest(
                name, size, pool, ImageFormat.RAW, Protection.PLAIN, Optional.empty(), Optional.empty());
    }

    /** Returns this request in another format. */
    public VolumeRequest as(ImageFormat other) {
        return new VolumeRequest(name, size, pool, other, protection, owner, offering);
    }

    /** Returns this request for a volume that nobody reads without a key. */
    public VolumeRequest encrypted() {
        return new VolumeRequest(name, size, pool, format, Protection.ENCRYPTED, owner, offering);
    }

    /** Returns this request for a volume that counts for an account. */
    public VolumeRequest ownedBy(Account account) {
        return new VolumeRequest(name, size, pool, format, protection, Optional.of(account), offering);
    }

    /**
     * Returns this request for a volume of an offering, whose terms it must have: see {@link io.hvkit.engine.offering.DiskOffering#volume}. It
     * counts for {@link Account#ROOT} unless it has an owner.
     */
    public VolumeRequest by(RecordId<OfferingRecord> other) {
        return new VolumeRequest(
                name, size, pool, format, protection, Optional.of(owner.orElse(Account.ROOT)), Optional.of(other));
    }
}
