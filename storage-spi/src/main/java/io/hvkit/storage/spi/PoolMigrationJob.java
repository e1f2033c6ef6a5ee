package io.hvkit.storage.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.Progress;
import java.time.Duration;
import java.util.Optional;

/**
 * A volume on its way to another pool. The storage goes on with it, with or without us: an interrupted or impatient caller merely
 * stops watching. Any number of threads may share it.
 */
@Incubating(since = "0.1")
public interface PoolMigrationJob {

    /** Asks how far it is; all of it once it has succeeded. */
    Progress progress() throws InterruptedException;

    /** Waits for the verdict; returns nothing if it is not there in time, as when the move is paused, and then it goes on. */
    Optional<PoolMigrationVerdict> await(Duration limit) throws InterruptedException;

    /** Lets it rest; nothing is lost. May be repeated, and does nothing once it has ended. */
    void pause() throws InterruptedException;

    /** Lets it go on after a pause. May be repeated, and does nothing once it has ended. */
    void resume() throws InterruptedException;

    /**
     * Brings the volume back to where it was, paused or not; does nothing once the move has ended. The verdict says whether it
     * came in time: a volume that has arrived stays there.
     */
    void rollBack() throws InterruptedException;
}
