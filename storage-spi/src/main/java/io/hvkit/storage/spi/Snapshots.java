package io.hvkit.storage.spi;

import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.List;
import java.util.Optional;

/** Points in time of a pool's volumes. A snapshot of an encrypted volume is as encrypted as the volume. */
public interface Snapshots {

    /**
     * Takes a snapshot, or returns the one that the volume has under that name already, as it was taken then. The volume may be
     * attached; what is on it is then as after a power cut.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such volume</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the name is one the pool cannot keep</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the pool is full, or the volume has as many as it can have</td><td>{@code EXHAUSTED}; nothing is left
     * behind</td></tr>
     * </table>
     */
    Snapshot take(VolumeId volume, String name) throws InterruptedException;

    /** Returns the snapshot, if it exists. */
    Optional<Snapshot> find(SnapshotId id) throws InterruptedException;

    /** Returns the snapshots of a volume, oldest first; none if there is no such volume. */
    List<Snapshot> list(VolumeId volume) throws InterruptedException;

    /**
     * Makes a volume what it was when a snapshot was taken, its size too, and returns it as it is then. Younger snapshots stay.
     * Needs {@link PoolFeature#REVERT}.
     *
     * <table>
     * <caption>Failures; nothing is changed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such snapshot</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the volume is attached</td><td>{@code IN_USE}</td></tr>
     * </table>
     */
    Volume revert(SnapshotId id) throws InterruptedException;

    /**
     * Removes a snapshot and nothing else; does nothing if there is none.
     *
     * <table>
     * <caption>Failures; nothing is changed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>a linked clone reads it</td><td>{@code IN_USE}</td></tr>
     * </table>
     */
    void delete(SnapshotId id) throws InterruptedException;
}
