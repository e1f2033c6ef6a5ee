package io.hvkit.storage.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.Map;
import java.util.Set;

/**
 * Points in time of several volumes of a pool together, as of all disks of one machine. What was taken so is found, listed and removed
 * one by one, as any snapshot.
 */
@Incubating(since = "0.1")
public interface SnapshotGroups {

    /**
     * Takes a snapshot of each volume, all at one moment and under one name, all or none; or returns those that an equal request took. The
     * volumes may be attached.
     *
     * <table>
     * <caption>Failures; nothing is left behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>no volume is named</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>one of the volumes is not there</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the name is one the pool cannot keep</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>some of the volumes have a snapshot of that name, and not all by one request</td><td>{@code
     * EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>the pool is full, or one of the volumes has as many as it can have</td><td>{@code EXHAUSTED}</td></tr>
     * </table>
     *
     * @return the snapshot of each volume
     */
    Map<VolumeId, Snapshot> take(Set<VolumeId> volumes, String name) throws InterruptedException;

    /**
     * Makes several volumes what they were in these snapshots, all or none, and returns each as it is then. Younger snapshots stay. Needs
     * {@link PoolFeature#REVERT}. When it is cut short in the middle, as by a crash, some volumes are and some are not, until it is called
     * again.
     *
     * <table>
     * <caption>Failures; all volumes are as they were, unless the effect is {@code UNKNOWN}</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>no snapshot is named, or two of the same volume</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>one of the snapshots is not there</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>one of the volumes is attached</td><td>{@code IN_USE}</td></tr>
     * </table>
     */
    Map<VolumeId, Volume> revert(Set<SnapshotId> snapshots) throws InterruptedException;
}
