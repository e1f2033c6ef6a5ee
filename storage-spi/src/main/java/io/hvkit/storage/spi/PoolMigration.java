package io.hvkit.storage.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.VolumeId;
import java.util.Optional;

/**
 * Moves of volumes to other pools of the same storage system, made by the system itself. A volume keeps its id, its snapshots, its
 * limits and its attachments, and may be in use all the while. One move of a volume at a time.
 */
@Incubating(since = "0.1")
public interface PoolMigration {

    /**
     * Returns whether a pool belongs to the same storage system, so that volumes could move there: judged by what identifies the system, not
     * by addresses. Asks nobody, and says nothing of room and settings, which {@link #start} looks at.
     *
     * @param target an open pool, of whatever driver
     */
    boolean reaches(StoragePool target);

    /**
     * Starts a move, or returns the one that an equal request started. One that is at its target already has a job that has ended.
     *
     * <table>
     * <caption>Failures; the volume stays where it is</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such volume, here or in the target</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the target belongs to another system, or to another driver</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>it is on its way to another pool</td><td>{@code OPERATION_PENDING}, effect {@code NOT_APPLIED}</td></tr>
     * <tr><td>the target has a volume of that name, or no room</td><td>{@code EXISTS_DIFFERENTLY}, {@code EXHAUSTED}</td></tr>
     * </table>
     *
     * @param target an open pool, which stays open until the verdict
     */
    PoolMigrationJob start(VolumeId volume, StoragePool target) throws InterruptedException;

    /** Returns the move that a volume of this pool is on, whoever started it; nothing if it is on none. */
    Optional<PoolMigrationJob> find(VolumeId volume) throws InterruptedException;
}
