package io.hvkit.testkit.postgres;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.internal.Program;
import io.hvkit.testkit.internal.Tail;
import io.hvkit.testkit.internal.Tool;
import io.hvkit.testkit.internal.Trees;
import io.hvkit.testkit.internal.Users;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A PostgreSQL of one's own: a new data directory, a port on 127.0.0.1, and whoever connects there is let in. It leaves the machine's own
 * PostgreSQL alone, and ends with this object; if this process is killed, the server ends too.
 *
 * <p>The server refuses to run as root, and then runs as the user {@code nobody}.
 */
public final class PrivatePostgres implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String USER = "hvkit";
    private static final String UNPRIVILEGED = "65534";
    private static final int LOG_LINES = 15;
    /** Ends the server when its own input ends, which is when this process closes it or dies. */
    private static final String SUPERVISOR = "\"$@\" </dev/null & server=$!; cat >/dev/null; kill -QUIT $server; wait";

    private static final Tool POSTGRES = new Tool("postgres", "postgresql", "postgresql-server");
    private static final Tool INITDB = new Tool("initdb", "postgresql", "postgresql-server");
    private static final Tool SETPRIV = new Tool("setpriv", "util-linux", "util-linux");

    private final Path folder;
    private final int port;
    private Optional<Process> server = Optional.empty();

    private PrivatePostgres(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    /**
     * Makes a data directory and starts a server, and returns once it takes connections.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if PostgreSQL is not installed, or does not start
     */
    public static PrivatePostgres start() throws InterruptedException {
        PrivatePostgres postgres = new PrivatePostgres(newFolder(), freePort());
        boolean whole = false;
        try {
            postgres.initialise();
            postgres.startAgain();
            whole = true;
            return postgres;
        } finally {
            if (!whole) {
                postgres.close();
            }
        }
    }

    private static Path newFolder() {
        try {
            Path folder = Files.createTempDirectory("hvkit-postgres-");
            // The server's user must get in there, and nobody learns anything: the data has its own folder.
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            Path inner = Files.createDirectory(folder.resolve("server"));
            if (Users.root()) {
                Files.setAttribute(inner, "unix:uid", Integer.valueOf(UNPRIVILEGED));
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path data() {
        return folder.resolve("server").resolve("data");
    }

    private void initialise() throws InterruptedException {
        List<String> argv = unprivileged(List.of(
                program(INITDB),
                "--pgdata=" + data(),
                "--username=" + USER,
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync"));
        Program.Result result = Program.run(argv, folder.resolve("initdb.log"), LIMIT);
        if (result.exitCode() != 0) {
            throw DriverException.because(Failure.HOST_NOT_READY).message("initdb fails: %s", result.output());
        }
    }

    /** Starts the server again on what it has kept, and returns once it takes connections. */
    public void startAgain() throws InterruptedException {
        if (isRunning()) {
            throw new IllegalStateException("the server runs already");
        }
        List<String> argv = unprivileged(List.of(
                "sh",
                "-c",
                SUPERVISOR,
                "sh",
                program(POSTGRES),
                "-D",
                data().toString(),
                "-c",
                "listen_addresses=127.0.0.1",
                "-p",
                Integer.toString(port),
                "-c",
                "unix_socket_directories=",
                "-c",
                "fsync=off", // what a killed server wrote the system still has; only a loss of power would take it
                "-c",
                "max_connections=60"));
        try {
            server = Optional.of(new ProcessBuilder(argv)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                    .start());
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY).causedBy(e).message("postgres does not start: %s", e);
        }
        Await.until("PostgreSQL takes connections", LIMIT, this::isReady, this::tail);
    }

    private boolean isReady() {
        // The last line of this file says how far the server is.
        try {
            List<String> lines = Files.readAllLines(data().resolve("postmaster.pid"));
            return lines.size() > 7
                    && lines.get(7).strip().equals("ready")
                    && family().anyMatch(each -> lines.get(0).equals(Long.toString(each.pid())));
        } catch (IOException e) {
            return false; // not written yet
        }
    }

    private Stream<ProcessHandle> family() {
        return server.stream().flatMap(Process::descendants);
    }

    private boolean isRunning() {
        return family().anyMatch(each -> each.info().command().orElse("").endsWith("/postgres"));
    }

    /** Kills the server and all that belongs to it in mid work. It can be started again, and has what was committed. */
    public void kill() {
        List<ProcessHandle> all =
                Stream.concat(server.stream().map(Process::toHandle), family()).toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(handle -> handle.onExit().join());
        server = Optional.empty();
    }

    /** Stops the server at once, and those who are connected with it. It can be started again. */
    public void stop() throws InterruptedException {
        if (server.isPresent()) {
            try {
                server.get().getOutputStream().close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            boolean ended = server.get().waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
            kill();
            if (!ended) {
                throw DriverException.because(Failure.TIMED_OUT).message("postgres does not stop: %s", tail());
            }
        }
    }

    /** Returns the address for a JDBC driver, the user's name included. */
    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=" + USER;
    }

    /** Returns the folder of its data, for those who look for what must not be there. */
    public Path folder() {
        return folder;
    }

    private Path log() {
        return folder.resolve("postgres.log");
    }

    private String tail() {
        return Tail.of(log(), LOG_LINES);
    }

    /** Debian keeps the server's programs out of the path, in a folder for each version. */
    private static String program(Tool tool) {
        List<Path> path = new ArrayList<>(versions());
        path.addAll(Tool.searchPath());
        return tool.require(path).toString();
    }

    private static List<Path> versions() {
        Path debian = Path.of("/usr/lib/postgresql");
        if (!Files.isDirectory(debian)) {
            return List.of();
        }
        try (Stream<Path> versions = Files.list(debian)) {
            return versions.sorted(Comparator.reverseOrder())
                    .map(version -> version.resolve("bin"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> unprivileged(List<String> argv) {
        List<String> all =
                new ArrayList<>(List.of(SETPRIV.require(Tool.searchPath()).toString()));
        if (Users.root()) {
            all.addAll(List.of("--reuid=" + UNPRIVILEGED, "--regid=" + UNPRIVILEGED, "--clear-groups"));
        }
        all.add("--no-new-privs");
        all.addAll(argv);
        return all;
    }

    @Override
    public void close() {
        try {
            stop();
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
        try {
            Trees.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
