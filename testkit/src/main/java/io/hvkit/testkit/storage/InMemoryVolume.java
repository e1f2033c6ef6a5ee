package io.hvkit.testkit.storage;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumeLimits;
import io.hvkit.storage.spi.VolumeUse;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** A volume in memory. Used under the lock of its array. */
final class InMemoryVolume {

    /**
     * What does not change, but for the name.
     *
     * @param lock a hash of the key that it was made with, if there is one
     * @param origin what it was made from, if it was not blank
     */
    record Make(
            VolumeId id,
            String name,
            ImageFormat format,
            VolumeEncryption encryption,
            Optional<String> lock,
            Optional<Origin> origin) {

        Make named(String other) {
            return new Make(id, other, format, encryption, lock, origin);
        }
    }

    /**
     * What a volume was made from.
     *
     * @param request the request for it
     * @param linked what it reads as long as it is there
     */
    record Origin(Object request, Optional<CloneVolume.Source> linked) {

        static Origin of(Object request, CloneVolume.Source source, CloneVolume.Depth depth) {
            return new Origin(request, depth == CloneVolume.Depth.LINKED ? Optional.of(source) : Optional.empty());
        }
    }

    /** A point in time. */
    record Kept(Snapshot snapshot, byte content, Moment moment) {}

    /** When it was: those that were taken together have the same one. */
    static final class Moment {}

    Make make;
    final Set<VolumeUse> uses = new LinkedHashSet<>();
    final Map<SnapshotId, Kept> snapshots = new LinkedHashMap<>();

    /** Hashes of the keys that open it, by their slots. */
    final SortedMap<Integer, String> locks = new TreeMap<>();

    PoolId pool;

    /** Where its bytes are, if they were moved behind the back of its pool. */
    Optional<PoolId> lies = Optional.empty();

    ByteSize size;
    byte content;
    VolumeLimits limits = VolumeLimits.none();
    Optional<InMemoryMove> move = Optional.empty();

    InMemoryVolume(Make make, PoolId pool, ByteSize size) {
        this.make = make;
        this.pool = pool;
        this.size = size;
        make.lock.ifPresent(lock -> locks.put(0, lock));
    }

    Volume describe() {
        Volume bare = Volume.of(make.id, make.name, size, make.format);
        Volume plain = make.format == ImageFormat.VMDK ? bare.carrying(uuid()) : bare;
        boolean isProved = make.encryption == VolumeEncryption.BY_STORAGE || make.lock.isPresent();
        return isProved ? plain.attestedBy(make.encryption + " in memory") : plain;
    }

    /** Of its id: it is the same wherever the bytes are. */
    private DiskUuid uuid() {
        return new DiskUuid("6000c29a%024x".formatted(make.id.value().hashCode() & 0xffffffffL));
    }

    boolean lacksHeader() {
        return make.encryption == VolumeEncryption.WITH_KEY && locks.isEmpty();
    }

    boolean readsAsLinkedClone(CloneVolume.Source source) {
        return make.origin.flatMap(Origin::linked).filter(source::equals).isPresent();
    }
}
