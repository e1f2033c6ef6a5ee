package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.Optional;
import java.util.Set;

/**
 * One thing to do. Those that {@linkplain #needs need a store} are work: somebody does it there, any number of times if in doubt, and
 * only then applies the step to the graph. The others are notes: applying them is all. Applying a step again changes nothing and
 * tells no event.
 */
@Incubating(since = "0.1")
public sealed interface Step {

    /** Gives a snapshot its place in the order. Needs a volume that is there. */
    record Allocate(SnapshotId snapshot, VolumeId volume) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.allocate(this);
        }
    }

    /** Notes that a snapshot is about to be taken in its volume's pool, which gives a layer being written. */
    record BeginTake(SnapshotId snapshot, LayerId layer, Optional<LayerId> parent) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.beginTake(this);
        }
    }

    /** Takes the snapshot in the volume's pool, which makes the layer whole. */
    record Take(SnapshotId snapshot, LayerId layer) implements Step {
        @Override
        public Set<PoolId> needs() {
            return Set.of(layer.store());
        }

        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.take(this);
        }
    }

    /**
     * Notes that a backup is about to be written, and whether in full (no parent) or as what differs from its parent. From now on the
     * parent is read.
     */
    record BeginBackUp(SnapshotId snapshot, LayerId layer, Optional<LayerId> parent) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.beginBackUp(this);
        }
    }

    /** Writes the backup, which makes the layer whole. Whoever finds that nothing differs applies {@link Share} instead. */
    record BackUp(SnapshotId snapshot, PoolId from, LayerId layer, Optional<LayerId> parent) implements Step {
        @Override
        public Set<PoolId> needs() {
            return from.equals(layer.store()) ? Set.of(from) : Set.of(from, layer.store());
        }

        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.backUp(this);
        }
    }

    /**
     * Notes that a snapshot is read from a layer that is there: nothing was written after that one, or both have one layer in another
     * store already.
     */
    record Share(SnapshotId snapshot, LayerId layer) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.share(this);
        }
    }

    /** Notes that a snapshot is whole; it counts as used. */
    record Publish(SnapshotId snapshot) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.publish(this);
        }
    }

    /** Notes that a snapshot was given up. Needs one that was not published. */
    record Fail(SnapshotId snapshot) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.fail(this);
        }
    }

    /** Notes that a copy is not wanted any more. Needs another that can be read. */
    record Free(SnapshotId snapshot, PoolId store) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.free(this);
        }
    }

    /** Notes that a snapshot is to go, with all its copies. */
    record BeginDelete(SnapshotId snapshot) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.beginDelete(this);
        }
    }

    /** Notes that a copy that is to go stays, since others read its layer. */
    record Hide(SnapshotId snapshot, PoolId store) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.hide(this);
        }
    }

    /** Notes that a copy is gone whose layer another snapshot has as its own. */
    record Drop(SnapshotId snapshot, PoolId store) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.drop(this);
        }
    }

    /** Notes that a layer is to go. Needs one that nobody reads; nobody can begin to read it from now on. */
    record Condemn(LayerId layer) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.condemn(this);
        }
    }

    /** Deletes a layer that was condemned; succeeds if there is none. */
    record Delete(LayerId layer) implements Step {
        @Override
        public Set<PoolId> needs() {
            return Set.of(layer.store());
        }

        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.delete(this);
        }
    }

    /** Notes that a snapshot is deleted for its user; it does not count as used any more. Needs all its copies gone or hidden. */
    record Retire(SnapshotId snapshot) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.retire(this);
        }
    }

    /**
     * Moves into a layer what it reads from those between it and {@code onto}, which it then stands on; on nothing, it is full. What
     * is read from it stays the same at each moment.
     */
    record Rebase(LayerId layer, Optional<LayerId> onto) implements Step {
        @Override
        public Set<PoolId> needs() {
            return Set.of(layer.store());
        }

        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.rebase(this);
        }
    }

    /** Does the same for the disk of a volume, which stands on {@code from} or, if that is in doubt, may do so. */
    record RebaseVolume(VolumeId volume, LayerId from, Optional<LayerId> onto) implements Step {
        @Override
        public Set<PoolId> needs() {
            return Set.of(from.store());
        }

        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.rebaseVolume(this);
        }
    }

    /**
     * Notes that a copy of a whole snapshot is about to be written to another store, in full (no parent) or as what differs from its
     * parent there. From now on the parent is read.
     */
    record BeginCopy(SnapshotId snapshot, LayerId layer, Optional<LayerId> parent) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.beginCopy(this);
        }
    }

    /** Writes the copy from another one, which makes the layer whole. */
    record Copy(SnapshotId snapshot, LayerId from, LayerId layer, Optional<LayerId> parent) implements Step {
        @Override
        public Set<PoolId> needs() {
            return Set.of(from.store(), layer.store());
        }

        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.copy(this);
        }
    }

    /** Notes that a copy that is being written was given up; the snapshot's others stay. */
    record FailCopy(SnapshotId snapshot, PoolId store) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.failCopy(this);
        }
    }

    /**
     * Notes that a new volume or template is about to be written from a layer, which it reads until it is whole. Needs an id that no
     * volume has.
     */
    record BeginRestore(SnapshotId snapshot, LayerId from, VolumeId target, PoolId pool) implements Step {
        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.beginRestore(this);
        }
    }

    /** Writes what a snapshot holds to the new volume, which then needs the layer no longer. */
    record Restore(SnapshotId snapshot, LayerId from, VolumeId target, PoolId pool) implements Step {
        @Override
        public Set<PoolId> needs() {
            return from.store().equals(pool) ? Set.of(pool) : Set.of(from.store(), pool);
        }

        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.restore(this);
        }
    }

    /**
     * Notes that a full layer is about to be written beside the one that a snapshot is read from and that stands on others, in the same
     * store. Until it is whole it counts as standing on that one, and a writer of its name reads it: {@link ChainGraph#withoutVolume} gives
     * it up.
     */
    record BeginFlatten(SnapshotId snapshot, LayerId from, LayerId layer) implements Step {

        /**
         * Checks the stores.
         *
         * @throws IllegalArgumentException if they differ
         */
        public BeginFlatten {
            requireBeside(from, layer);
        }

        /** Returns in whose name it is written. */
        public VolumeId writer() {
            return new VolumeId(layer.name());
        }

        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.beginFlatten(this);
        }
    }

    /**
     * Writes all that a snapshot holds to the new layer, from which it is read from now on; and so are those that stand on the old one,
     * unless another snapshot keeps that. The writer reads the old layer instead, for those that are in the midst of reading it: once they
     * have ended, {@link ChainGraph#withoutVolume} lets it go.
     */
    record Flatten(SnapshotId snapshot, LayerId from, LayerId layer) implements Step {

        /**
         * Checks the stores.
         *
         * @throws IllegalArgumentException if they differ
         */
        public Flatten {
            requireBeside(from, layer);
        }

        /** Returns in whose name it is written. */
        public VolumeId writer() {
            return new VolumeId(layer.name());
        }

        @Override
        public Set<PoolId> needs() {
            return Set.of(layer.store());
        }

        @Override
        public <R> R accept(Cases<R> cases) {
            return cases.flatten(this);
        }
    }

    private static void requireBeside(LayerId from, LayerId layer) {
        if (!from.store().equals(layer.store()) || from.equals(layer)) {
            throw new IllegalArgumentException(layer + " is not beside " + from);
        }
    }

    /** Returns the stores that must answer for it to be done; none if it is a note. */
    default Set<PoolId> needs() {
        return Set.of();
    }

    /** Calls the method for this step. */
    <R> R accept(Cases<R> cases);

    /**
     * One method for each kind of step.
     *
     * @param <R> what they return
     */
    interface Cases<R> {
        /** For {@link Allocate}. */
        R allocate(Allocate step);

        /** For {@link BeginTake}. */
        R beginTake(BeginTake step);

        /** For {@link Take}. */
        R take(Take step);

        /** For {@link BeginBackUp}. */
        R beginBackUp(BeginBackUp step);

        /** For {@link BackUp}. */
        R backUp(BackUp step);

        /** For {@link Share}. */
        R share(Share step);

        /** For {@link Publish}. */
        R publish(Publish step);

        /** For {@link Fail}. */
        R fail(Fail step);

        /** For {@link Free}. */
        R free(Free step);

        /** For {@link BeginDelete}. */
        R beginDelete(BeginDelete step);

        /** For {@link Hide}. */
        R hide(Hide step);

        /** For {@link Drop}. */
        R drop(Drop step);

        /** For {@link Condemn}. */
        R condemn(Condemn step);

        /** For {@link Delete}. */
        R delete(Delete step);

        /** For {@link Retire}. */
        R retire(Retire step);

        /** For {@link Rebase}. */
        R rebase(Rebase step);

        /** For {@link RebaseVolume}. */
        R rebaseVolume(RebaseVolume step);

        /** For {@link BeginCopy}. */
        R beginCopy(BeginCopy step);

        /** For {@link Copy}. */
        R copy(Copy step);

        /** For {@link FailCopy}. */
        R failCopy(FailCopy step);

        /** For {@link BeginRestore}. */
        R beginRestore(BeginRestore step);

        /** For {@link Restore}. */
        R restore(Restore step);

        /** For {@link BeginFlatten}. */
        R beginFlatten(BeginFlatten step);

        /** For {@link Flatten}. */
        R flatten(Flatten step);
    }
}
