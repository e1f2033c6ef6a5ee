package io.hvkit.testkit.chain;

import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A disk of a few blocks, and layers of snapshots as files. What is written has a number that nothing else has, so a layer that is read through
 * another one than it was written over shows.
 */
final class ChainFiles {

    static final int BLOCKS = 6;

    private static final int HOLE = -1;

    /** One layer. */
    private static final class Image {
        private final SnapshotId of;
        private final int[] blocks;
        private Optional<LayerId> parent;

        Image(SnapshotId of, int[] blocks, Optional<LayerId> parent) {
            this.of = of;
            this.blocks = blocks;
            this.parent = parent;
        }
    }

    private final int[] disk = new int[BLOCKS];
    private final List<Integer> written = new ArrayList<>();
    private final Map<SnapshotId, int[]> held = new HashMap<>();
    private final Map<SnapshotId, Integer> moments = new HashMap<>();
    private final Map<LayerId, Image> images = new HashMap<>();
    private final Map<VolumeId, int[]> made = new HashMap<>();

    /** The guest writes one block. */
    void write(int block) {
        written.add(block);
        disk[block] = written.size();
    }

    /** Keeps in mind what a snapshot holds that is taken now. */
    void hold(SnapshotId id) {
        held.put(id, disk.clone());
        moments.put(id, written.size());
    }

    Set<LayerId> layers() {
        return Set.copyOf(images.keySet());
    }

    /** Does the work of a step, again too if it was done before. */
    void carryOut(Step step) {
        if (step instanceof Step.BackUp work) {
            images.put(work.layer(), new Image(work.snapshot(), changed(work), work.parent()));
        } else if (step instanceof Step.Take work) {
            images.put(work.layer(), new Image(work.snapshot(), content(work.snapshot()), Optional.empty()));
        } else if (step instanceof Step.Copy work) {
            images.put(work.layer(), new Image(work.snapshot(), differing(work), work.parent()));
        } else if (step instanceof Step.Rebase work) {
            rebase(work.layer(), work.onto());
        } else if (step instanceof Step.Restore work) {
            made.put(work.target(), read(work.from()));
        } else if (step instanceof Step.Delete work) {
            images.remove(work.layer());
        } else if (!step.needs().isEmpty()) {
            throw new AssertionError("no volume stands on layers here, and the plan has " + step);
        }
    }

    private int[] content(SnapshotId id) {
        return require(held, id).clone();
    }

    /** Whoever notes what is written since a snapshot knows that and nothing else. */
    private int[] changed(Step.BackUp work) {
        int[] content = content(work.snapshot());
        if (work.parent().isEmpty()) {
            return content;
        }
        SnapshotId since = image(work.parent().get()).of;
        Set<Integer> blocks = Set.copyOf(written.subList(require(moments, since), require(moments, work.snapshot())));
        for (int i = 0; i < BLOCKS; i++) {
            content[i] = blocks.contains(i) ? content[i] : HOLE;
        }
        return content;
    }

    private int[] differing(Step.Copy work) {
        int[] content = read(work.from());
        if (work.parent().isPresent()) {
            int[] below = read(work.parent().get());
            for (int i = 0; i < BLOCKS; i++) {
                content[i] = content[i] == below[i] ? HOLE : content[i];
            }
        }
        return content;
    }

    private void rebase(LayerId layer, Optional<LayerId> onto) {
        Image top = image(layer);
        Optional<LayerId> at = top.parent;
        while (!at.equals(onto)) {
            Image below = image(at.orElseThrow(() -> new AssertionError(layer + " does not stand on " + onto)));
            fill(top.blocks, below.blocks);
            at = below.parent;
        }
        top.parent = onto;
    }

    private static void fill(int[] content, int[] below) {
        for (int i = 0; i < BLOCKS; i++) {
            content[i] = content[i] == HOLE ? below[i] : content[i];
        }
    }

    /** Returns what is read of a layer and all that it stands on. */
    private int[] read(LayerId layer) {
        int[] content = new int[BLOCKS];
        Arrays.fill(content, HOLE);
        Optional<LayerId> at = Optional.of(layer);
        while (at.isPresent()) {
            Image image = image(at.get());
            fill(content, image.blocks);
            at = image.parent;
        }
        return content;
    }

    private Image image(LayerId layer) {
        return require(images, layer);
    }

    private static <K, T> T require(Map<K, T> known, K of) {
        return Optional.ofNullable(known.get(of))
                .orElseThrow(() -> new AssertionError(of + " is read, and is not there"));
    }

    void requireReads(LayerId layer, SnapshotId as) {
        requireEqual(read(layer), layer, as);
    }

    void requireHolds(VolumeId volume, SnapshotId as) {
        requireEqual(require(made, volume), volume, as);
    }

    private void requireEqual(int[] found, Object of, SnapshotId as) {
        if (!Arrays.equals(found, content(as))) {
            throw new AssertionError(of + " reads as " + Arrays.toString(found) + ", and " + as + " held "
                    + Arrays.toString(content(as)));
        }
    }
}
