package io.hvkit.testkit.libvirt;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.testkit.internal.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What a private host keeps on disk. A folder that was used before is a host that boots again, under its old UUID. */
record HostFolder(Path path, UUID uuid, Mode mode) {

    /** How a host is kept apart from the machine. */
    enum Mode {
        NAMESPACE,
        SESSION
    }

    private static final String SCRIPT = "supervisor.sh";
    private static final int FIRST_PORT = 49_152; // as libvirt's own range begins
    private static final int LAST_PORT = 65_535;
    private static final int PORTS = 32;

    static HostFolder prepared(Path path, Mode mode) {
        try {
            Path folder = path.toAbsolutePath().normalize();
            Files.createDirectories(folder);
            UUID uuid = uuidIn(folder.toRealPath().resolve("host.uuid"));
            HostFolder host = new HostFolder(folder.toRealPath(), uuid, mode);
            host.write();
            return host;
        } catch (IOException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("%s cannot become the folder of a private libvirt host: %s", path, e);
        }
    }

    private static UUID uuidIn(Path file) throws IOException {
        if (Files.exists(file)) {
            return UUID.fromString(Files.readString(file).strip());
        }
        UUID fresh = UUID.randomUUID(); // libvirt refuses to migrate between hosts with one UUID
        Files.writeString(file, fresh + "\n");
        return fresh;
    }

    Path script() {
        return path.resolve(SCRIPT);
    }

    Path supervisorLog() {
        return logs().resolve("supervisor.log");
    }

    Path daemonLog() {
        return logs().resolve("libvirtd.log");
    }

    /** Returns the name that the host goes by in its own UTS namespace. */
    String hostname() {
        return "hvkit-" + uuid.toString().substring(0, 8);
    }

    /** Returns the daemon's socket, in a folder that may be this one's short alias. */
    Path socketBelow(Path base) {
        Path run = base.resolve("run");
        return switch (mode) {
            case NAMESPACE -> run.resolve("libvirt-sock");
            case SESSION -> run.resolve("libvirt").resolve("libvirt-sock");
        };
    }

    /** Returns where the host finds the certificates that it shows when machines move. */
    Path certificates() {
        return path.resolve("etc").resolve("certificates");
    }

    private Path logs() {
        return path.resolve("log");
    }

    private void write() throws IOException {
        Path etc = etc();
        Files.createDirectories(etc);
        Files.createDirectories(logs());
        Files.createDirectories(certificates());
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
        Resources.unpack(HostFolder.class, SCRIPT, path);
        writeDaemonSettings(List.of("listen_tls = 0"));
        writeQemuSettings(GuestUser.ROOT, FileOwnership.LEFT_ALONE);
        // A serial log is evidence: it must not be cut at virtlogd's usual 2 MiB.
        writeLines(etc.resolve("virtlogd.conf"), List.of("max_size = 1073741824"));
    }

    /** Writes how the daemon is to listen, for its next start. */
    void writeDaemonSettings(List<String> listening) throws IOException {
        List<String> settings = new ArrayList<>(List.of(
                "host_uuid = \"" + uuid + "\"",
                "log_outputs = \"3:stderr\"",
                "auth_unix_ro = \"none\"",
                "auth_unix_rw = \"none\"",
                "unix_sock_ro_perms = \"0700\"",
                "unix_sock_rw_perms = \"0700\""));
        settings.addAll(listening);
        writeLines(etc().resolve("libvirtd.conf"), settings);
    }

    /** Writes how the daemon is to start guests, for its next start. */
    void writeQemuSettings(GuestUser user, FileOwnership ownership) throws IOException {
        writeLines(etc().resolve("qemu.conf"), qemuSettings(user, ownership));
    }

    private List<String> qemuSettings(GuestUser user, FileOwnership ownership) {
        List<String> settings = new ArrayList<>(List.of("security_driver = \"none\"", "cgroup_controllers = []"));
        // The ports are the machine's, and another host may be given one before QEMU listens on it.
        int first = FIRST_PORT + Math.floorMod(uuid.hashCode(), (LAST_PORT + 1 - FIRST_PORT) / PORTS) * PORTS;
        settings.add("migrate_tls_x509_cert_dir = \"" + certificates() + "\"");
        settings.add("migrate_tls_x509_verify = 1"); // who sends a machine must show a certificate too
        settings.add("migration_port_min = " + first);
        settings.add("migration_port_max = " + (first + PORTS - 1));
        if (mode == Mode.NAMESPACE) {
            settings.addAll(List.of("user = \"" + user.user() + "\"", "group = \"" + user.group() + "\""));
            // Files of guests are usually not the host's: several hosts share them, and some are killed before they
            // could restore.
            int dynamic = ownership == FileOwnership.CHANGED ? 1 : 0;
            settings.addAll(List.of("dynamic_ownership = " + dynamic, "remember_owner = 0"));
            // Guests see the host's /dev: libvirt cannot rebuild one that has a mount on /dev/kvm.
            settings.add("namespaces = []");
        }
        return settings;
    }

    private Path etc() {
        Path etc = path.resolve("etc");
        return switch (mode) {
            case NAMESPACE -> etc;
            case SESSION -> etc.resolve("libvirt");
        };
    }

    private static void writeLines(Path file, List<String> lines) throws IOException {
        Files.writeString(file, String.join("\n", lines) + "\n", StandardCharsets.UTF_8);
    }

    /** The longest folder below which all of libvirt's sockets keep within the 107 bytes of a Unix socket's path. */
    private int longest() {
        return switch (mode) {
            case NAMESPACE -> 107 - "/run/libvirt-sock-ro".length();
            case SESSION ->
                107 - "/etc/libvirt/qemu/lib/domain-123-12345678901234567890/org.qemu.guest_agent.0".length();
        };
    }

    /** Returns where a short alias must be made, if this folder's own path is too long for sockets. */
    Optional<Path> placeForAlias(List<Path> candidates) {
        int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length <= longest()) {
            return Optional.empty();
        }
        return Optional.of(candidates.stream()
                .filter(place -> place.toString().length() + "/hvk.123456/h".length() <= longest())
                .filter(place -> Files.isDirectory(place) && Files.isWritable(place))
                .findFirst()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "%s is too long for Unix sockets (%d bytes, at most %d), and none of %s can hold an alias",
                                path, length, longest(), candidates)));
    }
}
