package io.hvkit.engine.snapshot;

import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.Names;
import io.hvkit.engine.offering.DiskOffering;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import java.util.Optional;

/**
 * A new volume that is to hold what a snapshot holds. It stands on nothing, and has a key of its own if it is encrypted. Equal requests
 * under one idempotency key are the same request.
 *
 * @param snapshot the snapshot
 * @param name unique among volumes
 * @param pool the pool it is to be in
 * @param format how its bytes are to be laid out, before it is encrypted
 * @param protection whether its bytes may lie in the clear
 * @param owner for whom it counts, if it does for somebody; whoever has the volume of the snapshot is not asked
 * @param offering the offering whose terms it must have, if it is had by one
 */
@Incubating(since = "0.1")
public record RestoreRequest(
        RecordId<SnapshotRecord> snapshot,
        String name,
        RecordId<PoolRecord> pool,
        ImageFormat format,
        Protection protection,
        Optional<Account> owner,
        Optional<RecordId<OfferingRecord>> offering) {

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it has another form
     */
    public RestoreRequest {
        Names.check("volume", name);
    }

    /** Returns a request for a plain volume in qcow2. */
    public static RestoreRequest of(RecordId<SnapshotRecord> snapshot, String name, RecordId<PoolRecord> pool) {
        return new RestoreRequest(
                snapshot, name, pool, ImageFormat.QCOW2, Protection.PLAIN, Optional.empty(), Optional.empty());
    }

    /** Returns this request in another format. */
    public RestoreRequest as(ImageFormat other) {
        return new RestoreRequest(snapshot, name, pool, other, protection, owner, offering);
    }

    /** Returns this request for a volume that nobody reads without a key, as one must be that is made of an encrypted snapshot. */
    public RestoreRequest encrypted() {
        return new RestoreRequest(snapshot, name, pool, format, Protection.ENCRYPTED, owner, offering);
    }

    /** Returns this request for a volume that counts for an account. */
    public RestoreRequest ownedBy(Account account) {
        return new RestoreRequest(snapshot, name, pool, format, protection, Optional.of(account), offering);
    }

    /**
     * Returns this request for a volume of an offering: in its format, encrypted if it encrypts, with its limits, and in a pool that has what it
     * says. It counts for {@link Account#ROOT} unless it has an owner. As large as the snapshot's disk was, it must be of a size that the offering
     * has.
     *
     * @throws io.hvkit.core.DriverException with {@code INVALID_REQUEST} if it is an offering of machines
     */
    public RestoreRequest by(OfferingRecord other) {
        DiskOffering terms = DiskOffering.in(other);
        return new RestoreRequest(
                snapshot,
                name,
                pool,
                terms.format(),
                terms.protection(),
                Optional.of(owner.orElse(Account.ROOT)),
                Optional.of(other.id()));
    }
}
