package io.hvkit.kvm.internal.host;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.qemu.SshDestination;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A libvirt URI that this driver vouches for: it runs no program, reads no file but those that it names plainly, and switches no
 * check off unless that was allowed apart from it. Everything else is refused, with the way out.
 *
 * @param text as it was given
 * @param scope the system's daemon or a user's
 * @param way how the daemon is reached
 */
record HostUri(URI text, Scope scope, Way way) {

    private static final Pattern CLEAN = Pattern.compile("[A-Za-z0-9._/@+,~ -]+");
    private static final int TLS_PORT = 16_514;
    private static final int TCP_PORT = 16_509;

    /** Whose daemon. */
    enum Scope {
        SYSTEM,
        SESSION
    }

    /** Whether a TLS host must show who it is. */
    enum Verification {
        REQUIRED,
        WAIVED
    }

    /** How a daemon is reached. */
    sealed interface Way {
        /** Returns what {@code cases} says of this way. */
        <R> R match(Cases<R> cases);
    }

    /** What differs from way to way. */
    interface Cases<R> {
        R local(Local way);

        R ssh(Ssh way);

        R tls(Tls way);

        R clear(Clear way);
    }

    /** The daemon of this machine, on its usual socket or another. */
    record Local(Optional<Path> socket) implements Way {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.local(this);
        }
    }

    /** A socket of another host, over ssh. */
    record Ssh(SshDestination destination, Optional<Path> socket) implements Way {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.ssh(this);
        }
    }

    /** A port with TLS. */
    record Tls(String host, int port, Verification verification) implements Way {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.tls(this);
        }
    }

    /** A port on which everything can be read by others. */
    record Clear(String host, int port) implements Way {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.clear(this);
        }
    }

    /**
     * Reads a URI.
     *
     * @param waiver whether {@code no_verify=1} is allowed
     * @param sshConfiguration a configuration file for ssh, if there is one
     * @throws DriverException with {@code INVALID_REQUEST} if it is no URI of QEMU, or says what is not vouched for
     */
    static HostUri of(URI text, Verification waiver, Optional<Path> sshConfiguration) {
        String scheme = String.valueOf(text.getScheme());
        require(
                !text.isOpaque() && text.getRawFragment() == null,
                text,
                "it is not of the form qemu+ssh://host/system");
        Scope scope = scope(text);
        Map<String, String> parameters = parameters(text);
        Way way = switch (scheme) {
            case "qemu" -> text.getHost() == null ? local(text, parameters) : tls(text, parameters, waiver);
            case "qemu+unix" -> local(text, parameters);
            case "qemu+ssh" -> ssh(text, parameters, sshConfiguration);
            case "qemu+tls" -> tls(text, parameters, waiver);
            case "qemu+tcp" -> clear(text, parameters);
            case "qemu+libssh", "qemu+libssh2" ->
                throw refused(text, "this driver has one way through ssh: say qemu+ssh");
            case "qemu+ext" -> throw refused(text, "it would run a program of its own; say qemu+ssh or qemu+tls");
            default ->
                throw refused(
                        text,
                        "'" + scheme + "' is no scheme of a QEMU host; say qemu, qemu+unix, qemu+ssh or qemu+tls");
        };
        return new HostUri(text, scope, way);
    }

    private static Scope scope(URI text) {
        return switch (String.valueOf(text.getPath())) {
            case "/system" -> Scope.SYSTEM;
            case "/session" -> Scope.SESSION;
            default -> throw refused(text, "its path must be /system or /session");
        };
    }

    private static Way local(URI text, Map<String, String> parameters) {
        require(text.getRawAuthority() == null, text, "a Unix socket is on no other host; say qemu+ssh");
        requireOnly(text, parameters, Set.of("socket"));
        return new Local(path(text, parameters, "socket"));
    }

    private static Way ssh(URI text, Map<String, String> parameters, Optional<Path> configuration) {
        requireHost(text);
        if ("1".equals(parameters.get("no_verify"))) {
            throw refused(text, "no_verify=1 would trust any host; name the file of its key: known_hosts=/path");
        }
        requireOnly(text, parameters, Set.of("socket", "keyfile", "known_hosts", "no_tty", "no_verify"));
        SshDestination destination = SshDestination.of(text.getHost());
        if (text.getPort() >= 0) {
            destination = destination.port(text.getPort());
        }
        if (text.getUserInfo() != null) {
            require(!text.getUserInfo().contains(":"), text, "a password must not be in it; name a key: keyfile=/path");
            destination = destination.user(text.getUserInfo());
        }
        destination =
                path(text, parameters, "keyfile").map(destination::identity).orElse(destination);
        destination = path(text, parameters, "known_hosts")
                .map(destination::knownHosts)
                .orElse(destination);
        destination = configuration.map(destination::configuredBy).orElse(destination);
        return new Ssh(destination, path(text, parameters, "socket"));
    }

    private static Way tls(URI text, Map<String, String> parameters, Verification waiver) {
        requireHost(text);
        require(text.getUserInfo() == null, text, "a user does not log in by TLS; certificates say who it is");
        requireOnly(text, parameters, Set.of("pkipath", "no_verify"));
        Optional<Path> unused = path(text, parameters, "pkipath");
        boolean waived = "1".equals(parameters.get("no_verify"));
        if (waived && waiver == Verification.REQUIRED) {
            throw refused(
                    text,
                    "no_verify=1 would trust any host; name the folder of the right CA certificate: pkipath=/path, or set the"
                            + " option unverified-host to accept-at-own-risk");
        }
        return new Tls(text.getHost(), port(text, TLS_PORT), waived ? Verification.WAIVED : Verification.REQUIRED);
    }

    private static Way clear(URI text, Map<String, String> parameters) {
        requireHost(text);
        require(text.getUserInfo() == null, text, "no user logs in this way");
        requireOnly(text, parameters, Set.of());
        return new Clear(text.getHost(), port(text, TCP_PORT));
    }

    private static void requireHost(URI text) {
        require(text.getHost() != null && !text.getHost().isEmpty(), text, "it names no host");
    }

    private static int port(URI text, int usual) {
        return text.getPort() < 0 ? usual : text.getPort();
    }

    private static Map<String, String> parameters(URI text) {
        Map<String, String> parameters = new LinkedHashMap<>();
        String query = Optional.ofNullable(text.getRawQuery()).orElse("");
        for (String pair : query.split("[&;]", -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            require(equals > 0, text, "its parameter '" + pair + "' has no value");
            String value = decoded(pair.substring(equals + 1));
            String before = parameters.put(decoded(pair.substring(0, equals)), value);
            require(before == null, text, "it says " + pair.substring(0, equals) + " twice");
        }
        return parameters;
    }

    /** A URI has no broken escapes, but a plus sign that is one. */
    private static String decoded(String raw) {
        return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static void requireOnly(URI text, Map<String, String> parameters, Set<String> known) {
        parameters.forEach((name, value) -> {
            switch (name) {
                case "command", "netcat" -> throw refused(text, name + "= names a program, and a URI must not run one");
                case "tls_priority" -> throw refused(text, "tls_priority= could switch checks off");
                case "auth", "sshauth", "authfile" ->
                    throw refused(text, name + "= would ask for a password; nobody is there to give one");
                default -> require(known.contains(name), text, "it may not say " + name + "=; known are " + known);
            }
            boolean flag = name.startsWith("no_");
            require(!flag || value.equals("0") || value.equals("1"), text, name + "= is 0 or 1");
            require(
                    !name.equals("no_tty") || value.equals("1"),
                    text,
                    "nobody is ever asked for a password: leave no_tty out");
        });
    }

    private static Optional<Path> path(URI text, Map<String, String> parameters, String name) {
        Optional<String> value = Optional.ofNullable(parameters.get(name));
        value.ifPresent(path -> require(
                path.startsWith("/") && CLEAN.matcher(path).matches(),
                text,
                name + "= must be an absolute path of ordinary characters"));
        return value.map(Path::of);
    }

    private static void require(boolean holds, URI text, String rule) {
        if (!holds) {
            throw refused(text, rule);
        }
    }

    private static DriverException refused(URI text, String rule) {
        return DriverException.because(Failure.INVALID_REQUEST)
                .message("%s is refused: %s", withoutPassword(text), rule);
    }

    private static String withoutPassword(URI text) {
        return text.toString().replaceFirst("//([^/@:]*):[^/@]*@", "//$1:...@");
    }

    @Override
    public String toString() {
        return withoutPassword(text);
    }
}
