package io.hvkit.examples.console;

import io.hvkit.core.ByteSize;
import io.hvkit.core.MachineId;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A second pair of eyes: what libvirt's own tool sees on the host. */
public final class Virsh {

    private static final int UUID_LENGTH = 36;

    private final String uri;

    private Virsh(String uri) {
        this.uri = uri;
    }

    public static Virsh on(PrivateHost host) {
        return new Virsh(host.uri().toString());
    }

    /** Returns the ids of the secrets that are defined. */
    public List<String> secrets() throws InterruptedException {
        return lines("secret-list")
                .map(line -> line.substring(0, UUID_LENGTH))
                .sorted()
                .toList();
    }

    /** Returns the names of all machines, running or not. */
    public List<String> machines() throws InterruptedException {
        return lines("list", "--all", "--name").sorted().toList();
    }

    /** Returns how large a disk is to the machine that runs with it. */
    public ByteSize capacity(MachineId machine, Path disk) throws InterruptedException {
        return lines("domblkinfo", machine.value(), disk.toString())
                .filter(line -> line.startsWith("Capacity:"))
                .map(line -> ByteSize.bytes(
                        Long.parseLong(line.substring("Capacity:".length()).strip())))
                .findAny()
                .orElseThrow();
    }

    /** Returns how much of a disk a copy under way has copied, between 0 and 1; 0 if there is none. */
    public double copied(MachineId machine, String target) throws InterruptedException {
        Map<String, Long> figures = lines("domblockjob", machine.value(), target, "--raw")
                .filter(line -> line.matches("(cur|end)=[0-9]+"))
                .collect(Collectors.toMap(line -> line.substring(0, 3), line -> Long.parseLong(line.substring(4))));
        long end = figures.getOrDefault("end", 0L);
        return end == 0 ? 0 : (double) figures.getOrDefault("cur", 0L) / end;
    }

    private Stream<String> lines(String... words) throws InterruptedException {
        List<String> argv = new ArrayList<>(List.of("virsh", "-q", "-c", uri));
        argv.addAll(List.of(words));
        CommandResult result = CommandRunner.local().run(Command.of(argv.toArray(String[]::new)));
        if (result.exitCode() != 0) {
            throw new IllegalStateException("virsh: " + result.errors());
        }
        return result.output().lines().map(String::strip).filter(line -> !line.isEmpty());
    }

    /** Returns the files that a libvirt host keeps secrets in, should there be any. */
    public static List<Path> secretsOnDisk(PrivateHost host) {
        try (Stream<Path> files = Files.find(host.folder(), Integer.MAX_VALUE, (path, type) -> isSecret(path))) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isSecret(Path path) {
        String name = String.valueOf(path.getFileName());
        return path.toString().contains("/secrets/") && (name.endsWith(".xml") || name.endsWith(".base64"));
    }

    /** Waits until those secrets are defined, and returns what is defined then. */
    public List<String> awaitSecrets(List<String> wanted, Duration limit) throws InterruptedException {
        Await.until("the secrets are back", limit, () -> secrets().equals(wanted));
        return secrets();
    }
}
