package io.hvkit.testkit.libvirt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What a private host must leave as it is: mounts, libvirt's own places, the host name, network devices. */
record Machine(Set<String> mounts, Map<String, String> places, String hostname, Set<String> devices) {

    private static final List<String> PLACES = List.of(
            "/run/libvirt",
            "/run/libvirtd.pid",
            "/var/lib/libvirt",
            "/var/log/libvirt",
            "/var/cache/libvirt",
            "/etc/libvirt");

    static Machine now() throws IOException {
        Map<String, String> places = new TreeMap<>();
        for (String place : PLACES) {
            list(Path.of(place), places);
        }
        Set<String> devices = new TreeSet<>();
        try (Stream<Path> links = Files.list(Path.of("/sys/class/net"))) {
            links.map(Path::toString).forEach(devices::add);
        }
        return new Machine(
                new TreeSet<>(Files.readAllLines(Path.of("/proc/self/mountinfo"))),
                places,
                Files.readString(Path.of("/proc/sys/kernel/hostname")).strip(),
                devices);
    }

    private static void list(Path place, Map<String, String> places) throws IOException {
        if (Files.notExists(place, LinkOption.NOFOLLOW_LINKS)) {
            places.put(place.toString(), "absent");
            return;
        }
        try (Stream<Path> walk = Files.walk(place)) {
            for (Path path : walk.toList()) {
                places.put(
                        path.toString(),
                        Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS)
                                .toString());
            }
        }
    }

    /** Returns the processes, by pid and command line, that have {@code word} in their command line. */
    static List<String> processesWith(String word) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path process : processes
                    .filter(path -> path.getFileName().toString().matches("\\d+"))
                    .toList()) {
                String line = commandLine(process);
                if (line.contains(word)) {
                    found.add(process.getFileName() + " " + line);
                }
            }
        }
        return found;
    }

    private static String commandLine(Path process) {
        try {
            return Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1)
                    .replace('\0', ' ');
        } catch (IOException e) {
            return ""; // it ended meanwhile
        }
    }
}
