package io.hvkit.engine.placement;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A question for a pool to make a volume in. Immutable.
 *
 * @param size the least the volume must hold; a whole number of 512 bytes
 * @param within who is to use it: a host of that zone, one of that cluster, or that host. A pool qualifies if one of them reaches it
 * @param format how its bytes are to be laid out, before it is encrypted
 * @param protection whether its bytes may lie in the clear
 * @param sharing whether several hosts must reach it
 * @param tags all of them must be on the pool
 * @param preferred the pools to take if they qualify, best first
 * @param excluded the pools not to take, such as those where it failed
 * @param owner for whom it is
 */
@Incubating(since = "0.1")
public record VolumeQuery(
        ByteSize size,
        Reach within,
        ImageFormat format,
        Protection protection,
        Sharing sharing,
        Set<String> tags,
        Set<RecordId<PoolRecord>> preferred,
        Set<RecordId<PoolRecord>> excluded,
        Optional<String> owner) {

    /** How many hosts must reach a volume. */
    public enum Sharing {
        /** One or several. */
        ANY,
        /** Several. */
        SHARED,
        /** One and no other. */
        LOCAL
    }

    /**
     * Copies the sets, and checks the size.
     *
     * @throws IllegalArgumentException if the size is zero or no whole number of 512 bytes
     */
    public VolumeQuery {
        if (size.equals(ByteSize.ZERO) || !size.isMultipleOf(ByteSize.bytes(512))) {
            throw new IllegalArgumentException("a volume has a whole number of 512 bytes, at least one, not " + size);
        }
        tags = Set.copyOf(tags);
        preferred = Collections.unmodifiableSet(new LinkedHashSet<>(preferred));
        excluded = Set.copyOf(excluded);
    }

    /** Asks for any pool that a host of a zone, one of a cluster, or one host reaches, for a plain raw volume. */
    public static VolumeQuery of(ByteSize size, Reach within) {
        return new VolumeQuery(
                size,
                within,
                ImageFormat.RAW,
                Protection.PLAIN,
                Sharing.ANY,
                Set.of(),
                Set.of(),
                Set.of(),
                Optional.empty());
    }

    /** Asks for volumes in another format. */
    public VolumeQuery as(ImageFormat other) {
        return new VolumeQuery(size, within, other, protection, sharing, tags, preferred, excluded, owner);
    }

    /** Asks for a volume that nobody reads without a key. */
    public VolumeQuery encrypted() {
        return new VolumeQuery(size, within, format, Protection.ENCRYPTED, sharing, tags, preferred, excluded, owner);
    }

    /** Asks for a pool that several hosts reach. */
    public VolumeQuery shared() {
        return new VolumeQuery(size, within, format, protection, Sharing.SHARED, tags, preferred, excluded, owner);
    }

    /** Asks for a pool that one host alone reaches. */
    public VolumeQuery local() {
        return new VolumeQuery(size, within, format, protection, Sharing.LOCAL, tags, preferred, excluded, owner);
    }

    /** Asks for pools with one more tag. */
    public VolumeQuery tagged(String tag) {
        return new VolumeQuery(size, within, format, protection, sharing, with(tags, tag), preferred, excluded, owner);
    }

    /** Asks for {@code pool} if it qualifies, after those that were preferred before. */
    public VolumeQuery preferring(RecordId<PoolRecord> pool) {
        return new VolumeQuery(size, within, format, protection, sharing, tags, with(preferred, pool), excluded, owner);
    }

    /** Asks for any pool but this one. */
    public VolumeQuery excluding(RecordId<PoolRecord> pool) {
        return new VolumeQuery(size, within, format, protection, sharing, tags, preferred, with(excluded, pool), owner);
    }

    /** Says for whom it is. */
    public VolumeQuery forOwner(String name) {
        return new VolumeQuery(size, within, format, protection, sharing, tags, preferred, excluded, Optional.of(name));
    }

    private static <E> Set<E> with(Set<E> some, E one) {
        Set<E> more = new LinkedHashSet<>(some);
        more.add(one);
        return more;
    }
}
