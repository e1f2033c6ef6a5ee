package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolMigrationJob;
import io.hvkit.storage.spi.StoragePool;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Moves to other pools of the array, by the array. A volume's whole tree goes, with all ids, under the machine that writes; notes
 * about it are found by its id, wherever they lie.
 */
final class ArrayMigration implements PoolMigration {

    private final ArrayCalls calls;
    private final TreeCalls trees;
    private final ArrayVolumes volumes;
    private final MoveRules rules;
    private final ScaleIoPool.Opened here;
    private final Map<String, PoolId> known = new ConcurrentHashMap<>();

    ArrayMigration(ArrayCalls calls, TreeCalls trees, ArrayVolumes volumes, ScaleIoPool.Opened here) {
        this.calls = calls;
        this.trees = trees;
        this.volumes = volumes;
        this.rules = new MoveRules(calls, trees, volumes);
        this.here = here;
        known.put(here.pool(), here.id());
    }

    /** By the system's id: two gateways, or two names of one, may speak for the same system. */
    @Override
    public boolean reaches(StoragePool target) {
        return target instanceof ScaleIoPool other && other.opened().system().equals(here.system());
    }

    @Override
    public PoolMigrationJob start(VolumeId id, StoragePool target) throws InterruptedException {
        ScaleIoPool.Opened to = requireReached(target);
        known.put(to.pool(), to.id());
        ArrayVolume volume = require(id, to);
        TreeState state = trees.state(volume.place().tree());
        if (state.isOnTheWay()) {
            return same(volume, state, to);
        }
        if (volume.place().pool().equals(to.pool())) {
            return TreeMove.ended(calls, trees, journey(volume, "", to.pool()));
        }
        rules.require(volume, to.pool());
        send(volume, to.pool());
        return new TreeMove(calls, trees, journey(volume, here.pool(), to.pool()));
    }

    private ScaleIoPool.Opened requireReached(StoragePool target) {
        if (target instanceof ScaleIoPool other && reaches(target)) {
            return other.opened();
        }
        throw DriverException.because(Failure.UNSUPPORTED)
                .message(
                        "pool %s is not of the PowerFlex system %s; copy the volume instead",
                        target.id(), here.system());
    }

    private ArrayVolume require(VolumeId id, ScaleIoPool.Opened to) throws InterruptedException {
        Optional<ArrayVolume> volume = Names.isId(id.value()) ? calls.volume(id.value()) : Optional.empty();
        return volume.filter(one -> !Names.isOurs(one.name()))
                .filter(one -> volumes.isInPool(one) || one.place().pool().equals(to.pool()))
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("there is no volume %s in pool %s, and none in pool %s", id, here.id(), to.id()));
    }

    /** Returns the move that is under way, if it is the one that is asked for. */
    private PoolMigrationJob same(ArrayVolume volume, TreeState state, ScaleIoPool.Opened to) {
        if (!state.isHeadingFor(to.pool())) {
            throw pending(volume, state);
        }
        String from = state.source().filter(pool -> !pool.equals(to.pool())).orElse("");
        return new TreeMove(calls, trees, journey(volume, from, to.pool()));
    }

    private static DriverException pending(ArrayVolume volume, TreeState state) {
        return DriverException.because(Failure.OPERATION_PENDING)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "volume %s is on its way to pool %s already, %s; wait for it, or roll it back",
                        volume.id(), state.heading().orElse("that the array does not name"), state.words());
    }

    /** After a lost answer the array is asked. */
    private void send(ArrayVolume volume, String pool) throws InterruptedException {
        try {
            if (trees.send(volume.id(), pool) == TreeCalls.Sent.MUST_PAUSE_FIRST) {
                throw pending(volume, trees.state(volume.place().tree()));
            }
        } catch (DriverException e) {
            if (e.effect() != Effect.UNKNOWN || !isGoing(volume, pool)) {
                throw e;
            }
        }
    }

    private boolean isGoing(ArrayVolume volume, String pool) throws InterruptedException {
        return trees.state(volume.place().tree()).isHeadingFor(pool)
                || calls.volume(volume.id())
                        .filter(one -> one.place().pool().equals(pool))
                        .isPresent();
    }

    @Override
    public Optional<PoolMigrationJob> find(VolumeId id) throws InterruptedException {
        Optional<ArrayVolume> volume = volumes.look(id);
        if (volume.isEmpty()) {
            return Optional.empty();
        }
        TreeState state = trees.state(volume.get().place().tree());
        if (!state.isOnTheWay()) {
            return Optional.empty();
        }
        String to = state.heading().filter(pool -> !volumes.pool().equals(pool)).orElse("");
        return Optional.of(new TreeMove(calls, trees, journey(volume.get(), volumes.pool(), to)));
    }

    /** Whether a volume of this pool is on its way to another one. */
    boolean isMoving(ArrayVolume volume) throws InterruptedException {
        return trees.state(volume.place().tree()).isOnTheWay();
    }

    private TreeMove.Journey journey(ArrayVolume volume, String from, String to) {
        PoolId name = known.getOrDefault(to, to.isEmpty() ? here.id() : new PoolId(to));
        return new TreeMove.Journey(
                volume.id(), volume.place().tree(), volume.size(), from, new TreeMove.Goal(to, name));
    }
}
