package io.hvkit.testkit.storage;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CloneVolume;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The volumes of all pools in memory. Everything is done under one lock. */
final class InMemoryArray {

    private static final ByteSize STEP = ByteSize.mebibytes(1);

    private final Map<VolumeId, InMemoryVolume> volumes = new LinkedHashMap<>();
    private final InMemoryShelves shelves = new InMemoryShelves(this);
    private int lastId;
    private Line line = Line.CONNECTED;

    /** What becomes of calls. */
    enum Line {
        CONNECTED,
        CUT_OFF,
        /** The next call is done, and its answer does not arrive; after that all is well again. */
        LOSING_REPLY
    }

    InMemoryShelves shelves() {
        return shelves;
    }

    synchronized <T> T locked(Supplier<T> work) {
        requireReachable();
        T result = work.get();
        if (line == Line.LOSING_REPLY) {
            line = Line.CONNECTED;
            throw DriverException.because(Failure.UNREACHABLE).message("the storage did not answer; look what it did");
        }
        return result;
    }

    synchronized void requireReachable() {
        if (line == Line.CUT_OFF) {
            throw DriverException.because(Failure.UNREACHABLE)
                    .effect(Effect.NOT_APPLIED)
                    .message("the storage does not answer");
        }
    }

    synchronized void become(Line wanted) {
        line = wanted;
    }

    synchronized void write(VolumeId volume, byte content) {
        require(volume).content = content;
    }

    synchronized byte read(VolumeId volume) {
        return require(volume).content;
    }

    String nextId(String kind) {
        lastId++;
        return kind + "-" + Integer.toHexString(0x5c1e10 + lastId);
    }

    void put(InMemoryVolume volume) {
        volumes.put(volume.make.id(), volume);
    }

    void remove(VolumeId volume) {
        volumes.remove(volume);
    }

    List<InMemoryVolume> in(PoolId pool) {
        return volumes.values().stream()
                .filter(volume -> volume.pool.equals(pool))
                .toList();
    }

    Optional<InMemoryVolume> anywhere(VolumeId volume) {
        return Optional.ofNullable(volumes.get(volume));
    }

    Optional<InMemoryVolume> find(PoolId pool, VolumeId volume) {
        return anywhere(volume).filter(found -> found.pool.equals(pool));
    }

    Optional<InMemoryVolume> named(PoolId pool, String name) {
        return in(pool).stream()
                .filter(volume -> volume.make.name().equals(name))
                .findAny();
    }

    InMemoryVolume require(PoolId pool, VolumeId volume) {
        return find(pool, volume)
                .orElseThrow(() ->
                        DriverException.because(Failure.NOT_FOUND).message("pool %s has no volume %s", pool, volume));
    }

    /** Returns the volume of this pool that has the snapshot. */
    Optional<InMemoryVolume> ownerOf(PoolId pool, SnapshotId snapshot) {
        return in(pool).stream()
                .filter(volume -> volume.snapshots.containsKey(snapshot))
                .findAny();
    }

    boolean isReadByClones(CloneVolume.Source source) {
        return volumes.values().stream().anyMatch(volume -> volume.readsAsLinkedClone(source));
    }

    void requireName(String name) {
        if (!name.matches("[!-~]{1," + InMemoryStorageDriver.LONGEST_NAME + "}")) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a name has 1 to %d visible ASCII characters, not '%s'",
                            InMemoryStorageDriver.LONGEST_NAME, name);
        }
    }

    void requireRoom(PoolId pool, ByteSize more) {
        ByteSize free = InMemoryStorageDriver.CAPACITY.minus(provisioned(pool));
        if (more.compareTo(free) > 0) {
            throw DriverException.because(Failure.EXHAUSTED)
                    .message("pool %s has %s left, and %s are wanted; delete something", pool, free, more);
        }
    }

    ByteSize provisioned(PoolId pool) {
        return in(pool).stream().map(volume -> volume.size).reduce(ByteSize.ZERO, ByteSize::plus);
    }

    static ByteSize rounded(ByteSize size) {
        return size.roundedUpTo(STEP);
    }

    InMemoryVolume require(VolumeId volume) {
        return anywhere(volume)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND).message("there is no volume %s", volume));
    }
}
