package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.Progress;
import io.hvkit.scaleio.internal.gateway.Deadline;
import io.hvkit.scaleio.internal.pool.TreeCalls.Pause;
import io.hvkit.scaleio.internal.pool.TreeCalls.Sent;
import io.hvkit.scaleio.internal.pool.TreeState.Status;
import io.hvkit.storage.spi.PoolMigrationJob;
import io.hvkit.storage.spi.PoolMigrationVerdict;
import java.time.Duration;
import java.util.Optional;

/**
 * A tree on its way. Every answer is what the array says at that moment; that the array has no migration any more says that it has
 * ended, and where the volume then is says how.
 */
final class TreeMove implements PoolMigrationJob {

    private static final Duration SLOW_TO_SHOW = Duration.ofSeconds(2);
    private static final Duration FOREVER = Duration.ofDays(36500);
    private static final long FIRST_LOOK = 20;
    private static final long LONGEST_LOOK = 3000;

    /**
     * Where it goes.
     *
     * @param pool its id on the array; empty if it was on its way back when it was found
     * @param id what callers call it
     */
    record Goal(String pool, PoolId id) {}

    /** From where to where; {@code from} is empty if the array did not say. */
    record Journey(String volume, String tree, ByteSize size, String from, Goal to) {}

    private final ArrayCalls calls;
    private final TreeCalls trees;
    private final Journey journey;
    private final Deadline shown = Deadline.in(SLOW_TO_SHOW);
    private volatile boolean seen;
    private volatile Optional<PoolMigrationVerdict> verdict = Optional.empty();

    TreeMove(ArrayCalls calls, TreeCalls trees, Journey journey) {
        this.calls = calls;
        this.trees = trees;
        this.journey = journey;
    }

    /** Returns a move that has ended at its goal. */
    static TreeMove ended(ArrayCalls calls, TreeCalls trees, Journey journey) {
        TreeMove move = new TreeMove(calls, trees, journey);
        move.verdict = Optional.of(new PoolMigrationVerdict.Moved(journey.to.id));
        return move;
    }

    /** The array tells no part of the way: nothing is done until all is, and the words say what it waits for. */
    @Override
    public Progress progress() throws InterruptedException {
        Optional<PoolMigrationVerdict> ended = look();
        if (ended.isEmpty()) {
            return new Progress(state().words(), ByteSize.ZERO, journey.size);
        }
        return ended.get()
                .match(
                        moved -> new Progress("moved", journey.size, journey.size),
                        failed -> new Progress("failed", ByteSize.ZERO, journey.size),
                        back -> new Progress("back where it was", ByteSize.ZERO, journey.size),
                        vanished -> new Progress("vanished", ByteSize.ZERO, journey.size));
    }

    @Override
    public Optional<PoolMigrationVerdict> await(Duration limit) throws InterruptedException {
        Deadline deadline = Deadline.in(limit.compareTo(FOREVER) > 0 ? FOREVER : limit);
        for (long pause = FIRST_LOOK; ; pause = Math.min(2 * pause, LONGEST_LOOK)) {
            Optional<PoolMigrationVerdict> ended = look();
            if (ended.isPresent() || deadline.isOver()) {
                return ended;
            }
            Thread.sleep(Math.min(pause, deadline.left().toMillis()));
        }
    }

    /** The tree is asked first: once it is on no way, the volume is where it stays. */
    private Optional<PoolMigrationVerdict> look() throws InterruptedException {
        if (verdict.isPresent()) {
            return verdict;
        }
        TreeState state = state();
        if (state.isOnTheWay()) {
            return Optional.empty();
        }
        Optional<ArrayVolume> volume = calls.volume(journey.volume);
        if (volume.isEmpty()) {
            return ended(new PoolMigrationVerdict.Vanished("the array has no volume " + journey.volume + " any more"));
        }
        String pool = volume.get().place().pool();
        if (pool.equals(journey.to.pool)) {
            return ended(new PoolMigrationVerdict.Moved(journey.to.id));
        }
        if (!pool.equals(journey.from)) {
            return ended(new PoolMigrationVerdict.Vanished("volume " + journey.volume + " lies in the array's pool "
                    + pool + ", and was to go to " + journey.to.pool));
        }
        if (!seen && !shown.isOver()) {
            return Optional.empty(); // it was only just asked for, and the array may not show it yet
        }
        return ended(state.reason()
                .<PoolMigrationVerdict>map(TreeMove::failed)
                .orElseGet(PoolMigrationVerdict.RolledBack::new));
    }

    private Optional<PoolMigrationVerdict> ended(PoolMigrationVerdict how) {
        verdict = Optional.of(how);
        return verdict;
    }

    /** The array's reasons are words that nobody has listed. */
    private static PoolMigrationVerdict failed(String reason) {
        return new PoolMigrationVerdict.Failed(
                Failure.UNSUPPORTED, "the array ended the migration without success, and says: " + reason);
    }

    private TreeState state() throws InterruptedException {
        TreeState state = trees.state(journey.tree);
        if (state.isOnTheWay()) {
            seen = true;
        }
        return state;
    }

    @Override
    public void pause() throws InterruptedException {
        if (verdict.isEmpty()) {
            trees.pause(journey.volume, Pause.GRACEFULLY);
        }
    }

    /** A pause that has not come yet is waited for: nothing takes it back before. */
    @Override
    public void resume() throws InterruptedException {
        Deadline deadline = Deadline.in(trees.patience());
        for (long pause = FIRST_LOOK; look().isEmpty(); pause = Math.min(2 * pause, LONGEST_LOOK)) {
            TreeState state = state();
            if (state.status() == Status.PAUSED) {
                trees.send(journey.volume, state.heading().orElse(journey.to.pool));
                return;
            }
            if (state.status() != Status.PAUSING) {
                return;
            }
            requireTime(deadline, state);
            Thread.sleep(pause);
        }
    }

    /** Rests first, since the array turns nothing round that moves: gently, and by force if that takes too long. */
    @Override
    public void rollBack() throws InterruptedException {
        Deadline gentle = Deadline.in(trees.patience());
        Deadline deadline = Deadline.in(trees.patience().multipliedBy(2));
        for (long pause = FIRST_LOOK; look().isEmpty(); pause = Math.min(2 * pause, LONGEST_LOOK)) {
            TreeState state = state();
            if (turns(state, gentle.isOver() ? Pause.FORCEFULLY : Pause.GRACEFULLY)) {
                return;
            }
            requireTime(deadline, state);
            Thread.sleep(pause);
        }
    }

    /** Does the next step, and returns whether it is on its way back. */
    private boolean turns(TreeState state, Pause pause) throws InterruptedException {
        if (state.status() == Status.PAUSED) {
            String back = journey.from.isEmpty() ? journey.to.pool : journey.from;
            return trees.send(journey.volume, back) == Sent.ON_ITS_WAY;
        }
        if (journey.from.isEmpty()) {
            return true; // it was on its way back when it was found
        }
        if (state.isHeadingFor(journey.from)) {
            return true;
        }
        if (state.isOnTheWay() && (state.status() != Status.PAUSING || pause == Pause.FORCEFULLY)) {
            trees.pause(journey.volume, pause);
        }
        return false;
    }

    private void requireTime(Deadline deadline, TreeState state) {
        if (deadline.isOver()) {
            throw DriverException.because(Failure.TIMED_OUT)
                    .message(
                            "the migration of volume %s was told to rest, and is still %s; ask again",
                            journey.volume, state.words());
        }
    }
}
