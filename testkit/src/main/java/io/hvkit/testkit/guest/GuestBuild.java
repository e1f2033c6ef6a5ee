package io.hvkit.testkit.guest;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.internal.Program;
import io.hvkit.testkit.internal.Resources;
import io.hvkit.testkit.internal.Trees;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the guest once for each content of its scripts: aside, then by one rename, so that a half-made one is never seen. */
record GuestBuild(Path cache) {

    private static final Logger LOG = LoggerFactory.getLogger(GuestBuild.class);

    static final String KERNEL = "vmlinuz";
    static final String INITRD = "initrd.gz";
    static final String AGENT = "agent.gz";

    private static final String SCRIPT = "build-guest.sh";
    private static final String INIT = "init";
    private static final String ASIDE = "guest-making-";
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final int NO_LISTS = 3;
    private static final int NO_PACKAGE_TOOL = 4;

    /** Returns the folder with kernel and RAM disk; makes it first if need be. */
    Path folder() throws InterruptedException {
        Path made = cache.resolve("guest-" + hash());
        if (Files.isDirectory(made)) {
            return made;
        }
        try {
            Files.createDirectories(cache);
            try (FileChannel channel = FileChannel.open(
                            cache.resolve("guest.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock held = locked(channel)) {
                if (!Files.isDirectory(made) && held.isValid()) {
                    removeAbandoned();
                    make(made);
                }
                return made;
            }
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("the guest cannot be kept in %s: %s", cache, e);
        }
    }

    private static FileLock locked(FileChannel channel) throws InterruptedException {
        FileLock[] held = new FileLock[1];
        Await.until("the end of another process's making of the guest", LIMIT, () -> {
            try {
                held[0] = channel.tryLock();
                return held[0] != null;
            } catch (OverlappingFileLockException e) {
                return false; // another thread of this JVM has it
            } catch (IOException e) {
                throw DriverException.because(Failure.HOST_NOT_READY)
                        .causedBy(e)
                        .message("the guest's cache cannot be locked: %s", e);
            }
        });
        return held[0];
    }

    private void make(Path made) throws IOException, InterruptedException {
        Path aside =
                Files.createTempDirectory(cache, ASIDE + ProcessHandle.current().pid() + "-");
        try {
            publish(built(aside), made);
        } catch (IOException | RuntimeException | InterruptedException e) {
            try {
                Trees.delete(aside);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        try {
            Trees.delete(aside);
        } catch (IOException e) {
            LOG.warn("The guest is made, but {} stays behind until another one is", aside, e);
        }
    }

    private static Path built(Path aside) throws IOException, InterruptedException {
        Path script = Resources.unpack(GuestBuild.class, SCRIPT, aside);
        Path init = Resources.unpack(GuestBuild.class, INIT, aside);
        Path out = Files.createDirectory(aside.resolve("out"));
        Program.Result result = Program.run(
                List.of("bash", script.toString(), out.toString(), init.toString()), aside.resolve("log"), LIMIT);
        if (result.exitCode() != 0) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "the test guest cannot be made (%s): %s",
                            wayOut(result.exitCode()), result.output().strip());
        }
        return out;
    }

    private static String wayOut(int exitCode) {
        return switch (exitCode) {
            case NO_LISTS -> "apt's package lists are missing or old: run apt-get update";
            case NO_PACKAGE_TOOL -> "it needs Debian, Ubuntu or Fedora on x86_64";
            default ->
                "if the package lists are missing or old, run apt-get update; else look at the end of the output";
        };
    }

    private static void publish(Path out, Path made) throws IOException {
        try {
            Files.move(out, made, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!Files.isDirectory(made)) { // else somebody was faster, and theirs is as good
                throw e;
            }
        }
    }

    /** Removes what builders left that were killed. */
    private void removeAbandoned() throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(cache, ASIDE + "*")) {
            for (Path folder : left) {
                String name = String.valueOf(folder.getFileName());
                String pid = name.substring(ASIDE.length()).replaceFirst("-.*", "");
                if (Optional.of(pid)
                        .filter(digits -> digits.matches("\\d{1,9}"))
                        .filter(digits -> Files.notExists(Path.of("/proc", digits)))
                        .isPresent()) {
                    Trees.delete(folder);
                }
            }
        }
    }

    private static String hash() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(Resources.bytes(GuestBuild.class, SCRIPT));
            digest.update(Resources.bytes(GuestBuild.class, INIT));
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
