package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A connection to the monitor of a running qemu or qemu-storage-daemon, which speaks QMP. Safe for any number of threads, whose
 * commands may be under way at once. It starts no threads: of those that wait, one reads for all.
 *
 * <p>Every call may fail in these ways, besides those it tells of:
 *
 * <table>
 * <caption>Failures</caption>
 * <tr><th>when</th><th>failure</th></tr>
 * <tr><td>the other side closed the connection or died, or {@link #close} was called</td><td>{@code UNREACHABLE}; effect
 *     {@code UNKNOWN}, or {@code NOT_APPLIED} if the command was not even begun to be sent</td></tr>
 * <tr><td>there is no answer within the command's limit</td><td>{@code TIMED_OUT}, with the effects above; the connection
 *     stays good, and an answer that comes later is dropped</td></tr>
 * <tr><td>the other side sends what no monitor sends: broken or deeply nested JSON, bytes that are not UTF-8, lines of more
 *     than 16 MiB, answers to what was never asked</td><td>{@code DEFECT}; the connection is closed</td></tr>
 * </table>
 *
 * <p>An interrupted call ends at once and leaves the connection good for others; what it had sent may still be done.
 */
public final class QmpClient implements AutoCloseable {

    private final QmpConnection connection;
    private final QmpVersion version;

    private QmpClient(QmpConnection connection, QmpVersion version) {
        this.connection = connection;
        this.version = version;
    }

    /**
     * Connects, waits for the greeting, and makes the monitor ready for commands. A qemu that has only just been started, with a
     * monitor that does not wait for its client, may greet twice, which is passed over, or never answer, as QEMU 7.2 does: connect
     * when it is known to run.
     *
     * @param socket where qemu listens: {@code path} of its {@code -chardev socket} or {@code -qmp unix:}; up to 107 bytes
     * @param limit how long all of it may take; a monitor serves one client at a time, and lets others wait
     * @throws DriverException with {@code NOT_FOUND} if there is no socket, {@code UNREACHABLE} if nobody listens, {@code
     *     HOST_NOT_READY} if it may not be used, {@code TIMED_OUT} if there is no greeting within the limit; all {@code
     *     NOT_APPLIED}
     */
    public static QmpClient connect(Path socket, Duration limit) throws InterruptedException {
        Deadline deadline = Deadline.in(limit);
        return over(QmpWire.connect(socket, deadline), socket, deadline);
    }

    /** Waits for the greeting on a connection that stands, which is closed if this fails, and makes the monitor ready. */
    static QmpClient over(QmpWire wire, Path socket, Deadline deadline) throws InterruptedException {
        QmpConnection connection = new QmpConnection(socket, wire);
        boolean ready = false;
        try {
            QmpVersion version = QmpVersion.of(connection.greeting(deadline).foundIn("greeting: "));
            QmpClient client = new QmpClient(connection, version);
            client.execute(QmpCommand.of("qmp_capabilities").within(Duration.ofNanos(Math.max(1, deadline.left()))));
            connection.negotiated();
            ready = true;
            return client;
        } finally {
            if (!ready) {
                connection.close();
            }
        }
    }

    /** Returns which qemu it is. */
    public QmpVersion version() {
        return version;
    }

    /**
     * Sends a command and returns what it answers: often an object without members.
     *
     * @throws DriverException for a command that qemu refuses, with the class of qemu's error as {@code vendorCode}: {@code
     *     UNSUPPORTED} if it does not know the command, {@code NOT_FOUND}, {@code IN_USE}, {@code INVALID_REQUEST} and others by
     *     its words, {@code DEFECT} for words that are not known here
     */
    public QmpValue execute(QmpCommand command) throws InterruptedException {
        QmpValue answer = connection.execute(command);
        Optional<QmpValue> error = answer.find("error");
        if (error.isPresent()) {
            throw QmpErrors.of(command, error.get());
        }
        return answer.at("return").foundIn(command.name() + ": ");
    }

    /** Returns all events from now on. */
    public QmpEvents events() {
        return subscribe(Set.of());
    }

    /** Returns the events of these names from now on, which leaves more room for each. */
    public QmpEvents events(String name, String... others) {
        Set<String> names = new HashSet<>(Set.of(others));
        names.add(name);
        return subscribe(Set.copyOf(names));
    }

    /** Returns whether the connection has not ended yet, as far as that was noticed: only who waits notices. */
    public boolean isOpen() {
        return connection.ending().isEmpty();
    }

    /** Ends the connection; whoever waits is told so. The other side goes on as before. Closing twice does nothing. */
    @Override
    public void close() {
        connection.close();
    }

    /** Returns whether the other side is gone, as opposed to left. */
    boolean isLost() {
        return connection.ending().filter(QmpEnd.Ending.LOST::equals).isPresent();
    }

    private QmpEvents subscribe(Set<String> names) {
        QmpEvents events = new QmpEvents(connection, names);
        connection.add(events);
        return events;
    }
}
