package io.hvkit.powerflex.simulator.internal.array;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Which host sees which volume, and how fast. */
public final class Mappings {

    private static final int MOST_VOLUMES_OF_ONE_SDC = 8192;
    private static final int LEAST_IOPS = 11;
    private static final int KBPS_STEP = 1024;

    /** Whether a volume may be mapped beside another host. */
    public enum Sharing {
        ALONE,
        WITH_OTHERS
    }

    private final Inventory inventory;
    private final Backing backing;
    private boolean restricted;

    Mappings(Inventory inventory, Backing backing) {
        this.inventory = inventory;
        this.backing = backing;
    }

    public void map(Volume volume, Sdc sdc, Sharing sharing, String accessMode) {
        if (restricted && !sdc.isApproved()) {
            throw new ArrayException(ArrayError.SDC_NOT_APPROVED);
        }
        if (volume.mapping(sdc).isPresent()) {
            throw new ArrayException(ArrayError.ALREADY_MAPPED);
        }
        if (sharing == Sharing.ALONE && !volume.mappings().isEmpty()) {
            throw new ArrayException(ArrayError.ONE_MAPPING_ONLY);
        }
        if (inventory.volumesOn(sdc).size() >= MOST_VOLUMES_OF_ONE_SDC) {
            throw new ArrayException(ArrayError.SDC_HAS_TOO_MANY_VOLUMES);
        }
        Mapping mapping = new Mapping(sdc, accessMode, 0, 0);
        volume.put(mapping);
        backing.mapped(volume.id(), volume.seenThrough(mapping));
    }

    public void unmap(Volume volume, Sdc sdc) {
        require(volume, sdc);
        volume.unmap(sdc);
        backing.unmapped(volume.id(), sdc);
    }

    /** Takes a volume off all hosts; there need not be one. */
    public void unmapAll(Volume volume) {
        List.copyOf(volume.mappings()).forEach(mapping -> unmap(volume, mapping.sdc()));
    }

    /** Changes the limits that are given and leaves the others; 0 is none. */
    public void limit(Volume volume, Sdc sdc, OptionalInt iops, OptionalLong kbps) {
        Mapping mapping = require(volume, sdc);
        if (iops.isPresent() && iops.getAsInt() != 0 && iops.getAsInt() < LEAST_IOPS) {
            throw new ArrayException(ArrayError.PARAMETER_OUT_OF_RANGE);
        }
        if (kbps.isPresent() && (kbps.getAsLong() < 0 || kbps.getAsLong() % KBPS_STEP != 0)) {
            throw new ArrayException(ArrayError.PARAMETER_OUT_OF_RANGE);
        }
        volume.put(mapping.limited(iops.orElse(mapping.limitIops()), kbps.orElse(mapping.limitKbps())));
    }

    public void accessAs(Volume volume, Sdc sdc, String mode) {
        Mapping mapping = require(volume, sdc).accessedAs(mode);
        volume.put(mapping);
        backing.mapped(volume.id(), volume.seenThrough(mapping));
    }

    public boolean isRestricted() {
        return restricted;
    }

    public void restrict(boolean toApproved) {
        restricted = toApproved;
    }

    private static Mapping require(Volume volume, Sdc sdc) {
        return volume.mapping(sdc).orElseThrow(() -> new ArrayException(ArrayError.NOT_MAPPED));
    }
}
