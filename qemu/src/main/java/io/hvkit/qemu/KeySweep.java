package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.ProcessIdentity;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes key files of processes that were killed. Every step is relative to an open folder and follows no link, so that nobody
 * who can write to the directory can make it touch anything else.
 */
final class KeySweep {

    private static final Logger LOG = LoggerFactory.getLogger(KeySweep.class);

    private final Path directory;
    private final UserPrincipal self;

    private KeySweep(Path directory, UserPrincipal self) {
        this.directory = directory;
        this.self = self;
    }

    static List<Path> of(Path directory) {
        List<Path> removed = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            KeySweep sweep = new KeySweep(directory, Files.getOwner(Path.of("/proc/self")));
            if (!(stream instanceof SecureDirectoryStream<Path> secure)) {
                throw DriverException.because(Failure.HOST_NOT_READY)
                        .message("this JVM cannot look into %s without following links", directory);
            }
            for (Path entry : secure) {
                Path name = entry.getFileName();
                if (isStale(name.toString()) && sweep.remove(secure, name)) {
                    removed.add(directory.resolve(name));
                }
            }
        } catch (IOException e) {
            throw Complaint.of("cannot look for old keys in " + directory, e, Effect.UNKNOWN);
        }
        return List.copyOf(removed);
    }

    private static boolean isStale(String name) {
        return KeyFolder.maker(name)
                .filter(maker -> maker.life() == ProcessIdentity.Life.ENDED)
                .isPresent();
    }

    private boolean remove(SecureDirectoryStream<Path> parent, Path name) {
        try {
            PosixFileAttributes folder = attributes(parent, name);
            if (!folder.isDirectory() || !folder.owner().equals(self)) {
                return false;
            }
            try (SecureDirectoryStream<Path> inside = parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                for (Path entry : inside) {
                    if (!removeKey(inside, entry.getFileName())) {
                        return false;
                    }
                }
            }
            parent.deleteDirectory(name);
            return true;
        } catch (NoSuchFileException e) {
            return false; // somebody else sweeps too
        } catch (IOException e) {
            LOG.warn("an old key may still be in {}: {}", directory.resolve(name), e.toString());
            return false;
        }
    }

    private boolean removeKey(SecureDirectoryStream<Path> inside, Path name) throws IOException {
        PosixFileAttributes file = attributes(inside, name);
        if (!name.equals(KeyFolder.FILE)
                || !file.isRegularFile()
                || !file.owner().equals(self)) {
            return false;
        }
        try (SeekableByteChannel channel =
                inside.newByteChannel(name, Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
            KeyFolder.wipe(channel);
        }
        inside.deleteFile(name);
        return true;
    }

    private static PosixFileAttributes attributes(SecureDirectoryStream<Path> parent, Path name) throws IOException {
        return parent.getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
    }
}
