package io.hvkit.powerflex.simulator.internal.array;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How full pools are, in kilobytes that users see: one copy of everything. */
public final class Capacity {

    /** What sizes are multiples of. */
    public static final long STEP_KB = 8L << 20;

    /** How many times its room a pool promises to thin volumes. */
    private static final int OVERSUBSCRIPTION = 5;

    private final Inventory inventory;
    private final Backing backing;

    Capacity(Inventory inventory, Backing backing) {
        this.inventory = inventory;
        this.backing = backing;
    }

    /**
     * How full a pool is.
     *
     * @param thickKb what thick volumes have taken, all of it reserved
     * @param thinKb what thin ones were promised
     * @param writtenKb what was really written to trees without thick volumes
     */
    public record Use(long thickKb, long thinKb, long writtenKb, StoragePool pool) {

        public long usedKb() {
            return pool.isFull() ? pool.usableKb() : Math.min(pool.usableKb(), thickKb + writtenKb);
        }

        public long freeKb() {
            return pool.usableKb() - usedKb();
        }

        public long allocationLimitKb() {
            return OVERSUBSCRIPTION * pool.usableKb();
        }
    }

    public Use of(StoragePool pool) {
        List<Volume> volumes = inventory.volumesIn(pool);
        return new Use(sum(volumes, VolumeKind.THICK), sum(volumes, VolumeKind.THIN), writtenKb(volumes), pool);
    }

    /** Returns how much was written to a volume and its snapshots together. */
    public long writtenKb(VTree tree) {
        return largest(inventory.volumesOf(tree), backing.allocated());
    }

    /** Refuses what does not fit. */
    void require(StoragePool pool, VolumeKind kind, long moreKb) {
        if (kind == VolumeKind.THICK) {
            require(moreKb <= of(pool).freeKb());
            return;
        }
        if (kind == VolumeKind.THIN && pool.isFull()) {
            throw new ArrayException(ArrayError.NO_ROOM_FOR_THIN);
        }
        List<Volume> volumes = inventory.volumesIn(pool);
        long promised = sum(volumes, VolumeKind.THICK) + sum(volumes, VolumeKind.THIN);
        require(!pool.isFull() && promised + moreKb <= OVERSUBSCRIPTION * pool.usableKb());
    }

    private static void require(boolean fits) {
        if (!fits) {
            throw new ArrayException(ArrayError.BEYOND_ALLOCATION_LIMIT);
        }
    }

    /** Refuses to bring a tree where it does not fit. */
    void requireRoomFor(VTree tree, StoragePool pool) {
        long thick = sum(inventory.volumesOf(tree), VolumeKind.THICK);
        if (pool.isFull() || of(pool).freeKb() < Math.max(thick, writtenKb(tree))) {
            throw new ArrayException(ArrayError.NO_SPACE_IN_DESTINATION);
        }
    }

    private long writtenKb(List<Volume> volumes) {
        Map<Long, Long> bytes = backing.allocated();
        Map<VTree, List<Volume>> trees = volumes.stream().collect(Collectors.groupingBy(Volume::tree));
        return trees.values().stream()
                .filter(tree -> tree.stream().noneMatch(volume -> volume.kind() == VolumeKind.THICK))
                .mapToLong(tree -> largest(tree, bytes))
                .sum();
    }

    /** Returns what a tree takes: its volumes share blocks, so the one that has most stands for all. */
    private static long largest(List<Volume> tree, Map<Long, Long> bytes) {
        return tree.stream()
                        .mapToLong(volume -> bytes.getOrDefault(volume.id(), 0L))
                        .max()
                        .orElse(0)
                / 1024;
    }

    private static long sum(Collection<Volume> volumes, VolumeKind kind) {
        return volumes.stream()
                .filter(one -> one.kind() == kind)
                .mapToLong(Volume::sizeKb)
                .sum();
    }
}
