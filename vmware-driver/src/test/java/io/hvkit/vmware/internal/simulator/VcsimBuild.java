package io.hvkit.vmware.internal.simulator;

import io.hvkit.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Makes the simulator's program, with Debian's Go and Debian's govmomi and nothing from a network, once for each content of its
 * sources. Without these packages tests fail: a skipped test proves nothing.
 */
final class VcsimBuild {

    private static final Path SOURCES = Path.of("src", "test", "vcsim").toAbsolutePath();
    private static final Path CACHE = Path.of(
                    System.getProperty("hvkit.cache", System.getProperty("user.home") + "/.cache/hvkit"))
            .toAbsolutePath();
    private static final Path GOVMOMI = Path.of("/usr/share/gocode/src/github.com/vmware/govmomi");
    private static final Duration LIMIT = Duration.ofMinutes(10);

    private VcsimBuild() {}

    static Path program() throws InterruptedException {
        Path made = CACHE.resolve("vcsim-" + hash());
        if (Files.isExecutable(made)) {
            return made;
        }
        try {
            Files.createDirectories(CACHE);
            try (FileChannel channel = FileChannel.open(
                            CACHE.resolve("vcsim.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock held = locked(channel)) {
                if (!Files.isExecutable(made) && held.isValid()) {
                    make(made);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return made;
    }

    private static FileLock locked(FileChannel channel) throws InterruptedException {
        FileLock[] held = new FileLock[1];
        Await.until("the end of another process's making of vcsim", LIMIT, () -> {
            try {
                held[0] = channel.tryLock();
                return held[0] != null;
            } catch (OverlappingFileLockException e) {
                return false; // another thread of this JVM has it
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return held[0];
    }

    private static void make(Path made) throws IOException, InterruptedException {
        if (!Files.isDirectory(GOVMOMI)) {
            throw missing(new NoSuchFileException(GOVMOMI.toString()));
        }
        Path aside = CACHE.resolve(made.getFileName() + ".making");
        ProcessBuilder go = new ProcessBuilder(List.of("go", "build", "-ldflags=-s -w", "-o", aside.toString(), "."))
                .directory(SOURCES.toFile())
                .redirectErrorStream(true);
        go.environment()
                .putAll(Map.of(
                        "GO111MODULE",
                        "off",
                        "GOPATH",
                        "/usr/share/gocode",
                        "GOPROXY",
                        "off",
                        "GOFLAGS",
                        "",
                        "CGO_ENABLED",
                        "0",
                        "GOCACHE",
                        CACHE.resolve("go").toString()));
        Process build;
        try {
            build = go.start();
        } catch (IOException e) {
            throw missing(e);
        }
        String said = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (build.waitFor() != 0) {
            throw new IllegalStateException("the simulator cannot be made: " + said);
        }
        Files.move(aside, made, StandardCopyOption.ATOMIC_MOVE);
    }

    private static IllegalStateException missing(IOException cause) {
        return new IllegalStateException(
                "the simulator needs Debian's golang-go and golang-github-vmware-govmomi-dev; install them, or let"
                        + " ./hvkit test do so",
                cause);
    }

    private static String hash() {
        try (Stream<Path> files = Files.list(SOURCES)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files.sorted().toList()) {
                digest.update(Files.readAllBytes(file));
            }
            return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
