package io.hvkit.storage.spi.chain;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How far a plan may reach: the snapshots it is about, their layers, and below those what was kept for others and is the last of its
 * line. It looks at steps and at the graph before them, and knows nothing of how plans are made; whoever runs a plan can check it
 * again.
 */
@Incubating(since = "0.1")
public final class BlastRadius {

    private final Set<SnapshotId> subjects;
    private final Set<LayerId> due;

    private BlastRadius(Set<SnapshotId> subjects, Set<LayerId> due) {
        this.subjects = Set.copyOf(subjects);
        this.due = Set.copyOf(due);
    }

    /** Returns the radius of a plan that is about one snapshot. */
    public static BlastRadius of(SnapshotId subject) {
        return new BlastRadius(Set.of(subject), Set.of());
    }

    /** Returns the radius of a plan that is about some snapshots. */
    static BlastRadius ofAll(Collection<SnapshotId> subjects) {
        return new BlastRadius(new HashSet<>(subjects), Set.of());
    }

    /** Returns the radius of a plan that finishes what is due. */
    static BlastRadius ofDue(List<SnapshotId> unfinished, List<LayerId> unread) {
        return new BlastRadius(new HashSet<>(unfinished), new HashSet<>(unread));
    }

    /**
     * Checks steps.
     *
     * @throws DriverException with {@code DEFECT} if one reaches further
     */
    public void check(ChainGraph before, List<Step> steps) {
        Reach reach = new Reach(before);
        steps.forEach(step -> step.accept(reach));
    }

    /** What each step touches. Steps come in the order in which they are done. */
    private final class Reach implements Step.Cases<Boolean> {

        private final ChainGraph before;
        private final Set<LayerId> removable = new HashSet<>();
        private final Set<String> names = new HashSet<>();
        private boolean isSearched;

        Reach(ChainGraph before) {
            this.before = before;
        }

        /** The layers below the subjects' that nothing but these keeps. */
        private void descend(LayerId top) {
            Optional<Layer> at = before.layer(top);
            int keepers = 0;
            while (at.isPresent()
                    && isKeptByNoMoreThan(keepers, at.get().id())
                    && removable.add(at.get().id())) {
                keepers = at.get().state() == Layer.State.DELETING ? 0 : 1;
                at = at.get().parent().flatMap(before::layer);
            }
        }

        private boolean isKeptByNoMoreThan(int keepers, LayerId layer) {
            return before.children(layer).size() <= keepers
                    && before.volumesOn(layer).isEmpty()
                    && subjects.containsAll(before.snapshotsOn(layer));
        }

        @Override
        public Boolean allocate(Step.Allocate step) {
            return subject(step, step.snapshot());
        }

        @Override
        public Boolean beginTake(Step.BeginTake step) {
            return subject(step, step.snapshot());
        }

        @Override
        public Boolean take(Step.Take step) {
            return subject(step, step.snapshot());
        }

        @Override
        public Boolean beginBackUp(Step.BeginBackUp step) {
            return subject(step, step.snapshot());
        }

        @Override
        public Boolean backUp(Step.BackUp step) {
            return subject(step, step.snapshot());
        }

        @Override
        public Boolean share(Step.Share step) {
            return subject(step, step.snapshot());
        }

        @Override
        public Boolean publish(Step.Publish step) {
            return subject(step, step.snapshot());
        }

        @Override
        public Boolean fail(Step.Fail step) {
            return subject(step, step.snapshot());
        }

        @Override
        public Boolean free(Step.Free step) {
            return subject(step, step.snapshot());
        }

        @Override
        public Boolean beginDelete(Step.BeginDelete step) {
            return subject(step, step.snapshot());
        }

        @Override
        public Boolean hide(Step.Hide step) {
            return subject(step, step.snapshot());
        }

        @Override
        public Boolean retire(Step.Retire step) {
            return subject(step, step.snapshot());
        }

        /** A hidden copy may be dropped when a subject comes to live on its layer. */
        @Override
        public Boolean drop(Step.Drop step) {
            boolean isDeleted = before.snapshot(step.snapshot())
                    .filter(some -> some.state() == LogicalSnapshot.State.DESTROYED)
                    .isPresent();
            return isDeleted || subject(step, step.snapshot());
        }

        @Override
        public Boolean condemn(Step.Condemn step) {
            return removed(step, step.layer());
        }

        @Override
        public Boolean delete(Step.Delete step) {
            return removed(step, step.layer());
        }

        @Override
        public Boolean rebase(Step.Rebase step) {
            Optional<LayerId> parent = before.layer(step.layer()).flatMap(Layer::parent);
            boolean isOn = parent.filter(this::isOfSubject).isPresent();
            return require(isOn || isOfSubject(step.layer()), step);
        }

        @Override
        public Boolean rebaseVolume(Step.RebaseVolume step) {
            return require(isOfSubject(step.from()), step);
        }

        @Override
        public Boolean beginCopy(Step.BeginCopy step) {
            return subject(step, step.snapshot());
        }

        @Override
        public Boolean copy(Step.Copy step) {
            return subject(step, step.snapshot());
        }

        @Override
        public Boolean failCopy(Step.FailCopy step) {
            return subject(step, step.snapshot());
        }

        /** What is there already is nobody's new volume. */
        @Override
        public Boolean beginRestore(Step.BeginRestore step) {
            return require(subjects.contains(step.snapshot()) && isMade(step.target(), step.snapshot()), step);
        }

        @Override
        public Boolean restore(Step.Restore step) {
            return require(subjects.contains(step.snapshot()) && isMade(step.target(), step.snapshot()), step);
        }

        @Override
        public Boolean beginFlatten(Step.BeginFlatten step) {
            return require(subjects.contains(step.snapshot()) && isMade(step.writer(), step.snapshot()), step);
        }

        @Override
        public Boolean flatten(Step.Flatten step) {
            return require(subjects.contains(step.snapshot()) && isMade(step.writer(), step.snapshot()), step);
        }

        private boolean isMade(VolumeId target, SnapshotId from) {
            return before.volume(target).map(known -> known.isMadeFrom(from)).orElse(true);
        }

        private Boolean subject(Step step, SnapshotId id) {
            return require(subjects.contains(id), step);
        }

        private Boolean removed(Step step, LayerId layer) {
            if (!isSearched) {
                isSearched = true;
                for (SnapshotId id : subjects) {
                    before.snapshot(id)
                            .ifPresent(subject -> subject.replicas().values().forEach(some -> descend(some.layer())));
                }
                due.forEach(this::descend);
            }
            boolean isOthers = !subjects.containsAll(before.snapshotsOn(layer));
            return require(!isOthers && (removable.contains(layer) || isOfSubject(layer)), step);
        }

        /** Asks each subject for the layer, or the layer for each that has a copy on it, whichever are fewer. */
        private boolean isOfSubject(LayerId layer) {
            Set<SnapshotId> live = before.snapshotsOn(layer);
            Set<SnapshotId> dead = before.deletedOn(layer);
            if (subjects.size() > live.size() + dead.size()) {
                return live.stream().anyMatch(subjects::contains)
                        || dead.stream().anyMatch(subjects::contains)
                        || names().contains(layer.name());
            }
            for (SnapshotId id : subjects) {
                if (layer.name().equals(id.value()) || live.contains(id) || dead.contains(id)) {
                    return true;
                }
            }
            return false;
        }

        private Set<String> names() {
            if (names.isEmpty()) {
                subjects.forEach(subject -> names.add(subject.value()));
            }
            return names;
        }

        private Boolean require(boolean isWithin, Step step) {
            if (!isWithin) {
                throw DriverException.because(Failure.DEFECT)
                        .effect(Effect.NOT_APPLIED)
                        .message("the plan reaches beyond %s: %s; it is not done", subjects, step);
            }
            return true;
        }
    }
}
