package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.ProcessIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A folder for a daemon's sockets, its owner's alone, which says who made it: a killed process cannot remove it. */
final class DaemonFolder {

    private static final Logger LOG = LoggerFactory.getLogger(DaemonFolder.class);
    private static final String PREFIX = "hvkit-daemon-";
    private static final String OWNER = "owner";
    private static final String CONTROL = "control";
    private static final String MONITOR = "monitor";
    private static final String READY = "ready";
    private static final Duration LAST_WORD = Duration.ofSeconds(2);

    private final Path folder;

    private DaemonFolder(Path folder) {
        this.folder = folder;
    }

    /** Makes one in the folder for temporary files. */
    static DaemonFolder make() {
        Path parent = temporary();
        try {
            Path folder = Files.createTempDirectory(
                    parent, PREFIX, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            DaemonFolder made = new DaemonFolder(folder);
            try {
                QmpWire.requireShort(made.control());
                Files.writeString(
                        folder.resolve(OWNER), ProcessIdentity.ofThisOne().toString());
                return made;
            } catch (IOException | RuntimeException e) {
                made.remove();
                throw e;
            }
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("no folder for a daemon's sockets can be made in %s: %s", parent, e);
        }
    }

    /**
     * Removes those beside it that processes left which were killed. Their daemons have ended with them; should one live on, it is
     * told to end first. Only what this user made is looked at: where all may write, others can make what looks like it.
     */
    void removeAbandoned() throws InterruptedException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(temporary(), PREFIX + "*")) {
            UserPrincipal user = Files.getOwner(folder);
            for (Path path : found) {
                if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                        && Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).equals(user)
                        && isAbandoned(path)) {
                    DaemonFolder left = new DaemonFolder(path);
                    left.endDaemon();
                    left.remove();
                }
            }
        } catch (IOException e) {
            LOG.warn("{} was not looked through for what killed processes left: {}", temporary(), e.toString());
        }
    }

    /** Returns the socket of the daemon's own client. */
    Path control() {
        return folder.resolve(CONTROL);
    }

    /** Returns the socket of everybody else. */
    Path monitor() {
        return folder.resolve(MONITOR);
    }

    /** Returns the socket at which this process listens, until the daemon has said that it is ready. */
    Path ready() {
        return folder.resolve(READY);
    }

    /** Removes it; what cannot be removed is told, and never keeps anybody from anything. */
    void remove() {
        try {
            for (String name : List.of(CONTROL, MONITOR, READY, OWNER)) {
                Files.deleteIfExists(folder.resolve(name));
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            LOG.warn("{} is of no use any more and could not be removed: {}", folder, e.toString());
        }
    }

    private void endDaemon() throws InterruptedException {
        try (QmpClient client = QmpClient.connect(control(), LAST_WORD)) {
            client.execute(QmpCommand.of("quit").within(LAST_WORD));
            LOG.warn("a storage daemon outlived the process that started it, and was told to end");
        } catch (DriverException e) {
            LOG.debug("no daemon at {}", control(), e); // as it should be
        }
    }

    private static boolean isAbandoned(Path path) throws IOException {
        Path owner = path.resolve(OWNER);
        if (!Files.isRegularFile(owner, LinkOption.NOFOLLOW_LINKS)) {
            return false; // it is just being made
        }
        return ProcessIdentity.parse(Files.readString(owner, StandardCharsets.ISO_8859_1))
                .filter(maker -> maker.life() == ProcessIdentity.Life.ENDED)
                .isPresent();
    }

    private static Path temporary() {
        return Path.of(System.getProperty("java.io.tmpdir", "/tmp")).toAbsolutePath();
    }
}
