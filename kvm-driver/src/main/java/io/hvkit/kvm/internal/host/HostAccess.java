package io.hvkit.kvm.internal.host;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.kvm.internal.libvirt.Route;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.FileStatus;
import io.hvkit.qemu.SshRunner;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The way to one host: its daemon, and its programs where they can be run. Over ssh both take one connection of ssh, made by the first
 * {@link #open}; libvirt's client then connects to a socket of this machine that leads to the daemon's.
 */
public final class HostAccess implements Route, AutoCloseable {

    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(15);
    private static final List<Path> SYSTEM_SOCKETS =
            List.of(Path.of("/run/libvirt/libvirt-sock"), Path.of("/run/libvirt/virtqemud-sock"));

    private final HostUri uri;
    private final Duration silence;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable SshRunner ssh;
    private volatile boolean closed;

    private HostAccess(HostUri uri, Duration silence) {
        this.uri = uri;
        this.silence = silence;
    }

    /**
     * Returns the way that a URI describes; reaches for nothing yet.
     *
     * @param unverified whether {@code no_verify=1} is allowed; {@code refuse} or {@code accept-at-own-risk}
     * @param sshConfiguration a configuration file of ssh for what a URI has no words for
     * @param limit how long one call may take
     * @throws DriverException with {@code INVALID_REQUEST} if it is refused
     */
    public static HostAccess to(URI text, String unverified, Optional<Path> sshConfiguration, Duration limit) {
        HostUri.Verification waiver = switch (unverified) {
            case "refuse" -> HostUri.Verification.REQUIRED;
            case "accept-at-own-risk" -> HostUri.Verification.WAIVED;
            default ->
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("unverified-host is refuse or accept-at-own-risk, not '%s'", unverified);
        };
        HostUri uri = HostUri.of(text, waiver, sshConfiguration);
        return new HostAccess(uri, limit.compareTo(LONGEST_SILENCE) < 0 ? limit : LONGEST_SILENCE);
    }

    /** Returns whether the host is this machine. */
    public boolean isLocal() {
        return uri.way() instanceof HostUri.Local;
    }

    /** Returns why no key may be given to the daemon; nothing if it may. */
    public Optional<String> whyNoKeys() {
        return uri.way().match(new HostUri.Cases<>() {
            @Override
            public Optional<String> local(HostUri.Local way) {
                return Optional.empty();
            }

            @Override
            public Optional<String> ssh(HostUri.Ssh way) {
                return Optional.empty();
            }

            @Override
            public Optional<String> tls(HostUri.Tls way) {
                return way.verification() == HostUri.Verification.REQUIRED
                        ? Optional.empty()
                        : Optional.of(
                                "with no_verify=1 keys could go to somebody else; name the right CA certificate instead");
            }

            @Override
            public Optional<String> clear(HostUri.Clear way) {
                return Optional.of("over qemu+tcp everybody on the way could read the keys; use qemu+tls or qemu+ssh");
            }
        });
    }

    /** Returns the host's programs. Over ssh they can be run once {@link #open} has returned. */
    public HostTools tools() {
        return uri.way().match(new HostUri.Cases<>() {
            @Override
            public HostTools local(HostUri.Local way) {
                return HostTools.by(CommandRunner.local());
            }

            @Override
            public HostTools ssh(HostUri.Ssh way) {
                SshRunner runner = ssh;
                return runner == null ? HostTools.none("there is no connection yet") : HostTools.by(runner);
            }

            @Override
            public HostTools tls(HostUri.Tls way) {
                return HostTools.none("libvirt runs no programs of the host over TLS; qemu+ssh does");
            }

            @Override
            public HostTools clear(HostUri.Clear way) {
                return HostTools.none("libvirt runs no programs of the host over TCP; qemu+ssh does");
            }
        });
    }

    /**
     * Returns what runs the host's programs; over ssh, by the connection that the first call makes.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if they cannot be run from here, or as {@link CommandRunner#ssh} does
     */
    public CommandRunner programs() throws InterruptedException {
        if (uri.way() instanceof HostUri.Ssh way) {
            lock.lockInterruptibly();
            try {
                return connected(way);
            } finally {
                lock.unlock();
            }
        }
        HostTools tools = tools();
        return tools.runner()
                .orElseThrow(
                        () -> DriverException.because(Failure.HOST_NOT_READY).message("%s: %s", uri, tools.reason()));
    }

    @Override
    public String open() throws InterruptedException {
        if (uri.way() instanceof HostUri.Ssh way) {
            Path tunnel = tunnel(way);
            new SignOfLife(toString(), silence).of(tunnel);
            return "qemu+unix:///" + (uri.scope() == HostUri.Scope.SYSTEM ? "system" : "session") + "?socket="
                    + encoded(tunnel);
        }
        SignOfLife sign = new SignOfLife(toString(), silence);
        if (uri.way() instanceof HostUri.Tls way) {
            sign.ofTls(way.host(), way.port());
        } else if (uri.way() instanceof HostUri.Clear way) {
            sign.of(way.host(), way.port());
        } else if (uri.way() instanceof HostUri.Local way) {
            Optional<Path> socket = way.socket()
                    .or(() -> uri.scope() == HostUri.Scope.SYSTEM
                            ? SYSTEM_SOCKETS.stream().filter(Files::exists).findFirst()
                            : Optional.empty()) // a user's daemon is started by libvirt's client
                    .filter(Files::exists);
            if (socket.isPresent()) {
                sign.of(socket.get());
            }
        }
        return uri.text().toString();
    }

    private Path tunnel(HostUri.Ssh way) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            SshRunner runner = connected(way);
            return runner.tunnelTo(way.socket().isPresent() ? way.socket().get() : usualSocket(runner));
        } finally {
            lock.unlock();
        }
    }

    private SshRunner connected(HostUri.Ssh way) throws InterruptedException {
        if (closed) {
            throw new IllegalStateException("the connection is closed");
        }
        SshRunner runner = ssh;
        if (runner == null) {
            runner = CommandRunner.ssh(way.destination());
            ssh = runner;
        }
        return runner;
    }

    private Path usualSocket(SshRunner runner) throws InterruptedException {
        if (uri.scope() == HostUri.Scope.SESSION) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s: a user's daemon has no usual socket; say where it is: socket=/path", uri);
        }
        for (Path socket : SYSTEM_SOCKETS) {
            if (runner.files().status(socket).kind() == FileStatus.Kind.OTHER) {
                return socket;
            }
        }
        throw DriverException.because(Failure.UNREACHABLE)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "%s: none of %s is there; start libvirt's daemon on the host, or say where its socket is: socket=/path",
                        uri, SYSTEM_SOCKETS);
    }

    private static String encoded(Path path) {
        return URLEncoder.encode(path.toString(), StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
    }

    @Override
    public String toString() {
        return uri.toString();
    }

    /** Ends the connection of ssh, if there is one. Closing twice does nothing. */
    @Override
    public void close() {
        closed = true;
        lock.lock();
        try {
            SshRunner runner = ssh;
            if (runner != null) {
                runner.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
