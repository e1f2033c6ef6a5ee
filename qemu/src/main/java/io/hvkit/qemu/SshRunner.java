package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs programs on another host by the ssh client of this one (OpenSSH 8.4 or later), over one connection that all calls share;
 * {@link CommandRunner#ssh} connects. The host's key must be known, nobody is asked for anything, and keys for images travel on
 * standard input alone, as they do on this host.
 *
 * <p>There the user's login shell must be a POSIX one, and there must be {@code prlimit} (util-linux) and the programs of
 * coreutils, grep and {@code /proc}, as every Linux host has. Programs see {@code PATH} (the system's folders), {@code HOME},
 * {@code TMPDIR} and {@code LC_ALL=C} and nothing else of the environment, and are limited as on this host. At most eight run
 * at once, since servers allow ten sessions for a connection; further calls wait. A call ends when the program has ended and
 * nothing that it left behind holds its output open.
 *
 * <table>
 * <caption>Failures, besides those of {@link CommandRunner#run}</caption>
 * <tr><th>when</th><th>failure</th></tr>
 * <tr><td>the host cannot be reached</td><td>{@code UNREACHABLE} in ssh's own words, effect {@code NOT_APPLIED}</td></tr>
 * <tr><td>the host's key is not the known one, or this user is not let in</td><td>{@code BAD_CREDENTIALS} in ssh's own words and
 *     with the way out</td></tr>
 * <tr><td>the connection broke while the program ran</td><td>{@code UNREACHABLE}, effect {@code UNKNOWN}; it was ended if the
 *     host could be reached again, which the message tells</td></tr>
 * </table>
 *
 * <p>A connection that is gone is made anew by the next call. Safe for any number of threads.
 */
public final class SshRunner implements CommandRunner, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SshRunner.class);
    private static final int SESSIONS = 8;
    private static final Duration END_LIMIT = Duration.ofSeconds(20);
    private static final int MISSING = 127;
    private static final Pattern SOCKET = Pattern.compile("/[A-Za-z0-9._/@+-]+");

    private final CommandRunner local = CommandRunner.local();
    private final SshDestination destination;
    private final SshConnection connection;
    private final Prlimit prlimit;
    private final Semaphore sessions = new Semaphore(SESSIONS);
    private final Semaphore endings = new Semaphore(1);
    private final HostFiles files = new SshFiles(this);

    private SshRunner(SshDestination destination, SshConnection connection, HardLimits limits) {
        this.destination = destination;
        this.connection = connection;
        this.prlimit = new Prlimit(limits);
    }

    static SshRunner connect(SshDestination destination) throws InterruptedException {
        CommandRunner local = CommandRunner.local();
        SshConnection connection = SshConnection.open(local, destination);
        boolean ready = false;
        try {
            CommandResult limits = local.run(connection.session("cat /proc/self/limits", List.of()));
            if (!limits.succeeded()) {
                throw DriverException.because(Failure.HOST_NOT_READY)
                        .vendorCode("exit " + limits.exitCode())
                        .message(
                                "%s is no Linux host with a POSIX shell: %s",
                                destination, limits.errors().strip());
            }
            SshRunner runner = new SshRunner(destination, connection, HardLimits.parse(limits.output()));
            ready = true;
            return runner;
        } finally {
            if (!ready) {
                connection.close();
            }
        }
    }

    /** Returns where the programs run. */
    public SshDestination destination() {
        return destination;
    }

    @Override
    public HostFiles files() {
        return files;
    }

    /**
     * Runs a program on the host to its end, as {@link CommandRunner#run} says.
     *
     * @throws InterruptedException if the caller was interrupted; the program and all that it started have been ended
     */
    @Override
    public CommandResult run(Command command) throws InterruptedException {
        connection.requireOpen();
        sessions.acquire();
        try {
            Optional<CommandResult> result = attempt(command);
            if (result.isEmpty()) {
                connection.connect();
                result = attempt(command);
            }
            return result.orElseThrow(() -> DriverException.because(Failure.UNREACHABLE)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s takes the connection, and no session on it", destination));
        } finally {
            sessions.release();
        }
    }

    /**
     * Returns a Unix socket of this host that leads to one of the other host, for this user alone. It is gone when this is closed,
     * and after the connection was lost; then the next call makes it anew. While it stands, the same call returns the same path.
     * Whether anything listens on the other side shows only when the socket is used; a server of ssh that does not allow it
     * ({@code AllowStreamLocalForwarding no}) closes it at once.
     *
     * @param socket an absolute path of the other host, of letters, digits and {@code / . _ @ + -}
     * @throws DriverException with {@code INVALID_REQUEST} for another path; {@code UNREACHABLE} if the host cannot be reached, effect
     *     {@code NOT_APPLIED}
     */
    public Path tunnelTo(Path socket) throws InterruptedException {
        if (!SOCKET.matcher(socket.toString()).matches()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "ssh takes no socket '%s'; name it by an absolute path of letters, digits and / . _ @ + -",
                            socket);
        }
        connection.requireOpen();
        return connection.tunnelTo(socket);
    }

    /** Returns nothing if the connection was gone before anything was asked of the host. */
    private Optional<CommandResult> attempt(Command command) throws InterruptedException {
        SshSession session = new SshSession(command.listener());
        CommandResult framed;
        try {
            framed = local.run(framed(command, session));
        } catch (DriverException e) {
            String ending = end(session);
            throw e.failure() == Failure.TIMED_OUT ? timedOut(command, ending, e) : e;
        } catch (InterruptedException | RuntimeException | Error e) {
            end(session);
            throw e;
        }
        if (session.missing().isPresent()) {
            throw missing(command, session.missing().get());
        }
        if (session.exitCode().isPresent()) {
            return Optional.of(Prlimit.judge(command, session.result(framed)));
        }
        if (!session.isStarted() && connection.hadNoSession(session.mark(), framed)) {
            return Optional.empty();
        }
        throw DriverException.because(Failure.UNREACHABLE)
                .effect(Effect.UNKNOWN)
                .vendorCode("exit " + framed.exitCode())
                .message(
                        "the connection to %s broke while %s ran%s: %s",
                        destination, command, end(session), framed.errors().strip());
    }

    private DriverException timedOut(Command command, String ending, DriverException cause) {
        return DriverException.because(Failure.TIMED_OUT)
                .causedBy(cause)
                .message(
                        "%s on %s took longer than %s%s",
                        command,
                        destination,
                        command.limit().map(ToolLimits::text).orElse("allowed"),
                        ending);
    }

    private Command framed(Command command, SshSession session) {
        List<String> arguments =
                new ArrayList<>(List.of(session.mark(), command.argv().get(0)));
        arguments.addAll(prlimit.wrap(Prlimit.PROGRAM, command.toolLimits(), command.argv()));
        Command framed = connection
                .markedSession(session.mark(), SshScripts.RUN, arguments)
                .listening(session);
        Command fed = command.input().map(framed::feeding).orElse(framed);
        return command.limit().map(fed::within).orElseGet(fed::untilDone);
    }

    /** Ends what runs under the session's mark, and returns what to say of it. */
    private String end(SshSession session) {
        String[] said = {""};
        Uninterrupted.run(() -> said[0] = tryToEnd(session));
        return said[0];
    }

    private String tryToEnd(SshSession session) throws InterruptedException {
        endings.acquire();
        try (Secret mark = Secret.copyOf((session.mark() + "\n").getBytes(StandardCharsets.UTF_8))) {
            connection.connect();
            CommandResult result = local.run(
                    connection.session(SshScripts.END, List.of()).feeding(mark).within(END_LIMIT));
            if (result.exitCode() == 0 && result.output().lines().noneMatch(line -> line.startsWith("left"))) {
                return ", and was ended with all that it had started";
            }
            LOG.warn("{}: what was to be ended may run on: {}", destination, result);
        } catch (DriverException e) {
            LOG.warn("{}: what was to be ended may run on: {}", destination, e.toString());
        } finally {
            endings.release();
        }
        return ", and may run on";
    }

    private DriverException missing(Command command, String program) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .vendorCode("exit " + MISSING)
                .message(
                        "%s is not installed on %s; install %s",
                        program,
                        destination,
                        program.equals(Prlimit.PROGRAM)
                                ? Prlimit.PACKAGES
                                : command.packages().orElse("the package that has it"));
    }

    /** Ends the connection; calls that are under way fail. Closing twice does nothing. */
    @Override
    public void close() {
        connection.close();
    }

    /** Returns where it runs programs. */
    @Override
    public String toString() {
        return "SshRunner[" + destination + "]";
    }
}
