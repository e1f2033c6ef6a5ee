package io.hvkit.powerflex.simulator.internal.array;

import java.time.InstantSource;
import java.util.Optional;

/** Volumes are made, named and grown. */
public final class Volumes {

    /** One pebibyte. */
    private static final long LARGEST_KB = 1L << 40;

    private static final long KB = 1024;

    private final Inventory inventory;
    private final Capacity capacity;
    private final Backing backing;
    private final InstantSource clock;

    Volumes(Inventory inventory, Capacity capacity, Backing backing, InstantSource clock) {
        this.inventory = inventory;
        this.capacity = capacity;
        this.backing = backing;
        this.clock = clock;
    }

    /** Makes a volume; its size is rounded up to a multiple of 8 GiB. */
    public Volume create(StoragePool pool, Optional<String> name, VolumeKind kind, long askedKb) {
        name.ifPresent(this::requireFree);
        if (askedKb <= 0) {
            throw new ArrayException(ArrayError.VOL_SIZE_ILLEGAL);
        }
        if (askedKb > LARGEST_KB) {
            throw new ArrayException(ArrayError.VOL_SIZE_TOO_LARGE);
        }
        if (pool.domain().isErasureCoded()) {
            throw new ArrayException(ArrayError.NOT_SUPPORTED);
        }
        long sizeKb = (askedKb + Capacity.STEP_KB - 1) / Capacity.STEP_KB * Capacity.STEP_KB;
        capacity.require(pool, kind, sizeKb);
        long id = inventory.nextId("Volume");
        backing.create(id, sizeKb * KB);
        VTree tree = inventory.add(new VTree(inventory.nextId("VTree"), name.orElse(Ids.text(id)), pool));
        Volume volume = new Volume(id, tree, clock.instant(), kind, sizeKb);
        volume.rename(name.orElse(null));
        return inventory.add(volume);
    }

    public void rename(Volume volume, String name) {
        Names.check(name);
        if (volume.name().filter(name::equals).isEmpty()) {
            requireFree(name);
        }
        volume.rename(name);
    }

    /** Grows a volume; the size that it has already is taken without a word. */
    public void grow(Volume volume, long gigabytes) {
        long sizeKb = gigabytes << 20;
        if (sizeKb < volume.sizeKb()) {
            throw new ArrayException(ArrayError.VOL_DECREASE_NOT_SUPPORTED);
        }
        if (sizeKb > LARGEST_KB) {
            throw new ArrayException(ArrayError.VOL_SIZE_TOO_LARGE);
        }
        if (sizeKb == volume.sizeKb()) {
            return;
        }
        capacity.require(volume.tree().pool(), volume.kind(), sizeKb - volume.sizeKb());
        backing.grow(volume.id(), sizeKb * KB);
        volume.growTo(sizeKb);
    }

    public void limitAccess(Volume volume, String mode) {
        volume.limitAccess(mode);
        volume.mappings().forEach(mapping -> backing.mapped(volume.id(), volume.seenThrough(mapping)));
    }

    public void useReadCache(Volume volume, boolean use) {
        volume.useReadCache(use);
    }

    public void compress(Volume volume, String method) {
        volume.compress(method);
    }

    /** Refuses a name that breaks the rule or is taken. */
    void requireFree(String name) {
        Names.check(name);
        if (inventory.findVolume(name).isPresent()) {
            throw new ArrayException(ArrayError.VOL_NAME_IN_USE);
        }
    }
}
