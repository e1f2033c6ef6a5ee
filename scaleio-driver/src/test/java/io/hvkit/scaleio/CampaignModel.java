package io.hvkit.scaleio;

import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.VolumeLimits;
import io.hvkit.storage.spi.VolumeUse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the array has to hold, as far as it was asked. */
final class CampaignModel {

    /** A snapshot: what it is called, how large the volume was, and what was on it. */
    record Past(SnapshotId id, String name, ByteSize size, byte content) {}

    /** A volume. */
    static final class Disk {

        final VolumeId id;
        final int tree;
        final Set<VolumeUse> uses = new LinkedHashSet<>();
        final List<Past> pasts = new ArrayList<>();
        String name;
        ByteSize size;
        byte content;
        VolumeLimits limits = VolumeLimits.none();

        Disk(VolumeId id, int tree, String name, ByteSize size) {
            this.id = id;
            this.tree = tree;
            this.name = name;
            this.size = size;
        }

        /** A machine's use alone needs no note. */
        private int notes() {
            Map<HostId, Set<VolumeUse>> byHost = new LinkedHashMap<>();
            uses.forEach(use -> byHost.computeIfAbsent(use.host(), host -> new LinkedHashSet<>())
                    .add(use));
            int notes = limits.equals(VolumeLimits.none()) ? 0 : 1;
            for (Map.Entry<HostId, Set<VolumeUse>> one : byHost.entrySet()) {
                notes += one.getValue().equals(Set.of(VolumeUse.by(one.getKey())))
                        ? 0
                        : one.getValue().size();
            }
            return notes;
        }
    }

    final List<Disk> disks = new ArrayList<>();
    private int trees;

    int newTree() {
        trees++;
        return trees;
    }

    boolean sharesItsTree(Disk disk) {
        return disks.stream().anyMatch(other -> other != disk && other.tree == disk.tree);
    }

    /** Returns how many volumes the array has, snapshots, notes and their sheets included. */
    int volumesOfTheArray() {
        int all = 0;
        for (Disk disk : disks) {
            int notes = disk.notes();
            all += 1 + disk.pasts.size() + (notes == 0 ? 0 : notes + 1);
        }
        return all;
    }
}
