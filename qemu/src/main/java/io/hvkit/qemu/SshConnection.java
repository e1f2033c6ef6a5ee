package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a host that many sessions share: a process of ssh's own in the background (its master), reached by a socket
 * in a folder that is this user's alone. It ends when it is closed; when this process is killed, a minute after its last session.
 */
final class SshConnection implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SshConnection.class);
    private static final String PROGRAM = "ssh";
    private static final String PACKAGES = "openssh-client (Debian, Ubuntu) or openssh-clients (Fedora)";
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(30);

    /** ssh exits so when it, or the connection, failed; no session of ours does. */
    private static final int BROKEN = 255;

    private final CommandRunner local;
    private final SshDestination destination;
    private final Path folder;
    private final ReentrantLock connecting = new ReentrantLock();
    private final Map<Path, Path> tunnels = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private SshConnection(CommandRunner local, SshDestination destination, Path folder) {
        this.local = local;
        this.destination = destination;
        this.folder = folder;
    }

    /** Connects, or leaves nothing behind. */
    static SshConnection open(CommandRunner local, SshDestination destination) throws InterruptedException {
        SshConnection connection = new SshConnection(local, destination, privateFolder());
        boolean connected = false;
        try {
            connection.connect();
            connected = true;
            return connection;
        } finally {
            if (!connected) {
                connection.close();
            }
        }
    }

    /** Returns a command that runs {@code script}, with arguments, in a session of this connection and in no other way. */
    Command session(String script, List<String> arguments) {
        return session("false", script, arguments);
    }

    /** Returns the same, with a mark for {@link #hadNoSession}. */
    Command markedSession(String mark, String script, List<String> arguments) {
        String file = ShellText.quote(folder.resolve(mark).toString());
        return session("touch " + file.replace("%", "%%"), script, arguments);
    }

    private Command session(String instead, String script, List<String> arguments) {
        List<String> words = new ArrayList<>(List.of("exec", "/bin/sh", "-c", ShellText.quote(script), "sh"));
        arguments.forEach(argument -> words.add(ShellText.quote(argument)));
        List<String> argv = ssh();
        argv.addAll(List.of("-o", "ControlMaster=no", "-o", "ProxyCommand=" + instead, "--", destination.host()));
        argv.add(String.join(" ", words));
        return Command.of(argv).providedBy(PACKAGES);
    }

    /**
     * Returns whether the session with this mark never began, so that nothing was asked of the host: without a master ssh would
     * connect by itself, which leaves a file instead.
     */
    boolean hadNoSession(String mark, CommandResult result) {
        try {
            return Files.deleteIfExists(folder.resolve(mark)) && result.exitCode() == BROKEN;
        } catch (IOException e) {
            throw Complaint.of("cannot look at the connection to " + destination, e, Effect.UNKNOWN);
        }
    }

    /** Connects again if the connection is gone; does nothing if it stands. */
    void connect() throws InterruptedException {
        connecting.lockInterruptibly();
        try {
            requireOpen();
            if (!stands()) {
                start();
            }
        } finally {
            connecting.unlock();
        }
    }

    private boolean stands() throws InterruptedException {
        return control("check").succeeded();
    }

    private void start() throws InterruptedException {
        List<String> argv = ssh();
        argv.addAll(List.of("-M", "-N", "-f", "-o", "ControlPersist=60", "--", destination.host()));
        CommandResult result;
        try {
            result = local.run(Command.of(argv).providedBy(PACKAGES).within(CONNECT_LIMIT));
        } catch (DriverException e) {
            if (e.failure() != Failure.TIMED_OUT) {
                throw e;
            }
            throw unreachable().causedBy(e).message("%s does not answer within %s", destination, CONNECT_LIMIT);
        }
        if (!result.succeeded()) {
            throw Complaint.ofConnecting(destination, result);
        }
    }

    /**
     * Returns a socket in this connection's folder that leads to a socket of the other host. The master makes it; one that has it
     * already says so. No configuration file is read for it, since it might name more to be forwarded.
     */
    Path tunnelTo(Path socket) throws InterruptedException {
        connect();
        Path here = tunnels.computeIfAbsent(socket, key -> folder.resolve("tunnel-" + tunnels.size()));
        CommandResult result = local.run(Command.of(List.of(
                        PROGRAM,
                        "-F",
                        "none",
                        "-S",
                        folder.resolve("socket").toString().replace("%", "%%"),
                        "-O",
                        "forward",
                        "-L",
                        here + ":" + socket,
                        "--",
                        destination.host()))
                .providedBy(PACKAGES)
                .within(CONNECT_LIMIT));
        if (!result.succeeded()) {
            throw unreachable()
                    .vendorCode("exit " + result.exitCode())
                    .message("no tunnel to %s of %s: %s", socket, destination, words(result));
        }
        return here;
    }

    private CommandResult control(String deed) throws InterruptedException {
        List<String> argv = ssh();
        argv.addAll(List.of("-O", deed, "--", destination.host()));
        return local.run(Command.of(argv).providedBy(PACKAGES));
    }

    /** The options that hold for every call: nobody is asked, no host is trusted on sight, nothing is forwarded. */
    private List<String> ssh() {
        List<String> argv = new ArrayList<>(List.of(PROGRAM));
        for (String option : List.of(
                "BatchMode=yes",
                "StrictHostKeyChecking=yes",
                "UpdateHostKeys=no",
                "VerifyHostKeyDNS=no",
                "LogLevel=ERROR",
                "RequestTTY=no",
                "RemoteCommand=none",
                "PermitLocalCommand=no",
                "ClearAllForwardings=yes",
                "StreamLocalBindUnlink=yes",
                "ForwardAgent=no",
                "ForwardX11=no",
                "EscapeChar=none",
                "ConnectTimeout=10",
                "ServerAliveInterval=5",
                "ServerAliveCountMax=3")) {
            argv.addAll(List.of("-o", option));
        }
        argv.addAll(destination.options());
        argv.addAll(List.of("-S", folder.resolve("socket").toString().replace("%", "%%")));
        return argv;
    }

    /** Ends the connection and all its sessions. Closing twice does nothing. */
    @Override
    public void close() {
        connecting.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            Uninterrupted.run(() -> control("exit"));
            clear();
        } catch (IOException | DriverException e) {
            LOG.warn(
                    "the connection to {} may not have been closed, and {} may be left: {}",
                    destination,
                    folder,
                    e.toString());
        } finally {
            connecting.unlock();
        }
    }

    private void clear() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }

    void requireOpen() {
        if (closed) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the runner for %s was closed; connect again", destination);
        }
    }

    private static Path privateFolder() {
        try {
            return Files.createTempDirectory("hvkit-ssh-"); // mode 0700
        } catch (IOException e) {
            throw Complaint.of("cannot make a folder for the connection", e, Effect.NOT_APPLIED);
        }
    }

    private static DriverException.Draft unreachable() {
        return DriverException.because(Failure.UNREACHABLE).effect(Effect.NOT_APPLIED);
    }

    private static String words(CommandResult result) {
        return result.errors().isBlank() ? "ssh says nothing" : result.errors().strip();
    }
}
