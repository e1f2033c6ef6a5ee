package io.hvkit.engine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.PoolId;
import io.hvkit.core.Progress;
import io.hvkit.storage.spi.PoolMigrationJob;
import io.hvkit.storage.spi.PoolMigrationVerdict;
import java.time.Duration;
import java.util.Optional;

/** A volume of a {@link ChaosArray} on its way to another pool, where it is when somebody has waited for it some times. */
final class ChaosMove implements PoolMigrationJob {

    private static final int WAITS = 3;

    private final ChaosArray array;
    private final ChaosArray.Thing thing;
    private final PoolId target;
    private int waits;
    private boolean paused;
    private Optional<PoolMigrationVerdict> verdict = Optional.empty();

    private ChaosMove(ChaosArray array, ChaosArray.Thing thing, PoolId target) {
        this.array = array;
        this.thing = thing;
        this.target = target;
    }

    static ChaosMove begun(ChaosArray array, ChaosArray.Thing thing, PoolId target) {
        return new ChaosMove(array, thing, target);
    }

    static ChaosMove ended(ChaosArray array, ChaosArray.Thing thing, PoolId target) {
        ChaosMove move = new ChaosMove(array, thing, target);
        move.verdict = Optional.of(new PoolMigrationVerdict.Moved(target));
        return move;
    }

    PoolId target() {
        return target;
    }

    boolean isUnderWay() {
        return array.locked(verdict::isEmpty);
    }

    @Override
    public Progress progress() {
        return array.locked(() -> new Progress("copying", isUnderWay() ? ByteSize.ZERO : thing.size, thing.size));
    }

    @Override
    public Optional<PoolMigrationVerdict> await(Duration limit) {
        return array.locked(() -> {
            if (isUnderWay() && !paused && ++waits == WAITS) {
                array.bring(thing, target);
                verdict = Optional.of(new PoolMigrationVerdict.Moved(target));
            }
            return verdict;
        });
    }

    @Override
    public void pause() {
        array.locked(() -> paused = true);
    }

    @Override
    public void resume() {
        array.locked(() -> paused = false);
    }

    @Override
    public void rollBack() {
        array.locked(() -> {
            if (isUnderWay()) {
                verdict = Optional.of(new PoolMigrationVerdict.RolledBack());
            }
            return verdict;
        });
    }
}
