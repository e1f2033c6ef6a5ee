package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.SnapshotGroups;
import io.hvkit.storage.spi.Volume;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Snapshots of several volumes by one call, which the array takes at one moment. Each is found by its name, never by its place. */
record ArrayGroups(ArrayCalls calls, ArrayVolumes volumes, ArraySnapshots snapshots, GroupRevert reverting)
        implements SnapshotGroups {

    @Override
    public Map<VolumeId, Snapshot> take(Set<VolumeId> wanted, String name) throws InterruptedException {
        ArraySnapshots.check(name);
        Map<String, ArrayVolume> sources = new LinkedHashMap<>();
        for (VolumeId volume : wanted) {
            ArrayVolume source = volumes.require(volume);
            sources.put(ArraySnapshots.mark(source) + name, source);
        }
        Map<VolumeId, ArrayVolume> present = present(sources);
        if (present.isEmpty()) {
            Map<String, String> ids = new LinkedHashMap<>();
            sources.forEach((full, source) -> ids.put(full, source.id()));
            calls.snapshot(ids);
            present = present(sources);
        }
        requireOneMoment(present, sources.size(), name);
        Map<VolumeId, Snapshot> taken = new LinkedHashMap<>();
        present.forEach((volume, one) -> taken.put(volume, ArraySnapshots.snapshot(one)));
        return taken;
    }

    private Map<VolumeId, ArrayVolume> present(Map<String, ArrayVolume> sources) throws InterruptedException {
        Map<VolumeId, ArrayVolume> present = new LinkedHashMap<>();
        for (Map.Entry<String, ArrayVolume> one : sources.entrySet()) {
            calls.named(one.getKey())
                    .ifPresent(found -> present.put(new VolumeId(one.getValue().id()), found));
        }
        return present;
    }

    private static void requireOneMoment(Map<VolumeId, ArrayVolume> present, int wanted, String name) {
        long moments = present.values().stream()
                .map(one -> one.origin().group())
                .distinct()
                .count();
        boolean known =
                present.values().stream().map(one -> one.origin().group()).allMatch(Optional::isPresent);
        if (present.size() != wanted || moments != 1 || !known) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "of %d volumes %s have a snapshot %s, and these were taken at %d moments: not all at one; choose"
                                    + " another name",
                            wanted, present.keySet(), name, moments);
        }
    }

    @Override
    public Map<VolumeId, Volume> revert(Set<SnapshotId> ids) throws InterruptedException {
        Map<VolumeId, GroupRevert.Step> steps = new LinkedHashMap<>();
        for (SnapshotId id : ids) {
            GroupRevert.Step step = snapshots.step(id);
            GroupRevert.Step other = steps.put(new VolumeId(step.volume().id()), step);
            if (other != null) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "volume %s cannot become what it was in both of snapshots %s and %s",
                                step.volume().id(), other.snapshot().id(), id);
            }
        }
        reverting.run(steps.values());
        Map<VolumeId, Volume> reverted = new LinkedHashMap<>();
        for (VolumeId volume : steps.keySet()) {
            reverted.put(volume, volumes.require(volume).asVolume());
        }
        return reverted;
    }
}
