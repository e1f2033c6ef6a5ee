package io.hvkit.storage.spi.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.ChainStore.Layering;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stores as they are: files of four blocks that stand on one another, and volumes that write. Each write has a number of its own, so
 * that a file read through the wrong parent shows. Knows what each snapshot must read as, and nothing of how plans are made.
 */
final class World {

    private static final int BLOCKS = 4;
    private static final int HOLE = -1;

    private static final class File {
        final int[] blocks;

        @Nullable
        LayerId parent;

        boolean isWhole = true;
        boolean isDamaged;

        File(int[] blocks, @Nullable LayerId parent) {
            this.blocks = blocks;
            this.parent = parent;
        }
    }

    private final Map<LayerId, File> files = new HashMap<>();
    private final Map<VolumeId, File> disks = new HashMap<>();
    private final Map<VolumeId, int[]> written = new HashMap<>();
    private final Map<SnapshotId, int[]> taken = new HashMap<>();
    private final Map<SnapshotId, Set<SnapshotId>> tracked = new HashMap<>();
    private final Map<SnapshotId, ChainLimit> limits = new HashMap<>();
    private final Map<SnapshotId, ChainLimit> copyLimits = new HashMap<>();
    private int writes;

    void addVolume(VolumeId id) {
        int[] content = new int[BLOCKS];
        disks.put(id, new File(content.clone(), null));
        written.put(id, content);
    }

    /** A linked clone: it reads what it has not written itself from a layer. */
    void addClone(VolumeId id, LayerId layer) {
        int[] content = read(layer);
        assertThat(content).as("what is cloned from %s", layer).isNotNull();
        disks.put(id, new File(holes(), layer));
        written.put(id, content);
    }

    void write(VolumeId id, int block) {
        File disk = disks.get(id);
        int[] content = written.get(id);
        if (disk != null && content != null) {
            disk.blocks[block] = ++writes;
            content[block] = writes;
        }
    }

    /** The whole disk is copied to another pool. */
    void move(VolumeId id) {
        int[] content = written.get(id);
        if (content != null) {
            disks.put(id, new File(content.clone(), null));
        }
    }

    void remove(VolumeId id) {
        disks.remove(id);
        written.remove(id);
    }

    void damage(LayerId layer) {
        File file = files.get(layer);
        if (file != null) {
            file.isDamaged = true;
        }
    }

    void repair() {
        files.values().forEach(file -> file.isDamaged = false);
    }

    void expect(SnapshotId id, Set<SnapshotId> since, ChainLimit limit) {
        tracked.put(id, since);
        limits.put(id, limit);
    }

    void expectCopy(SnapshotId id, ChainLimit limit) {
        copyLimits.put(id, limit);
    }

    boolean isUnchanged(VolumeId volume, SnapshotId since) {
        return Arrays.equals(written.get(volume), taken.get(since));
    }

    boolean isEmpty() {
        return files.isEmpty();
    }

    Set<LayerId> files() {
        return files.keySet();
    }

    /** Does what a step says, as often as it is told to. */
    void perform(Step step, ChainGraph graph) {
        if (step instanceof Step.Take take) {
            take(take, graph);
        } else if (step instanceof Step.BackUp backUp) {
            backUp(backUp, graph);
        } else if (step instanceof Step.Share share) {
            taken.putIfAbsent(share.snapshot(), contentNow(share.snapshot(), graph));
        } else if (step instanceof Step.Copy copy) {
            copy(copy);
        } else if (step instanceof Step.Restore restore) {
            restore(restore);
        } else if (step instanceof Step.Flatten flatten) {
            flatten(flatten);
            turn(flatten, graph);
        } else if (step instanceof Step.Delete delete) {
            files.remove(delete.layer());
        } else if (step instanceof Step.Rebase rebase) {
            rebase(file(rebase.layer()), rebase.onto().orElse(null));
        } else if (step instanceof Step.RebaseVolume rebase) {
            rebase(known(disks, rebase.volume()), rebase.onto().orElse(null));
        }
    }

    /** Begins what a step says and dies in the middle. */
    void performHalf(Step step, ChainGraph graph) {
        if (step instanceof Step.BackUp backUp) {
            backUp(backUp, graph);
            file(backUp.layer()).isWhole = false;
        } else if (step instanceof Step.Copy copy) {
            copy(copy);
            file(copy.layer()).isWhole = false;
        } else if (step instanceof Step.Flatten flatten) {
            flatten(flatten);
            file(flatten.layer()).isWhole = false;
        } else if (step instanceof Step.Restore restore) {
            disks.put(restore.target(), new File(holes(), null));
        } else {
            perform(step, graph);
        }
    }

    /** Reads what is there, not what ought to be, and leaves out what its parent holds already. */
    private void copy(Step.Copy step) {
        int[] blocks = known(step.from()).clone();
        LayerId parent = step.parent().orElse(null);
        if (parent != null) {
            int[] below = known(parent);
            for (int i = 0; i < BLOCKS; i++) {
                blocks[i] = blocks[i] == below[i] ? HOLE : blocks[i];
            }
        }
        files.put(step.layer(), new File(blocks, parent));
        requireShort(step.layer(), known(copyLimits, step.snapshot()));
    }

    private void flatten(Step.Flatten step) {
        files.put(step.layer(), new File(known(step.from()).clone(), null));
    }

    /** What is read through which layer, the graph says. */
    private void turn(Step.Flatten step, ChainGraph graph) {
        for (LayerId child : graph.apply(step).graph().children(step.layer())) {
            File file = files.get(child);
            if (file != null) {
                file.parent = step.layer();
            }
        }
    }

    private void restore(Step.Restore step) {
        disks.put(step.target(), new File(known(step.from()).clone(), null));
        written.put(step.target(), known(taken, step.snapshot()).clone());
    }

    private int[] known(LayerId layer) {
        int[] content = read(layer);
        if (content == null) {
            throw new AssertionError(layer + " cannot be read");
        }
        return content;
    }

    private void requireShort(LayerId layer, ChainLimit limit) {
        if (limit.layers() != -1 && length(layer) > Math.max(1, limit.layers())) {
            throw new AssertionError(layer + " has " + length(layer) + " layers, the limit is " + limit);
        }
    }

    private void take(Step.Take step, ChainGraph graph) {
        if (files.containsKey(step.layer())) {
            return;
        }
        VolumeId volume = graph.require(step.snapshot()).volume();
        int[] content = known(written, volume);
        File disk = known(disks, volume);
        taken.put(step.snapshot(), content.clone());
        if (graph.store(step.layer().store()).orElseThrow().layering() == Layering.STACKED) {
            files.put(step.layer(), disk);
            disks.put(volume, new File(holes(), step.layer()));
        } else {
            files.put(step.layer(), new File(content.clone(), null));
        }
    }

    private int[] contentNow(SnapshotId id, ChainGraph graph) {
        int[] content = written.get(graph.require(id).volume());
        return content == null ? holes() : content.clone();
    }

    private void backUp(Step.BackUp step, ChainGraph graph) {
        LogicalSnapshot snapshot = graph.require(step.snapshot());
        if (snapshot.replicaIn(step.from()).isEmpty()) {
            taken.put(step.snapshot(), contentNow(step.snapshot(), graph));
        }
        int[] blocks = known(taken, step.snapshot()).clone();
        ChainLimit limit = known(limits, step.snapshot());
        LayerId parent = step.parent().orElse(null);
        if (parent != null) {
            leaveOut(blocks, parent, snapshot, graph);
        }
        files.put(step.layer(), new File(blocks, parent));
        requireShort(step.layer(), limit);
    }

    /** What did not change since the parent's snapshot is left out, as far as the changes since are known; else everything is. */
    private void leaveOut(int[] blocks, LayerId parent, LogicalSnapshot snapshot, ChainGraph graph) {
        Set<SnapshotId> holders = new HashSet<>(graph.snapshotsOn(parent));
        holders.addAll(graph.deletedOn(parent));
        int[] then = holders.stream()
                .filter(id -> tracked.getOrDefault(snapshot.id(), Set.of()).contains(id))
                .filter(id -> graph.require(id).takenIn().equals(snapshot.takenIn()))
                .map(taken::get)
                .findFirst()
                .orElse(blocks.clone());
        for (int i = 0; i < BLOCKS; i++) {
            if (blocks[i] == then[i]) {
                blocks[i] = HOLE;
            }
        }
    }

    private void rebase(File file, @Nullable LayerId onto) {
        for (int i = 0; i < BLOCKS; i++) {
            LayerId at = file.parent;
            while (file.blocks[i] == HOLE && at != null && !at.equals(onto)) {
                file.blocks[i] = file(at).blocks[i];
                at = file(at).parent;
            }
        }
        file.parent = onto;
    }

    private static <K, V> V known(Map<K, V> some, K key) {
        V value = some.get(key);
        if (value == null) {
            throw new AssertionError("there is nothing of " + key);
        }
        return value;
    }

    private int length(LayerId layer) {
        int length = 0;
        for (LayerId at = layer; at != null; at = file(at).parent) {
            length++;
        }
        return length;
    }

    private File file(LayerId id) {
        return known(files, id);
    }

    private static int[] holes() {
        int[] holes = new int[BLOCKS];
        Arrays.fill(holes, HOLE);
        return holes;
    }

    int @Nullable [] read(LayerId layer) {
        return resolve(files.get(layer));
    }

    private int @Nullable [] resolve(@Nullable File top) {
        int[] content = holes();
        for (File at = top; ; at = files.get(at.parent)) {
            if (at == null || at.isDamaged || !at.isWhole) {
                return null;
            }
            for (int i = 0; i < BLOCKS; i++) {
                content[i] = content[i] == HOLE ? at.blocks[i] : content[i];
            }
            if (at.parent == null) {
                return content;
            }
        }
    }

    void requireReads(LayerId layer, SnapshotId as) {
        int[] content = read(layer);
        if (!Arrays.equals(content, taken.get(as))) {
            throw new AssertionError(layer + " reads as " + Arrays.toString(content) + " and not as " + as + " was: "
                    + Arrays.toString(taken.get(as)));
        }
    }

    void requireReads(VolumeId volume) {
        int[] content = resolve(disks.get(volume));
        if (!Arrays.equals(content, written.get(volume))) {
            throw new AssertionError(volume + " reads as " + Arrays.toString(content) + ", and what was written is "
                    + Arrays.toString(written.get(volume)));
        }
    }
}
