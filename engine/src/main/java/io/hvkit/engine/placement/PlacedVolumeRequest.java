package io.hvkit.engine.placement;

import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.Names;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import java.util.Optional;

/**
 * A volume that is wanted in whichever pool answers a question best. Equal requests under one idempotency key are the same request.
 *
 * @param name unique among volumes
 * @param query what its pool is asked for, and so how large the volume is, how it is laid out and whether it is encrypted
 * @param owner for whom it counts; for nobody if it is not said, as what a platform makes for itself
 * @param offering the offering by which it is had, if it is by one
 */
@Incubating(since = "0.1")
public record PlacedVolumeRequest(
        String name, VolumeQuery query, Optional<Account> owner, Optional<RecordId<OfferingRecord>> offering) {

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it has another form
     */
    public PlacedVolumeRequest {
        Names.check("volume", name);
    }

    /** Asks for a volume full of zeroes in the pool that answers a question best. */
    public static PlacedVolumeRequest named(String name, VolumeQuery query) {
        return new PlacedVolumeRequest(name, query, Optional.empty(), Optional.empty());
    }

    /** Returns this request for a volume that counts for an account, whose volumes are dispersed if the question says of nobody. */
    public PlacedVolumeRequest ownedBy(Account account) {
        VolumeQuery asked = query.owner().isPresent() ? query : query.forOwner(account.path());
        return new PlacedVolumeRequest(name, asked, Optional.of(account), offering);
    }

    /**
     * Returns this request for a volume of an offering, whose terms the question must have: see {@link
     * io.hvkit.engine.offering.DiskOffering#placedVolumeOf}. It counts for {@link Account#ROOT} unless it has an owner.
     */
    public PlacedVolumeRequest by(RecordId<OfferingRecord> other) {
        return new PlacedVolumeRequest(name, query, Optional.of(owner.orElse(Account.ROOT)), Optional.of(other));
    }

    /** Returns the request for it once its pool is known. */
    public VolumeRequest in(RecordId<PoolRecord> pool) {
        VolumeRequest plain = VolumeRequest.blank(name, query.size(), pool).as(query.format());
        VolumeRequest wanted = query.protection() == Protection.ENCRYPTED ? plain.encrypted() : plain;
        VolumeRequest owned = owner.map(wanted::ownedBy).orElse(wanted);
        return offering.map(owned::by).orElse(owned);
    }
}
