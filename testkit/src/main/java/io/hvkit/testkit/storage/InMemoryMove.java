package io.hvkit.testkit.storage;

import io.hvkit.core.ByteSize;
import io.hvkit.core.PoolId;
import io.hvkit.core.Progress;
import io.hvkit.storage.spi.PoolMigrationJob;
import io.hvkit.storage.spi.PoolMigrationVerdict;
import java.time.Duration;
import java.util.Optional;

/** A move in memory, which is done when somebody waits for it, unless it is paused. */
final class InMemoryMove implements PoolMigrationJob {

    private enum State {
        RUNNING,
        PAUSED
    }

    private final InMemoryArray array;
    private final InMemoryVolume volume;
    private final PoolId target;
    private State state = State.RUNNING;
    private Optional<PoolMigrationVerdict> verdict = Optional.empty();

    private InMemoryMove(InMemoryArray array, InMemoryVolume volume, PoolId target) {
        this.array = array;
        this.volume = volume;
        this.target = target;
    }

    static InMemoryMove started(InMemoryArray array, InMemoryVolume volume, PoolId target) {
        return new InMemoryMove(array, volume, target);
    }

    static InMemoryMove ended(InMemoryArray array, InMemoryVolume volume, PoolId target) {
        InMemoryMove move = new InMemoryMove(array, volume, target);
        move.verdict = Optional.of(new PoolMigrationVerdict.Moved(target));
        return move;
    }

    PoolId target() {
        return target;
    }

    boolean isUnderWay() {
        return verdict.isEmpty();
    }

    @Override
    public Progress progress() {
        return array.locked(() -> new Progress(
                isUnderWay() ? "copying" : "ended",
                verdict.filter(PoolMigrationVerdict.Moved.class::isInstance)
                        .map(moved -> volume.size)
                        .orElse(ByteSize.ZERO),
                volume.size));
    }

    @Override
    public Optional<PoolMigrationVerdict> await(Duration limit) {
        return array.locked(() -> {
            if (isUnderWay() && state == State.RUNNING) {
                volume.pool = target;
                verdict = Optional.of(new PoolMigrationVerdict.Moved(target));
            }
            return verdict;
        });
    }

    @Override
    public void pause() {
        become(State.PAUSED);
    }

    @Override
    public void resume() {
        become(State.RUNNING);
    }

    private void become(State wanted) {
        array.locked(() -> state = wanted);
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
