package io.hvkit.storage.spi.chain;

import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.LogicalSnapshot.Usage;
import io.hvkit.storage.spi.chain.Reason.Why;
import io.hvkit.storage.spi.chain.RetentionPlan.Due;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Judges the snapshots of one volume by its schedules. */
final class Retention {

    /** What the graph knows of a snapshot that was taken for schedules. */
    private record Known(ScheduledSnapshot taken, LogicalSnapshot row) {}

    private final ChainGraph graph;
    private final VolumeId volume;
    private final List<SnapshotSchedule> schedules;
    private final List<ScheduledSnapshot> taken;
    private final Instant now;
    private final Map<SnapshotId, Reason> delete = new LinkedHashMap<>();
    private final Map<SnapshotId, Reason> keep = new LinkedHashMap<>();

    Retention(
            ChainGraph graph,
            VolumeId volume,
            List<SnapshotSchedule> schedules,
            List<ScheduledSnapshot> taken,
            Instant now) {
        this.graph = graph;
        this.volume = volume;
        this.schedules = schedules;
        this.taken = taken;
        this.now = now;
    }

    RetentionPlan plan() {
        Optional<Due> due = due();
        Optional<Reason> waits = due.flatMap(some -> unfinished());
        judge();
        Optional<Instant> next = schedules.stream()
                .map(schedule -> schedule.rhythm().next(now, schedule.zone()))
                .min(Instant::compareTo);
        return new RetentionPlan(
                waits.isPresent() ? Optional.empty() : due,
                Collections.unmodifiableMap(delete),
                Collections.unmodifiableMap(keep),
                waits,
                next);
    }

    private Optional<Due> due() {
        Set<String> names = new TreeSet<>();
        Optional<Instant> last = Optional.empty();
        for (SnapshotSchedule schedule : schedules) {
            Instant moment = schedule.rhythm().latest(now, schedule.zone());
            if (!moment.isBefore(schedule.since()) && !isTried(schedule, moment)) {
                names.add(schedule.name());
                last = last.filter(moment::isBefore).or(() -> Optional.of(moment));
            }
        }
        return last.map(moment -> new Due(moment, names));
    }

    /**
     * What was tried and has gone was tried all the same: each record that is given counts. But for one of a moment that has not come: a
     * clock that ran ahead took it, and says nothing of those before.
     */
    private boolean isTried(SnapshotSchedule schedule, Instant moment) {
        return taken.stream()
                .anyMatch(one -> one.schedules().contains(schedule.name())
                        && !one.moment().isBefore(moment)
                        && !one.moment().isAfter(now));
    }

    private Optional<Reason> unfinished() {
        return graph.snapshotsOf(volume).stream()
                .map(graph::require)
                .filter(Retention::isUnfinished)
                .findFirst()
                .map(one -> new Reason(
                        Why.PARENT_UNFINISHED, one.id() + " of the volume is " + one.state() + " and is waited for"));
    }

    private static boolean isUnfinished(LogicalSnapshot snapshot) {
        return snapshot.usage() == Usage.NOT_STARTED
                && snapshot.state() != State.ERROR
                && snapshot.state() != State.DESTROYING;
    }

    private void judge() {
        List<Known> known = known();
        Set<SnapshotId> wanted = new HashSet<>();
        for (SnapshotSchedule schedule : schedules) {
            wanted.addAll(kept(schedule, known));
        }
        Collections.reverse(known);
        known.stream().filter(one -> !wanted.contains(one.row.id())).forEach(this::judge);
    }

    /** What nobody can read takes no place of what somebody can: it stays beside, as long as it is newer than what is kept. */
    private List<SnapshotId> kept(SnapshotSchedule schedule, List<Known> known) {
        List<SnapshotId> kept = new ArrayList<>();
        int readable = 0;
        for (Known one : known) {
            if (readable < schedule.keep() && one.row.isPublished() && isFor(one, schedule)) {
                boolean isReadable = isReadable(one.row);
                readable += isReadable ? 1 : 0;
                kept.add(one.row.id());
                keep.putIfAbsent(
                        one.row.id(),
                        isReadable
                                ? new Reason(
                                        Why.KEPT, "it is one of the last " + schedule.keep() + " of " + schedule.name())
                                : new Reason(
                                        Why.COPY_UNUSABLE, "none of its copies can be read, so it does not count"));
            }
        }
        return kept;
    }

    private boolean isReadable(LogicalSnapshot snapshot) {
        return snapshot.replicas().values().stream()
                .filter(copy -> copy.state() == Replica.State.READY)
                .anyMatch(copy -> graph.layer(copy.layer())
                        .filter(layer -> layer.state() == Layer.State.READY)
                        .isPresent());
    }

    private void judge(Known one) {
        SnapshotId id = one.row.id();
        if (one.row.state() == State.ERROR) {
            delete.put(id, new Reason(Why.RUN_FAILED, "it was given up before it was whole"));
        } else if (!one.row.isPublished()) {
            keep.put(id, new Reason(Why.PARENT_UNFINISHED, "it is " + one.row.state()));
        } else if (schedules.stream().noneMatch(schedule -> isFor(one, schedule))) {
            keep.put(id, new Reason(Why.NO_SCHEDULE, "the schedules it was taken for are no more"));
        } else {
            delete.put(
                    id,
                    new Reason(
                            Why.SUPERSEDED, "there are enough newer ones of " + new TreeSet<>(one.taken.schedules())));
        }
    }

    private static boolean isFor(Known one, SnapshotSchedule schedule) {
        return one.taken.schedules().contains(schedule.name());
    }

    /** The newest first: places in the volume's order say which is newer, clocks do not. */
    private List<Known> known() {
        List<Known> known = new ArrayList<>();
        for (ScheduledSnapshot one : taken) {
            graph.snapshot(one.id())
                    .filter(row -> row.volume().equals(volume))
                    .filter(row -> row.state() != State.DESTROYING && row.state() != State.DESTROYED)
                    .ifPresent(row -> known.add(new Known(one, row)));
        }
        known.sort((one, other) -> Long.compare(other.row.sequence(), one.row.sequence()));
        return known;
    }
}
