package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostId;
import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An open connection to one host.
 *
 * <p>Every method may be repeated with equal arguments, after a crash or a time-out, and then finishes or confirms what
 * the first call began. Answers come from the host, never from memory of what was done here. A method that cannot do its
 * work throws {@link io.hvkit.core.DriverException}; none returns {@code null} or {@code false} for it. Many threads may
 * share a connection, but the caller makes one call at a time about each machine.
 */
public interface Hypervisor extends AutoCloseable {

    /** Returns the host it was opened for. */
    HostId host();

    /** Returns what this connection can do; the answer does not change while it is open. */
    Features<HypervisorFeature> features();

    /**
     * Looks at what the host has now. Changes nothing; a driver that does not look says so in each finding.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the host does not answer; what it merely lacks is a finding</td><td>{@code UNREACHABLE}</td></tr>
     * </table>
     */
    default HostFacts probe() throws InterruptedException {
        return HostFacts.at(Instant.now());
    }

    /**
     * Returns what the host was found to have, by this connection and no longer ago than that; looks again if need be, as {@link
     * #probe} does. A driver whose look is cheap always looks, and so does this one.
     *
     * @param noOlderThan the age limit; zero always looks
     */
    @Incubating(since = "0.1")
    default HostFacts facts(Duration noOlderThan) throws InterruptedException {
        return probe();
    }

    /**
     * Returns what the host has for machines, as it says now; nothing if it cannot tell.
     *
     * @throws DriverException with {@code UNREACHABLE} if it does not answer
     */
    @Incubating(since = "0.1")
    default Optional<HostCapacity> capacity() throws InterruptedException {
        return Optional.empty();
    }

    /**
     * Starts a machine, or returns the one an equal request started before, if it still runs.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the name is taken by a machine of another make</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>a disk has a key, and {@link HypervisorFeature#ENCRYPTED_DISKS} is not offered</td>
     * <td>{@code UNSUPPORTED}, before anything is touched</td></tr>
     * <tr><td>a disk has format {@code LUKS} and no key, or a key that was wiped</td>
     * <td>{@code INVALID_REQUEST}, before anything is touched: without it a guest would see the header and could write over
     * it</td></tr>
     * <tr><td>a layer of a disk is encrypted and one over it is not, or the host remembers a disk as frozen by a snapshot of the
     * machine and it would be written to</td><td>{@code INVALID_REQUEST}, before anything is touched</td></tr>
     * <tr><td>the host remembers that a disk was merged into what the machine has in its place, or that a merge into it was begun and
     * the overlay holds the rest</td><td>{@code INVALID_REQUEST}, before anything is touched</td></tr>
     * <tr><td>a disk has a key and is not encrypted</td>
     * <td>{@code CORRUPT_DATA}; nothing is formatted, no machine is left behind</td></tr>
     * <tr><td>a key does not open its disk</td><td>{@code BAD_CREDENTIALS}; no machine is left behind, and one that an equal
     * request started keeps the key that works</td></tr>
     * <tr><td>a disk is not where its attachment says</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>a disk is used by another machine</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the host has no room</td><td>{@code EXHAUSTED}; no machine is left behind</td></tr>
     * </table>
     */
    Machine start(MachineSpec spec) throws InterruptedException;

    /**
     * Makes the host remember a machine without starting it, or confirms that an equal request did; one of equal make that runs
     * stays as it is. Its disks are not opened: they need not be there yet, and a key is neither tried nor kept. Needs {@link
     * HypervisorFeature#DEFINED_MACHINES}.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the machine is to be transient</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the name is taken by a machine of another make, running or not</td><td>{@code EXISTS_DIFFERENTLY}; it stays as it
     * is</td></tr>
     * <tr><td>machines cannot be defined here</td><td>{@code UNSUPPORTED}</td></tr>
     * </table>
     */
    @Incubating(since = "0.1")
    default Machine define(MachineSpec spec) throws InterruptedException {
        throw DriverException.because(Failure.UNSUPPORTED)
                .message("machines are not defined here without being started; start %s", spec.name());
    }

    /** Does the same as {@link #start(MachineId, KeySource)} with the keys of {@link #keysFrom} alone. */
    @Incubating(since = "0.1")
    default Machine start(MachineId id) throws InterruptedException {
        return start(id, KeySource.NONE);
    }

    /**
     * Starts a machine that the host remembers, as it remembers it; one that runs stays as it is. Needs {@link
     * HypervisorFeature#DEFINED_MACHINES}.
     *
     * <table>
     * <caption>Failures, besides those of {@link #start(MachineSpec)} that concern disks and room</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the host knows no such machine</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>neither source knows the key of an encrypted disk</td><td>{@code INVALID_REQUEST}, before anything is
     * touched</td></tr>
     * <tr><td>machines cannot be started so here</td><td>{@code UNSUPPORTED}</td></tr>
     * </table>
     *
     * <p>A machine that could not be started is remembered as it was.
     *
     * @param keys where keys are looked for first; then the source of {@link #keysFrom} is asked
     */
    @Incubating(since = "0.1")
    default Machine start(MachineId id, KeySource keys) throws InterruptedException {
        throw DriverException.because(Failure.UNSUPPORTED)
                .message("machines are not started by their ids here; start %s with its description", id);
    }

    /**
     * Stops a machine and returns when it has ended; does nothing if there is none.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the mode asks the guest and {@link HypervisorFeature#GRACEFUL_STOP} is not offered</td>
     * <td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>it goes on running, or the guest does and the mode does not cut its power</td>
     * <td>{@code TIMED_OUT}; it may still end later</td></tr>
     * </table>
     */
    void stop(MachineId id, StopMode mode) throws InterruptedException;

    /**
     * Makes the host forget a machine that it remembers and that does not run; does nothing if there is none. Its disks stay.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it runs</td><td>{@code IN_USE}</td></tr>
     * </table>
     */
    default void forget(MachineId id) throws InterruptedException {
        if (find(id).filter(machine -> machine.state() != MachineState.STOPPED).isPresent()) {
            throw DriverException.because(Failure.IN_USE).message("machine %s runs; stop it first", id);
        }
    }

    /**
     * Names where keys come from when the host has forgotten them. A driver whose host never does ignores it, and so does this
     * one. Without a source, keys come back with the next {@link #start} of an equal request.
     */
    @Incubating(since = "0.1")
    default void keysFrom(KeySource source) {}

    /** Returns the machine, if the host knows it; one that ended may be gone or be {@code STOPPED} or {@code CRASHED}. */
    default Optional<Machine> find(MachineId id) throws InterruptedException {
        return list().stream().filter(machine -> machine.id().equals(id)).findAny();
    }

    /**
     * Returns every machine for which {@link #find} has an answer, in no particular order. A machine that cannot be read now may be
     * missing; absence is no proof that it is gone.
     */
    List<Machine> list() throws InterruptedException;

    /**
     * Returns the terminal of the host that a running machine's console is at; nothing if it has none, does not run, or {@link
     * HypervisorFeature#CONSOLE} is not offered.
     */
    @Incubating(since = "0.1")
    default Optional<Path> console(MachineId id) throws InterruptedException {
        return Optional.empty();
    }

    /** Returns changing the devices of machines that run; present exactly when {@code HOT_PLUG} is offered. */
    @Incubating(since = "0.1")
    default Optional<HotPlug> hotPlug() {
        return Optional.empty();
    }

    /** Returns pausing, resuming and restarting machines; present exactly when {@code MACHINE_CONTROL} is offered. */
    @Incubating(since = "0.1")
    default Optional<MachineControl> control() {
        return Optional.empty();
    }

    /** Returns what machines have used; present exactly when {@code STATISTICS} is offered. */
    @Incubating(since = "0.1")
    default Optional<Statistics> statistics() {
        return Optional.empty();
    }

    /** Returns talking to the agents in guests; present exactly when {@code GUEST_AGENT} is offered. */
    @Incubating(since = "0.1")
    default Optional<GuestAgent> guestAgent() {
        return Optional.empty();
    }

    /** Returns noting which parts of disks are written; present exactly when {@code CHANGE_TRACKING} is offered. */
    @Incubating(since = "0.1")
    default Optional<ChangeTracking> changeTracking() {
        return Optional.empty();
    }

    /** Returns writing what disks hold to images; present exactly when {@code DISK_BACKUPS} is offered. */
    @Incubating(since = "0.1")
    default Optional<DiskBackups> diskBackups() {
        return Optional.empty();
    }

    /** Returns moving disks under running machines; present exactly when {@code LIVE_DISK_MIGRATION} is offered. */
    @Incubating(since = "0.1")
    default Optional<LiveDiskMigration> liveDiskMigration() {
        return Optional.empty();
    }

    /** Returns moving running machines to other hosts; present exactly when {@code LIVE_MIGRATION} is offered. */
    @Incubating(since = "0.1")
    default Optional<LiveMigration> liveMigration() {
        return Optional.empty();
    }

    /** Returns freezing what machines have on their disks; present exactly when {@code MACHINE_SNAPSHOTS} is offered. */
    @Incubating(since = "0.1")
    default Optional<MachineSnapshots> machineSnapshots() {
        return Optional.empty();
    }

    /** Returns fetching images by the host itself; present exactly when {@code DIRECT_DOWNLOAD} is offered. */
    @Incubating(since = "0.1")
    default Optional<DirectDownload> directDownload() {
        return Optional.empty();
    }

    /** Returns snapshots that hosts keep by themselves; present exactly when {@code HOST_SNAPSHOTS} is offered. */
    @Incubating(since = "0.1")
    default Optional<HostSnapshots> hostSnapshots() {
        return Optional.empty();
    }

    /** Returns making machines from others; present exactly when {@code MACHINE_CLONES} is offered. */
    @Incubating(since = "0.1")
    default Optional<MachineClones> machineClones() {
        return Optional.empty();
    }

    /** Returns moving machines and their disks as the host does it; present exactly when {@code MACHINE_RELOCATION} is offered. */
    @Incubating(since = "0.1")
    default Optional<MachineRelocation> machineRelocation() {
        return Optional.empty();
    }

    /** Returns tickets to the screens of machines; present exactly when {@code CONSOLE_TICKETS} is offered. */
    @Incubating(since = "0.1")
    default Optional<ConsoleTickets> consoleTickets() {
        return Optional.empty();
    }

    /** Drops the connection; machines run on. Closing twice does nothing. */
    @Override
    void close();
}
