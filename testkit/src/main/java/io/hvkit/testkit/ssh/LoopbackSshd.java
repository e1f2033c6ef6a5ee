package io.hvkit.testkit.ssh;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.internal.Program;
import io.hvkit.testkit.internal.Tail;
import io.hvkit.testkit.internal.Tool;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A real ssh server on this machine, with keys and a configuration of its own, in a mount namespace of its own: what lies in
 * {@link #folder} there does not exist for this JVM, so that whoever looks at local files by mistake finds nothing. Home is
 * another one too, without the start-up files that make each login slow. Needs root; root is who logs in.
 *
 * <p>It listens on 127.0.0.1 alone and ends when it is closed. Safe for any number of threads.
 */
public final class LoopbackSshd implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final List<Tool> NEEDED = List.of(
            new Tool("unshare", "util-linux", "util-linux"),
            new Tool("nsenter", "util-linux", "util-linux-core"),
            new Tool("ssh-keygen", "openssh-client", "openssh"),
            new Tool("sshd", "openssh-server", "openssh-server"));
    private static final String SCRIPT =
            "mkdir -p /run/sshd && mount -t tmpfs tmpfs \"$1\" && mount -t tmpfs tmpfs \"$HOME\""
                    + " && exec \"$3\" -D -e -f \"$2\"";

    private final Path work;
    private final Path folder;
    private final int port;
    private final Process process;

    private LoopbackSshd(Path work, Path folder, int port, Process process) {
        this.work = work;
        this.folder = folder;
        this.port = port;
        this.process = process;
    }

    /**
     * Starts a server that keeps everything in {@code work}, an empty folder, and waits until it listens.
     *
     * @throws DriverException with {@code HOST_NOT_READY}, naming the package or with the end of its log, if it does not start
     */
    public static LoopbackSshd start(Path work) throws InterruptedException {
        return start(work, List.of());
    }

    /**
     * Starts a server that is part of a private host: who logs in sees the host's sockets and processes, as on a machine of its
     * own. It ends with the host at the latest. The rest is as in {@link #start(Path)}.
     */
    public static LoopbackSshd in(PrivateHost host, Path work) throws InterruptedException {
        long resident = host.daemonPid()
                .orElseThrow(() -> DriverException.because(Failure.HOST_NOT_READY)
                        .message("the daemon of %s does not run; start it first", host.folder()));
        return start(work, List.of("nsenter", "--target", Long.toString(resident), "--mount", "--uts", "--pid"));
    }

    private static LoopbackSshd start(Path work, List<String> prefix) throws InterruptedException {
        List<Path> searchPath = Tool.searchPath();
        NEEDED.forEach(tool -> tool.require(searchPath));
        Path sshd = NEEDED.get(NEEDED.size() - 1).require(searchPath);
        try {
            Path folder = Files.createDirectory(work.resolve("remote"));
            for (String key : List.of("host_key", "user_key", "other_key")) {
                keyPair(work, key);
            }
            Files.copy(work.resolve("user_key.pub"), work.resolve("authorized_keys"));
            int port = freePort();
            Files.writeString(work.resolve("known_hosts"), known(port, Files.readString(work.resolve("host_key.pub"))));
            Files.writeString(
                    work.resolve("wrong_hosts"), known(port, Files.readString(work.resolve("other_key.pub"))));
            Path configuration = Files.writeString(work.resolve("sshd_config"), configuration(work, port));
            List<String> argv = new ArrayList<>(prefix);
            argv.addAll(List.of("unshare", "--mount", "sh", "-c", SCRIPT, "sh"));
            argv.addAll(List.of(folder.toString(), configuration.toString(), sshd.toString()));
            return spawned(work, folder, port, argv);
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("an ssh server cannot be started in %s: %s", work, e);
        }
    }

    private static LoopbackSshd spawned(Path work, Path folder, int port, List<String> argv)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(argv)
                .redirectErrorStream(true)
                .redirectOutput(work.resolve("sshd.log").toFile())
                .start();
        LoopbackSshd sshd = new LoopbackSshd(work, folder, port, process);
        boolean listens = false;
        try {
            Await.until("the ssh server listens", LIMIT, sshd::listens, sshd::log);
            listens = true;
            return sshd;
        } finally {
            if (!listens) {
                sshd.close();
            }
        }
    }

    private static String configuration(Path work, int port) {
        return """
                ListenAddress 127.0.0.1
                Port %d
                HostKey %s
                AuthorizedKeysFile %s
                StrictModes no
                UsePAM no
                PasswordAuthentication no
                KbdInteractiveAuthentication no
                PermitRootLogin prohibit-password
                PidFile none
                """.formatted(port, work.resolve("host_key"), work.resolve("authorized_keys"));
    }

    /** Returns a folder that exists on the other side alone. */
    public Path folder() {
        return folder;
    }

    /** Returns the port on 127.0.0.1. */
    public int port() {
        return port;
    }

    /** Returns the file of a private key that lets root in. */
    public Path userKey() {
        return work.resolve("user_key");
    }

    /** Returns the file of a private key that the server does not know. */
    public Path strangersKey() {
        return work.resolve("other_key");
    }

    /** Returns a file of known hosts with the server's key. */
    public Path knownHosts() {
        return work.resolve("known_hosts");
    }

    /** Returns a file of known hosts with another key for the server. */
    public Path wrongHosts() {
        return work.resolve("wrong_hosts");
    }

    /** Kills what serves the connections that there are, and waits until it is dead; the server itself goes on. */
    public void breakConnections() {
        List<ProcessHandle> serving = serving();
        serving.forEach(ProcessHandle::destroyForcibly);
        serving.forEach(handle -> handle.onExit().join());
    }

    /** Stops everything in mid word, without a sign to the other side, until {@link #goOn}. */
    public void stall() throws InterruptedException {
        signal("STOP");
    }

    /** Lets everything that {@link #stall} stopped go on. */
    public void goOn() throws InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws InterruptedException {
        List<String> argv = new ArrayList<>(List.of("kill", "-" + name));
        Stream.concat(listener().stream(), serving().stream()).forEach(handle -> argv.add(Long.toString(handle.pid())));
        Program.Result result = Program.run(argv, work.resolve("kill.log"), LIMIT);
        if (result.exitCode() != 0) {
            throw DriverException.because(Failure.DEFECT).message("%s: %s", argv, result.output());
        }
    }

    private List<ProcessHandle> listener() {
        return sshds().filter(handle -> !isServing(handle)).toList();
    }

    private List<ProcessHandle> serving() {
        return sshds().filter(LoopbackSshd::isServing).toList();
    }

    private Stream<ProcessHandle> sshds() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .filter(handle -> handle.info().command().orElse("").endsWith("sshd"));
    }

    /** The one that listens is started by us or by what enters the namespaces, the others by it. */
    private static boolean isServing(ProcessHandle handle) {
        return handle.parent()
                .flatMap(parent -> parent.info().command())
                .orElse("")
                .endsWith("sshd");
    }

    @Override
    public void close() {
        List<ProcessHandle> family = process.descendants().toList();
        process.destroyForcibly().onExit().join();
        family.forEach(ProcessHandle::destroyForcibly);
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            if (!process.isAlive()) {
                throw DriverException.because(Failure.HOST_NOT_READY)
                        .causedBy(e)
                        .message("the ssh server ended; its log ends:\n%s", log());
            }
            return false;
        }
    }

    private String log() {
        return Tail.of(work.resolve("sshd.log"), 10);
    }

    private static void keyPair(Path work, String name) throws InterruptedException {
        List<String> argv = Stream.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f")
                .collect(Collectors.toCollection(ArrayList::new));
        argv.add(work.resolve(name).toString());
        Program.Result result = Program.run(argv, work.resolve("ssh-keygen.log"), LIMIT);
        if (result.exitCode() != 0) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message("ssh-keygen makes no key: %s", result.output());
        }
    }

    private static String known(int port, String publicKey) {
        return "[127.0.0.1]:" + port + " " + publicKey;
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
