package io.hvkit.powerflex.simulator.internal.device;

import io.hvkit.powerflex.simulator.internal.array.Ids;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What one host has: a folder of devices under the names that udev gives, and a drv_cfg that answers from files beside it.
 * Used under one lock of all hosts.
 */
final class HostFolder {

    private static final String INSTALLATION = "68ab55462cbb3ae4";

    private final Path folder;
    private final TreeMap<String, String> volumes = new TreeMap<>();
    private final TreeMap<String, String> systems = new TreeMap<>();

    private HostFolder(Path folder) {
        this.folder = folder;
    }

    static HostFolder make(Path folder, String guid) {
        HostFolder host = new HostFolder(folder);
        try (InputStream script = HostFolder.class.getResourceAsStream("drv_cfg")) {
            if (script == null) {
                throw new IllegalStateException("drv_cfg is not in the jar");
            }
            Files.createDirectories(host.devices());
            Files.createDirectories(folder.resolve("state"));
            Files.createDirectories(folder.resolve("commands"));
            Files.copy(script, host.drvCfg(), StandardCopyOption.REPLACE_EXISTING);
            Files.setPosixFilePermissions(host.drvCfg(), PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of a host cannot be made: " + folder, e);
        }
        host.write("guid", List.of(guid));
        host.write();
        return host;
    }

    Path devices() {
        return folder.resolve("by-id");
    }

    Path drvCfg() {
        return folder.resolve("drv_cfg");
    }

    /** Has drv_cfg tell of a system, or no more. */
    void connected(long system, long sdc, List<String> addresses) {
        StringBuilder line = new StringBuilder("MDM-ID " + Ids.text(system) + " SDC ID " + Ids.text(sdc)
                + " INSTALLATION ID " + INSTALLATION + " IPs");
        for (int i = 0; i < addresses.size(); i++) {
            line.append(" [").append(i).append("]-").append(addresses.get(i));
        }
        systems.put(Ids.text(system), line.toString());
        write();
    }

    void disconnected(long system) {
        systems.remove(Ids.text(system));
        write();
    }

    /** Links a device under the name of its volume; one that is there is replaced. */
    void link(long system, long volume, Path target) {
        Path link = link(system, volume);
        try {
            Path fresh = devices().resolve("." + link.getFileName());
            Files.deleteIfExists(fresh);
            Files.createSymbolicLink(fresh, target);
            Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("a device cannot be linked: " + link, e);
        }
        volumes.put(link.getFileName().toString(), "VOL-ID " + Ids.text(volume) + " MDM-ID " + Ids.text(system));
        write();
    }

    void unlink(long system, long volume) {
        Path link = link(system, volume);
        try {
            Files.deleteIfExists(link);
        } catch (IOException e) {
            throw new UncheckedIOException("a device cannot be unlinked: " + link, e);
        }
        volumes.remove(link.getFileName().toString());
        write();
    }

    private Path link(long system, long volume) {
        return devices().resolve("emc-vol-" + Ids.text(system) + "-" + Ids.text(volume));
    }

    /** Hands over the commands that drv_cfg left, and tells it that they are done. */
    void takeCommands(Consumer<String> command) {
        try (Stream<Path> left = Files.list(folder.resolve("commands"))) {
            for (Path file : left.filter(one -> !one.getFileName().toString().startsWith("."))
                    .toList()) {
                Files.readAllLines(file).forEach(command);
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("commands of drv_cfg cannot be read", e);
        }
    }

    private void write() {
        List<String> mdms = new ArrayList<>(systems.values());
        mdms.add(0, "Retrieved " + systems.size() + " mdm(s)");
        write("mdms", mdms);
        List<String> seen = new ArrayList<>(volumes.values());
        seen.add(0, "Retrieved " + volumes.size() + " volume(s)");
        write("volumes", seen);
    }

    private void write(String name, List<String> lines) {
        try {
            Path fresh = folder.resolve("state").resolve("." + name);
            Files.write(fresh, lines);
            Files.move(fresh, folder.resolve("state").resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("what drv_cfg tells cannot be written", e);
        }
    }
}
