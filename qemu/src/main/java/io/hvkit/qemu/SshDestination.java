package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where {@link SshRunner} goes, and how it shows who it is. Without more words: port 22, the name of this process's user, the
 * keys and the known hosts of that user. No configuration file of ssh is read unless one is named, so that nothing but this
 * decides. Immutable; every change is a new destination.
 */
public final class SshDestination {

    private static final int USUAL_PORT = 22;
    private static final int LARGEST_PORT = 65_535;
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_\\[:][A-Za-z0-9._:%\\]-]*");
    private static final Pattern USER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._@\\\\-]*");

    private record Fields(
            String host,
            int port,
            Optional<String> user,
            Optional<Path> identity,
            Optional<Path> knownHosts,
            Optional<Path> configuration) {}

    private final Fields fields;

    private SshDestination(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a destination.
     *
     * @param host a name or an address
     * @throws DriverException with {@code INVALID_REQUEST} if no host can be called so
     */
    public static SshDestination of(String host) {
        require(HOST.matcher(host).matches(), "'%s' is no name or address of a host", host);
        return new SshDestination(
                new Fields(host, USUAL_PORT, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()));
    }

    /**
     * Returns this destination with another port.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is not from 1 to 65535
     */
    public SshDestination port(int port) {
        require(port > 0 && port <= LARGEST_PORT, "a port is a number from 1 to 65535, not %s", port);
        return new SshDestination(
                new Fields(fields.host, port, fields.user, fields.identity, fields.knownHosts, fields.configuration));
    }

    /**
     * Returns this destination with a user to be there.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if no user can be called so
     */
    public SshDestination user(String user) {
        require(USER.matcher(user).matches(), "'%s' is no name of a user", user);
        return new SshDestination(new Fields(
                fields.host, fields.port, Optional.of(user), fields.identity, fields.knownHosts, fields.configuration));
    }

    /**
     * Returns this destination with the file of the private key to show, and no other. It must not need a passphrase, since
     * nobody is asked for one.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if ssh would not take the path as it is
     */
    public SshDestination identity(Path privateKey) {
        return new SshDestination(new Fields(
                fields.host,
                fields.port,
                fields.user,
                Optional.of(usable(privateKey)),
                fields.knownHosts,
                fields.configuration));
    }

    /**
     * Returns this destination with the file of the host keys to trust, and no other.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if ssh would not take the path as it is
     */
    public SshDestination knownHosts(Path file) {
        return new SshDestination(new Fields(
                fields.host,
                fields.port,
                fields.user,
                fields.identity,
                Optional.of(usable(file)),
                fields.configuration));
    }

    /**
     * Returns this destination with a configuration file of ssh, for what this type has no words for, such as a jump host or an
     * agent. What is said here, and that host keys are checked, stands above it.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if ssh would not take the path as it is
     */
    public SshDestination configuredBy(Path file) {
        return new SshDestination(new Fields(
                fields.host, fields.port, fields.user, fields.identity, fields.knownHosts, Optional.of(usable(file))));
    }

    /** Returns the name or address of the host. */
    public String host() {
        return fields.host;
    }

    /** Returns the options of ssh that say all this. */
    List<String> options() {
        List<String> options = new ArrayList<>();
        options.addAll(List.of("-F", fields.configuration.map(Path::toString).orElse("none")));
        options.addAll(List.of("-p", Integer.toString(fields.port)));
        fields.user.ifPresent(user -> options.addAll(List.of("-l", user)));
        fields.identity.ifPresent(key ->
                options.addAll(List.of("-o", "IdentityFile=" + inConfiguration(key), "-o", "IdentitiesOnly=yes")));
        fields.knownHosts.ifPresent(file -> options.addAll(
                List.of("-o", "UserKnownHostsFile=" + inConfiguration(file), "-o", "GlobalKnownHostsFile=/dev/null")));
        return options;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SshDestination destination && destination.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    /** Returns it as people write it, such as {@code root@host:22}. */
    @Override
    public String toString() {
        return fields.user.map(user -> user + "@").orElse("") + fields.host + ":" + fields.port;
    }

    /** A value of a configuration: quoted, and with nothing that ssh would put something else for. */
    private static String inConfiguration(Path path) {
        return "\"" + path.toString().replace("%", "%%") + "\"";
    }

    private static Path usable(Path path) {
        Path absolute = ImagePath.of(path);
        String text = absolute.toString();
        require(
                text.chars().noneMatch(c -> c < ' ' || c == '"' || c == '\\') && !text.contains("${"),
                "ssh takes no path with quotes, backslashes, control characters or '${' as it is, such as %s",
                text);
        return absolute;
    }

    private static void require(boolean holds, String format, Object argument) {
        if (!holds) {
            throw DriverException.because(Failure.INVALID_REQUEST).message(format, argument);
        }
    }
}
