package io.hvkit.storage.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.VolumeId;

/** Other names for volumes that are there. */
@Incubating(since = "0.1")
public interface Renaming {

    /**
     * Gives a volume a name, and returns it as it is then; does nothing if that is its name. All else about it stays: its id, its snapshots,
     * its uses; it may be attached. The old name is free afterwards.
     *
     * <table>
     * <caption>Failures; nothing is changed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such volume</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the name is one the pool cannot keep</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>another volume has it</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * </table>
     */
    Volume rename(VolumeId id, String name) throws InterruptedException;
}
