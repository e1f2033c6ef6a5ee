package io.hvkit.powerflex.simulator.internal.array;

import io.hvkit.powerflex.simulator.control.Timing;
import io.hvkit.powerflex.simulator.control.Timing.Span;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;

/** The journey of a tree from a pool to another, or back. */
public final class Migration {

    /** Whether a rebuild of a pool makes it wait. */
    public enum Patience {
        WAITS_FOR_REBUILD,
        GOES_ON
    }

    private final StoragePool source;
    private final StoragePool destination;
    private final String conversion;
    private final Patience patience;
    private StoragePool heading;
    private MigrationStatus status = MigrationStatus.PENDING_MIGRATION;
    private Instant since;
    private Duration moved = Duration.ZERO;

    Migration(StoragePool source, StoragePool destination, String conversion, Patience patience, Instant now) {
        this.source = source;
        this.destination = destination;
        this.conversion = conversion;
        this.patience = patience;
        this.heading = destination;
        this.since = now;
    }

    static Migration of(ArrayState.Journey state, Function<String, StoragePool> pool) {
        Migration migration = new Migration(
                pool.apply(state.source()),
                pool.apply(state.destination()),
                state.conversion(),
                state.patience(),
                Instant.parse(state.since()));
        migration.heading = pool.apply(state.heading());
        migration.status = state.status();
        migration.moved = Duration.parse(state.moved());
        return migration;
    }

    ArrayState.Journey state() {
        return new ArrayState.Journey(
                Ids.text(source.id()),
                Ids.text(destination.id()),
                Ids.text(heading.id()),
                conversion,
                patience,
                status,
                since.toString(),
                moved.toString());
    }

    public StoragePool source() {
        return source;
    }

    /** Returns where it goes: the source, when it is rolled back. */
    public StoragePool heading() {
        return heading;
    }

    public StoragePool destination() {
        return destination;
    }

    public MigrationStatus status() {
        return status;
    }

    /** Returns what becomes of thin and thick volumes, in the word of the request. */
    public String conversion() {
        return conversion;
    }

    /** Returns how much of {@code whole} is done, between 0 and 1; no client of the gateway is told. */
    public double part(Duration whole) {
        return whole.isZero() ? 1 : Math.min(1, (double) moved.toNanos() / whole.toNanos());
    }

    /** Turns around, or goes on, from a pause. */
    void headFor(StoragePool pool, Instant now) {
        heading = pool;
        enter(MigrationStatus.NORMAL, now);
    }

    void enter(MigrationStatus next, Instant at) {
        status = next;
        since = at;
    }

    /** Does what is due by {@code now}; returns whether it has arrived where it was heading. */
    boolean settle(Instant now, Timing timing) {
        MigrationStatus before;
        do {
            before = status;
            if (step(now, timing)) {
                return true;
            }
        } while (status != before);
        return false;
    }

    private boolean step(Instant now, Timing timing) {
        switch (status) {
            case PENDING_MIGRATION -> after(timing.of(Span.MIGRATION_STARTS), now, MigrationStatus.NORMAL);
            case GRACEFULLY_PAUSING -> after(timing.of(Span.GRACEFUL_PAUSE), now, MigrationStatus.PAUSED);
            case FORCEFULLY_PAUSING -> after(timing.of(Span.FORCEFUL_PAUSE), now, MigrationStatus.PAUSED);
            case INTERNAL_PAUSING -> after(timing.of(Span.FORCEFUL_PAUSE), now, MigrationStatus.PENDING_RETRY);
            case PENDING_RETRY -> {
                if (!mustWaitForRebuild()) {
                    enter(MigrationStatus.NORMAL, now);
                }
            }
            case PENDING_REBALANCE -> {
                if (!isRebalancing()) {
                    enter(MigrationStatus.NORMAL, now);
                }
            }
            case NORMAL -> {
                return move(now, timing.of(Span.MIGRATION));
            }
            case PAUSED -> {}
        }
        return false;
    }

    private void after(Duration span, Instant now, MigrationStatus next) {
        if (!now.isBefore(since.plus(span))) {
            enter(next, since.plus(span));
        }
    }

    private boolean move(Instant now, Duration whole) {
        if (mustWaitForRebuild()) {
            enter(MigrationStatus.INTERNAL_PAUSING, now);
            return false;
        }
        if (isRebalancing()) {
            enter(MigrationStatus.PENDING_REBALANCE, now);
            return false;
        }
        Duration step = Duration.between(since, now);
        since = now;
        if (heading.id() == source.id()) {
            moved = moved.minus(step);
            return moved.isNegative() || moved.isZero();
        }
        moved = moved.plus(step);
        return moved.compareTo(whole) >= 0;
    }

    private boolean mustWaitForRebuild() {
        return patience == Patience.WAITS_FOR_REBUILD && (source.isRebuilding() || destination.isRebuilding());
    }

    private boolean isRebalancing() {
        return source.isRebalancing() || destination.isRebalancing();
    }
}
