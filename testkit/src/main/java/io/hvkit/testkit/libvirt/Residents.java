package io.hvkit.testkit.libvirt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The processes of one PID namespace, seen from outside. */
record Residents(String namespace) {

    private static final Path PROC = Path.of("/proc");

    /** Returns the namespace in which the children of {@code pid} live, once it has one that differs from its own. */
    static Optional<Residents> below(long pid) {
        Path links = PROC.resolve(Long.toString(pid)).resolve("ns");
        return namespaceAt(links.resolve("pid_for_children"))
                .filter(children -> !namespaceAt(links.resolve("pid")).equals(Optional.of(children)))
                .map(Residents::new);
    }

    /** Returns all processes in it: their numbers out here, and as they see themselves. */
    SortedMap<Long, Long> pids() {
        SortedMap<Long, Long> found = new TreeMap<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                if (namespaceAt(process.resolve("ns/pid")).equals(Optional.of(namespace))) {
                    innerPid(process)
                            .ifPresent(
                                    inner -> found.put(Long.parseLong(String.valueOf(process.getFileName())), inner));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static Optional<String> namespaceAt(Path link) {
        try {
            return Optional.of(Files.readSymbolicLink(link).toString());
        } catch (IOException e) {
            return Optional.empty(); // it ended meanwhile, or is somebody else's
        }
    }

    private static Optional<Long> innerPid(Path process) {
        try {
            return Files.readAllLines(process.resolve("status")).stream()
                    .filter(line -> line.startsWith("NSpid:"))
                    .map(line -> Long.parseLong(line.substring(line.lastIndexOf('\t') + 1)))
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty(); // it ended meanwhile
        }
    }
}
