package io.hvkit.testkit.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A program that has to be installed, and the packages that bring it. */
public record Tool(String name, String debian, String fedora) {

    private static final List<String> USUAL =
            List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

    /** Returns the directories in which programs are looked for: the PATH, and those that a plain user's PATH lacks. */
    public static List<Path> searchPath() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Arrays.stream(path.split(":")), USUAL.stream())
                .filter(part -> part.startsWith("/"))
                .distinct()
                .map(Path::of)
                .toList();
    }

    /** Returns where it is, if it is anywhere in {@code folders}. */
    public Optional<Path> find(List<Path> folders) {
        return folders.stream()
                .map(folder -> folder.resolve(name))
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .findFirst();
    }

    /**
     * Returns where it is in {@code folders}.
     *
     * @throws DriverException with {@code HOST_NOT_READY}, naming the packages, if it is not there
     */
    public Path require(List<Path> folders) {
        return find(folders)
                .orElseThrow(() -> DriverException.because(Failure.HOST_NOT_READY)
                        .message(
                                "%s is not installed; on Debian and Ubuntu: apt-get install %s; on Fedora: dnf install %s",
                                name, debian, fedora));
    }
}
