package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.Map;
import java.util.Set;

/** Snapshots of several volumes by a plug-in; its answers are looked at, since a pair that is wrong brings back another volume's past. */
record GuardedSnapshotGroups(SnapshotGroups groups, PluginBoundary boundary, FeatureCheck check)
        implements SnapshotGroups {

    @Override
    public Map<VolumeId, Snapshot> take(Set<VolumeId> volumes, String name) throws InterruptedException {
        requireSome(volumes, "volume");
        Set<VolumeId> wanted = Set.copyOf(volumes);
        Map<VolumeId, Snapshot> taken =
                Map.copyOf(boundary.call("snapshotGroups.take", () -> groups.take(wanted, name)));
        boolean paired = taken.keySet().equals(wanted)
                && taken.entrySet().stream()
                        .allMatch(pair -> pair.getValue().volume().equals(pair.getKey())
                                && pair.getValue().name().equals(name));
        if (!paired) {
            throw broken("it was to take snapshots " + name + " of " + wanted + " and answered with " + taken);
        }
        return taken;
    }

    @Override
    public Map<VolumeId, Volume> revert(Set<SnapshotId> snapshots) throws InterruptedException {
        check.require(PoolFeature.REVERT, "making volumes what they were in snapshots " + snapshots);
        requireSome(snapshots, "snapshot");
        Set<SnapshotId> wanted = Set.copyOf(snapshots);
        Map<VolumeId, Volume> reverted =
                Map.copyOf(boundary.call("snapshotGroups.revert", () -> groups.revert(wanted)));
        boolean paired = reverted.size() == wanted.size()
                && reverted.entrySet().stream()
                        .allMatch(pair -> pair.getValue().id().equals(pair.getKey()));
        if (!paired) {
            throw broken("it was to bring back what was in " + wanted + " and answered with " + reverted);
        }
        return reverted;
    }

    private static void requireSome(Set<?> things, String what) {
        if (things.isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a group has at least one %s, and none is named", what);
        }
    }

    private DriverException broken(String how) {
        return DriverException.because(Failure.DEFECT).message("%s broke its contract: %s", boundary.provider(), how);
    }
}
