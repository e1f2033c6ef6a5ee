package io.hvkit.engine.internal.cluster;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.storage.spi.ClusterSight;
import io.hvkit.storage.spi.PoolChild;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Compares a parent of pools as its storage shows it with the pools that are known, and says what is to be changed: the whole difference first,
 * then all checks, and only then a plan. It touches nothing; equal arguments give equal plans.
 */
final class ClusterPlanner {

    private static final int ABSENCES = 2;

    private final PoolRecord parent;
    private final List<KnownPool> known;

    /**
     * Makes a planner.
     *
     * @param pools all pools that are known, but for parents
     */
    ClusterPlanner(PoolRecord parent, Collection<KnownPool> pools) {
        this.parent = parent;
        this.known = List.copyOf(pools);
    }

    /**
     * Plans to add the parent.
     *
     * <table>
     * <caption>Failures; each names every child that it is about</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the parent has no children</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>a child is known twice, says no identity, is known in another zone, or is listed by another parent, too</td><td>{@code
     * EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>a child is not well, or is known and not in use or not up</td><td>{@code HOST_NOT_READY}</td></tr>
     * </table>
     */
    List<PlannedChange> adding(ClusterSight seen) {
        List<PlannedChange> changes = difference(seen);
        List<String> wrong = new ArrayList<>();
        for (PoolChild child : seen.children()) {
            if (!child.isWell()) {
                wrong.add(child.name() + " " + troubles(child));
            }
            known(child)
                    .filter(pool -> !isUp(pool.record()))
                    .ifPresent(pool -> wrong.add(
                            "pool " + pool.record().name() + ", which is " + child.name() + ", is " + state(pool)));
        }
        if (!wrong.isEmpty()) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "%s is not added, and nothing was changed: %s; make each of them well, then add it",
                            seen.name(), String.join("; ", wrong));
        }
        return changes;
    }

    private static String troubles(PoolChild child) {
        return child.troubles().stream().sorted().map(PoolChild.Trouble::words).collect(Collectors.joining(" and "));
    }

    private static boolean isUp(PoolRecord pool) {
        return pool.standing() == Standing.ENABLED && pool.seen().state() == Sighting.State.UP;
    }

    private static String state(KnownPool pool) {
        Sighting seen = pool.record().seen();
        return pool.record().standing() == Standing.ENABLED
                ? seen.state() + " since it was seen at " + seen.at()
                : pool.record().standing().toString();
    }

    /**
     * Plans what a look at a parent that was added changes. New children that are not well wait until they are; those that are known stay
     * children whatever their state. Fails as {@link #adding} does if the parent has no children or they are in conflict.
     *
     * @param lookedAt when the look began: who was missed by a look that ended later is not missed by this one again
     */
    List<PlannedChange> syncing(ClusterSight seen, Instant lookedAt) {
        List<PlannedChange> changes = new ArrayList<>();
        for (PlannedChange change : difference(seen)) {
            boolean isUnwell =
                    change instanceof PlannedChange.Add add && !add.child().isWell();
            changes.add(isUnwell ? new PlannedChange.Postpone(((PlannedChange.Add) change).child()) : change);
        }
        known.stream()
                .filter(pool -> pool.parent().equals(Optional.of(parent.id())))
                .filter(pool -> seen.children().stream().noneMatch(child -> pool.is(parent, child)))
                .filter(pool -> pool.record()
                        .identity()
                        .filter(seen.elsewhere()::contains)
                        .isEmpty())
                .filter(pool -> pool.absences() == 0
                        || !lookedAt.isBefore(pool.record().seen().at()))
                .forEach(pool -> changes.add(missing(pool)));
        return List.copyOf(changes);
    }

    private static PlannedChange missing(KnownPool pool) {
        if (pool.absences() + 1 < ABSENCES) {
            return new PlannedChange.Miss(pool);
        }
        return pool.uses() > 0 ? new PlannedChange.Strand(pool) : new PlannedChange.Remove(pool);
    }

    private List<PlannedChange> difference(ClusterSight seen) {
        requireChildren(seen);
        requireNoConflict(seen);
        List<PlannedChange> changes = new ArrayList<>();
        for (PoolChild child : seen.children()) {
            Optional<KnownPool> pool = known(child);
            if (pool.isEmpty()) {
                changes.add(new PlannedChange.Add(child));
            } else {
                known(pool.get(), child).ifPresent(changes::add);
            }
        }
        return List.copyOf(changes);
    }

    private Optional<PlannedChange> known(KnownPool pool, PoolChild child) {
        if (pool.parent().isEmpty()) {
            return Optional.of(new PlannedChange.Reuse(pool, child));
        }
        if (!pool.parent().get().equals(parent.id())) {
            return Optional.of(new PlannedChange.Move(pool, pool.parent().get(), child));
        }
        if (pool.absences() > 0) {
            return Optional.of(new PlannedChange.Return(pool, child));
        }
        return pool.record().equals(ChildRecords.taken(pool.record(), parent, child))
                ? Optional.empty()
                : Optional.of(new PlannedChange.Rename(pool, child));
    }

    private Optional<KnownPool> known(PoolChild child) {
        return all(child).stream().findFirst();
    }

    private List<KnownPool> all(PoolChild child) {
        return known.stream().filter(pool -> pool.is(parent, child)).toList();
    }

    /** No children at all are what storage shows to an account that may not see them; else all of them would be taken for gone. */
    private static void requireChildren(ClusterSight seen) {
        if (seen.children().isEmpty() && seen.nameless().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s has no pools; give it some, or look whether the account may see them", seen.name());
        }
    }

    private void requireNoConflict(ClusterSight seen) {
        List<String> conflicts = new ArrayList<>();
        seen.nameless().forEach(name -> conflicts.add(name + " says no identity"));
        for (PoolChild child : seen.children()) {
            List<KnownPool> pools = all(child);
            if (pools.size() > 1) {
                conflicts.add(child.name() + " is known as several pools, "
                        + pools.stream()
                                .map(pool -> pool.record().name())
                                .sorted()
                                .toList());
            }
            pools.stream()
                    .map(KnownPool::record)
                    .filter(pool -> !pool.reach().zone().equals(parent.reach().zone()))
                    .forEach(pool ->
                            conflicts.add(child.name() + " is known as pool " + pool.name() + " of another zone"));
            if (seen.elsewhere().contains(child.identity())) {
                conflicts.add(child.name() + " is listed by another parent, too");
            }
        }
        if (!conflicts.isEmpty()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "%s does not fit what is known, and nothing was changed: %s",
                            seen.name(), String.join("; ", conflicts));
        }
    }
}
