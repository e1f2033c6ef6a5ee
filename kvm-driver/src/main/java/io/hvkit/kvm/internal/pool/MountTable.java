package io.hvkit.kvm.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What is mounted where, as the kernel tells this process; reading it waits for no server. Immutable. */
final class MountTable {

    /** The kernel's own words; see proc_pid_mountinfo(5). */
    static final Path OF_THIS_PROCESS = Path.of("/proc/self/mountinfo");

    private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");
    private static final Pattern BLANK = Pattern.compile(" ");
    private static final int SHORTEST = 10;
    private static final int OCTAL = 8;

    private final List<Mount> mounts;

    private MountTable(List<Mount> mounts) {
        this.mounts = mounts;
    }

    /**
     * One line of it.
     *
     * @param number the kernel's number of it
     * @param parent the number of what it is mounted on
     * @param root which part of the file system is mounted
     * @param point where it is mounted
     * @param type the file system's type
     * @param source what is mounted, such as a device, or a server and what it exports
     */
    record Mount(String number, String parent, String root, Path point, String type, String source) {

        /** Returns whether both are the same part of the same file system at the same place; numbers change with each mount. */
        boolean isLike(Mount other) {
            return root.equals(other.root)
                    && point.equals(other.point)
                    && type.equals(other.type)
                    && source.equals(other.source);
        }

        /** Returns whether it is a directory that a server exports by NFS. */
        boolean isNfs() {
            return type.equals("nfs") || type.equals("nfs4");
        }

        @Override
        public String toString() {
            return source + " (" + type + ") at " + point;
        }
    }

    /** Reads the table of a process. */
    static MountTable read(Path mountInfo) {
        Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        try {
            return of(new String(Files.readAllBytes(mountInfo), names).lines().toList());
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("what is mounted cannot be read from %s: %s", mountInfo, e.toString());
        }
    }

    /** Returns the table of these lines; what is no line of it is passed over. */
    static MountTable of(List<String> lines) {
        List<Mount> mounts = new ArrayList<>();
        for (String line : lines) {
            List<String> words = List.of(BLANK.split(line));
            int separator = words.indexOf("-");
            if (words.size() >= SHORTEST && separator > 5 && separator + 2 < words.size()) {
                mounts.add(new Mount(
                        words.get(0),
                        words.get(1),
                        plain(words.get(3)),
                        Path.of(plain(words.get(4))),
                        words.get(separator + 1),
                        plain(words.get(separator + 2))));
            }
        }
        return new MountTable(List.copyOf(mounts));
    }

    /** Blanks, tabs, line ends and backslashes stand there by their octal numbers. */
    private static String plain(String word) {
        return ESCAPED.matcher(word)
                .replaceAll(found ->
                        Matcher.quoteReplacement(Character.toString((char) Integer.parseInt(found.group(1), OCTAL))));
    }

    /**
     * Returns what a path without links is on: goes down from the root as the kernel does, so that what another mount hides
     * counts for nothing.
     */
    Optional<Mount> holding(Path path) {
        Set<String> numbers = mounts.stream().map(Mount::number).collect(Collectors.toSet());
        Optional<Mount> here = nearest(
                mounts.stream()
                        .filter(mount -> !numbers.contains(mount.parent) || mount.parent.equals(mount.number))
                        .toList(),
                path);
        for (Optional<Mount> next = here; next.isPresent(); ) {
            here = next;
            Mount on = next.get();
            next = nearest(
                    mounts.stream()
                            .filter(mount -> mount.parent.equals(on.number) && !mount.number.equals(on.number))
                            .toList(),
                    path);
        }
        return here;
    }

    private static Optional<Mount> nearest(List<Mount> among, Path path) {
        return among.stream()
                .filter(mount -> path.startsWith(mount.point))
                .min(Comparator.comparingInt(mount -> mount.point.getNameCount()));
    }
}
