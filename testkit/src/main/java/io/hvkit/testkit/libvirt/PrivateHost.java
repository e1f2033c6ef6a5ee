package io.hvkit.testkit.libvirt;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.internal.Tail;
import io.hvkit.testkit.internal.Tool;
import io.hvkit.testkit.internal.Users;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A libvirt host of one's own: libvirtd, virtlogd and the guests they start, kept in one folder, with its own sockets and its
 * own host UUID. It never touches the libvirt of the machine, and any number live side by side.
 *
 * <p>Root's hosts live in mount, UTS and PID namespaces of their own, under a hostname of their own, with no network defined.
 * A plain user's host is a session daemon that has all its directories in the folder. The network is the machine's, so two
 * hosts reach each other as 127.0.0.1.
 *
 * <p>Nothing outlives this process, not even if it is killed: the host ends when its standard input does. (A plain user's
 * guests do stay behind if the supervisor script itself is killed; nothing else does.)
 *
 * <p>Any number of threads may share one; commands to the daemon wait for each other.
 */
public final class PrivateHost implements AutoCloseable {

    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration GONE_LIMIT = Duration.ofSeconds(30);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);

    private static final List<Tool> NEEDED = List.of(
            new Tool("bash", "bash", "bash"),
            new Tool("setsid", "util-linux", "util-linux"),
            new Tool("unshare", "util-linux", "util-linux"),
            new Tool("flock", "util-linux", "util-linux-core"),
            new Tool("virtlogd", "libvirt-daemon", "libvirt-daemon-log"),
            new Tool("libvirtd", "libvirt-daemon", "libvirt-daemon"),
            new Tool("qemu-system-x86_64", "qemu-system-x86", "qemu-system-x86-core"));

    private final ReentrantLock lock = new ReentrantLock();
    private final HostFolder folder;
    private final Supervisor supervisor;
    private Path base;
    private Optional<Residents> residents = Optional.empty();
    private OptionalLong daemon = OptionalLong.empty();

    private PrivateHost(HostFolder folder, Supervisor supervisor) {
        this.folder = folder;
        this.supervisor = supervisor;
        this.base = folder.path();
    }

    /**
     * Starts a host that keeps everything in {@code folder}, and waits until its daemon answers. The folder is made if it is
     * not there; one that a host used before boots that host again: same UUID, same defined guests, none of them running. The
     * host writes below {@code cache etc home lib log run} in it and leaves other names alone.
     *
     * <table>
     * <caption>Failures; none leaves a process or a mount behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>a tool is missing, named with its package; or the daemon does not come up, with the end of its log</td>
     * <td>{@code HOST_NOT_READY}</td></tr>
     * <tr><td>another host lives in the folder</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the folder cannot be made or written</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the daemon is there but does not answer</td><td>{@code TIMED_OUT}</td></tr>
     * </table>
     */
    public static PrivateHost start(Path folder) throws InterruptedException {
        return start(folder, Tool.searchPath());
    }

    static PrivateHost start(Path folder, List<Path> searchPath) throws InterruptedException {
        NEEDED.forEach(tool -> tool.require(searchPath));
        HostFolder prepared =
                HostFolder.prepared(folder, Users.root() ? HostFolder.Mode.NAMESPACE : HostFolder.Mode.SESSION);
        String path = searchPath.stream().map(Path::toString).collect(Collectors.joining(":"));
        PrivateHost host = new PrivateHost(prepared, Supervisor.spawn(argv(prepared), path, prepared.supervisorLog()));
        try {
            host.settle();
            host.startDaemon();
            return host;
        } catch (RuntimeException | InterruptedException e) {
            try {
                host.close();
            } catch (RuntimeException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private static List<String> argv(HostFolder folder) {
        List<String> argv =
                new ArrayList<>(List.of("setsid")); // an interrupt from the terminal is for this JVM to handle
        if (folder.mode() == HostFolder.Mode.NAMESPACE) {
            argv.addAll(List.of("unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"));
        }
        String mode = folder.mode().name().toLowerCase(Locale.ROOT);
        argv.addAll(
                List.of("bash", folder.script().toString(), mode, folder.path().toString(), folder.hostname()));
        folder.placeForAlias(shortPlaces()).ifPresent(place -> argv.add(place.toString()));
        return argv;
    }

    private static List<Path> shortPlaces() {
        return Stream.of("/run/user/" + Users.uid(), System.getProperty("java.io.tmpdir", "/tmp"), "/tmp", "/var/tmp")
                .map(Path::of)
                .toList();
    }

    private void settle() throws InterruptedException {
        base = Path.of(supervisor.answer("start of a private libvirt host"));
        if (folder.mode() == HostFolder.Mode.NAMESPACE) {
            residents = Residents.below(supervisor.pid());
            if (residents.isEmpty()) {
                throw DriverException.because(Failure.HOST_NOT_READY)
                        .message("the supervisor (pid %d) has no PID namespace of its own", supervisor.pid());
            }
        }
    }

    /** Returns the libvirt URI, for this user and machine. It stays the same over all starts of the daemon. */
    public URI uri() {
        String driver = folder.mode() == HostFolder.Mode.NAMESPACE ? "system" : "session";
        return URI.create("qemu+unix:///" + driver + "?socket=" + encoded(socket()));
    }

    /**
     * Restarts the daemon so that it listens for TLS too, on 127.0.0.1, until the host is closed; guests go on.
     *
     * @return the port
     * @throws DriverException as {@link #startDaemon} does
     */
    public int listenForTls(TlsCertificates certificates) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            int port = freePort();
            folder.writeDaemonSettings(certificates.listening(port));
            stopDaemon();
            startDaemon();
            return port;
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("the daemon of %s cannot be made to listen: %s", folder.path(), e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Restarts the daemon so that it starts guests as another user from now on; those that run go on. At first it is root, who leaves
     * files alone. Needs a host of root's: a plain user's has no other user.
     *
     * @throws DriverException as {@link #startDaemon} does; {@code INVALID_REQUEST} if the host is a plain user's
     */
    public void runGuestsAs(GuestUser user, FileOwnership ownership) throws InterruptedException {
        if (folder.mode() != HostFolder.Mode.NAMESPACE) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the host in %s is a plain user's, who has no other to run guests as", folder.path());
        }
        lock.lockInterruptibly();
        try {
            folder.writeQemuSettings(user, ownership);
            stopDaemon();
            startDaemon();
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("the daemon of %s cannot be told who runs guests: %s", folder.path(), e);
        } finally {
            lock.unlock();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Returns the daemon's socket, as this process sees it. */
    public Path socket() {
        return folder.socketBelow(base);
    }

    private static String encoded(Path path) {
        return Arrays.stream(path.toString().split("/"))
                .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }

    /** Returns the folder with everything the host keeps; {@code log/} in it has the logs. */
    public Path folder() {
        return folder.path();
    }

    /**
     * Returns the folder from which the host takes the certificates for machines that move encrypted: {@code ca-cert.pem}, and
     * {@code server-cert.pem}, {@code server-key.pem}, {@code client-cert.pem} and {@code client-key.pem}. It is empty until
     * somebody fills it, and read anew for each move.
     */
    public Path certificates() {
        return folder.certificates();
    }

    /**
     * Ends the daemon in an orderly way and waits until it is gone; guests go on. Does nothing if it is not there.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if it does not end, {@code UNREACHABLE} if the host is closed
     */
    public void stopDaemon() throws InterruptedException {
        endDaemon("stop");
    }

    /**
     * Kills the daemon with SIGKILL and waits until it is gone; guests go on. Does nothing if it is not there.
     *
     * @throws DriverException with {@code UNREACHABLE} if the host is closed
     */
    public void killDaemon() throws InterruptedException {
        endDaemon("kill");
    }

    private void endDaemon(String command) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            supervisor.ask(command);
            daemon = OptionalLong.empty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Starts the daemon and waits until it answers. Does nothing if it runs. Guests that went on without it are known at
     * once, but found again a moment later; a destroy in between ends the guest and says that there is none.
     *
     * @throws DriverException with {@code HOST_NOT_READY} and the end of its log if it ends at once, {@code TIMED_OUT} if it
     *     does not answer, {@code UNREACHABLE} if the host is closed
     */
    public void startDaemon() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long inner = Long.parseLong(supervisor.ask("start"));
            Path socket = folder.socketBelow(base);
            Await.until(
                    "the first answer of libvirtd on " + socket,
                    START_LIMIT,
                    () -> DaemonSocket.answers(socket, ANSWER_LIMIT) || died(inner),
                    this::daemonLog);
            daemon = outer(inner);
            if (daemon.isEmpty()) {
                throw DriverException.because(Failure.HOST_NOT_READY)
                        .message("libvirtd does not come up; its log in %s ends:\n%s", folder.daemonLog(), daemonLog());
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean died(long inner) {
        return outer(inner).isEmpty();
    }

    private String daemonLog() {
        return Tail.of(folder.daemonLog(), 20);
    }

    private OptionalLong outer(long inner) {
        if (residents.isEmpty()) {
            return Files.exists(Path.of("/proc", Long.toString(inner))) ? OptionalLong.of(inner) : OptionalLong.empty();
        }
        return residents.get().pids().entrySet().stream()
                .filter(entry -> entry.getValue() == inner)
                .mapToLong(Map.Entry::getKey)
                .findFirst();
    }

    /** Returns the daemon's process, as this process sees it; empty while it is stopped or killed. */
    public OptionalLong daemonPid() {
        lock.lock();
        try {
            return daemon.stream()
                    .filter(pid -> Files.exists(Path.of("/proc", Long.toString(pid))))
                    .findFirst();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns all processes that live in the host, as this process sees them: daemons, guests, and in namespaces the
     * supervisor itself. Empty once the host is closed.
     */
    public SortedSet<Long> processes() throws InterruptedException {
        if (residents.isPresent()) {
            return new TreeSet<>(residents.get().pids().keySet());
        }
        lock.lockInterruptibly();
        try {
            if (supervisor.ended()) {
                return new TreeSet<>();
            }
            return Arrays.stream(supervisor.ask("pids").split(" "))
                    .filter(word -> !word.isEmpty())
                    .map(Long::valueOf)
                    .collect(Collectors.toCollection(TreeSet::new));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends guests, daemons and mounts, and waits until they are gone, for a minute at most. The folder stays. Closing twice
     * does nothing. An interruption does not hold it up, since nothing may be left behind, and is kept for the caller to see.
     *
     * @throws DriverException with {@code TIMED_OUT} if something does not go
     */
    @Override
    public void close() {
        boolean interrupted = false;
        lock.lock();
        try {
            while (true) {
                try {
                    end();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true; // and once more, now that the flag is clear
                }
            }
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void end() throws InterruptedException {
        boolean orderly = supervisor.end();
        awaitGone();
        if (!orderly && residents.isEmpty()) {
            throw DriverException.because(Failure.TIMED_OUT)
                    .message(
                            "the supervisor of the private libvirt host in %s had to be killed; its guests may still run;"
                                    + " its log ends:\n%s",
                            folder.path(), Tail.of(folder.supervisorLog(), 10));
        }
    }

    private void awaitGone() throws InterruptedException {
        daemon = OptionalLong.empty();
        Await.until(
                "the end of the private libvirt host in " + folder.path(),
                GONE_LIMIT,
                () -> supervisor.ended() && processes().isEmpty(),
                () -> Tail.of(folder.supervisorLog(), 10));
    }
}
