package io.hvkit.storage.spi;

import io.hvkit.core.HostFacts;
import io.hvkit.core.HostId;
import io.hvkit.core.Incubating;
import java.util.Optional;

/**
 * A host that runs storage jobs: this machine, or another one that is reached by whatever way the implementation knows. Nothing of
 * ours is installed there. Callers get one of {@link EndPoints}.
 *
 * <p>Every call may be repeated with equal arguments, after a crash or a lost answer, and then finishes or confirms what the first
 * one began. Any number of threads may share an end point, but the caller makes one call at a time about each image. All calls are
 * made while no running machine uses what they write, unless they say otherwise.
 *
 * <p>Images and LUKS headers under a running machine are no work of an end point: its hypervisor alone may write them. So there is no
 * live copy here. Whoever moves a disk live selects the machine's host ({@link StorageAction#MOVE_DISK}), makes the target by the
 * pool or {@link #luks}, sees by {@link #deviceAccess} that the host has it, and has the hypervisor copy ({@code LiveDiskMigration}
 * of the other SPI). That a host can do so is told by its hypervisor's features, not here: what is told twice differs one day.
 */
@Incubating(since = "0.1")
public interface EndPoint extends AutoCloseable {

    /** Returns the host; the answer does not change. */
    HostId host();

    /**
     * Looks at the host now, and returns what it has and what it lacks, with the reasons; trying a feature tells more than asking
     * for a program's version. May take seconds. This is what {@link EndPointFacts#seeing} makes facts of for the {@link
     * EndPointSelector}.
     *
     * @throws io.hvkit.core.DriverException with {@code UNREACHABLE} if it does not answer
     */
    HostFacts probe() throws InterruptedException;

    /** Returns the work on images, which every end point does. */
    Images images();

    /** Returns the work on LUKS headers and their keys, if this kind of end point does any. */
    default Optional<LuksVolumes> luks() {
        return Optional.empty();
    }

    /** Returns what tells whether the host has a volume, if this kind of end point can tell. */
    default Optional<DeviceAccess> deviceAccess() {
        return Optional.empty();
    }

    /** Ends the connection to the host, if there is one; what it runs for calls under way is ended. Closing twice does nothing. */
    @Override
    void close();
}
