package io.hvkit.kvm.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.kvm.internal.pool.MountTable.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Where the volumes of a pool are: a directory, on the file system that it was on when the pool was opened. When that is no longer
 * mounted there is an empty directory under the same name, in which no volume is, and nothing must be made.
 */
public final class PoolDirectory {

    /** What must be mounted there. */
    public enum Mounting {
        /** Whatever is: the directory may be on the system's own disk. */
        ANY,
        /** A file system of whatever type, mounted on the directory itself. */
        MOUNT_POINT,
        /** What a server exports by NFS. */
        NFS
    }

    /**
     * Which directory.
     *
     * @param path its absolute path
     * @param mounting what must be mounted there
     * @param source what must be mounted there, in the words of the table of mounts; nothing if any will do
     */
    public record Place(Path path, Mounting mounting, Optional<String> source) {}

    private final PoolId pool;
    private final Place place;
    private final Path mountInfo;
    private final Mount opened;

    private PoolDirectory(PoolId pool, Place place, Path mountInfo, Mount opened) {
        this.pool = pool;
        this.place = place;
        this.mountInfo = mountInfo;
        this.opened = opened;
    }

    /** Looks whether it is there, and what is mounted. */
    public static PoolDirectory open(PoolId pool, Place place) {
        return open(pool, place, MountTable.OF_THIS_PROCESS);
    }

    static PoolDirectory open(PoolId pool, Place place, Path mountInfo) {
        if (!place.path.isAbsolute()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a pool needs an absolute path, not '%s'", place.path);
        }
        if (!Files.isDirectory(place.path)) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message("pool %s: %s is no directory; make it first", pool, place.path);
        }
        Mount mount = mountOf(pool, place, mountInfo);
        requireMounting(pool, place, mount);
        return new PoolDirectory(pool, place, mountInfo, mount);
    }

    private static void requireMounting(PoolId pool, Place place, Mount mount) {
        boolean mounted = switch (place.mounting) {
            case ANY -> true;
            case MOUNT_POINT -> mount.point().equals(real(pool, place));
            case NFS -> mount.isNfs();
        };
        if (!mounted) {
            throw lost(pool, "%s is no %s, but on %s; mount it first", place.path, words(place.mounting), mount);
        }
        if (place.source.filter(source -> !source.equals(mount.source())).isPresent()) {
            throw lost(
                    pool,
                    "%s is on %s, and not on %s; mount that there",
                    place.path,
                    mount,
                    place.source.orElseThrow());
        }
    }

    private static String words(Mounting mounting) {
        return mounting == Mounting.NFS ? "directory of an NFS server" : "mount point";
    }

    /** Returns its path. */
    Path path() {
        return place.path;
    }

    /** Answers a question; what a lost mount hides is never taken for what is not there. */
    <T> T look(PoolWork<T> question) throws InterruptedException {
        return between(question, Effect.NOT_APPLIED);
    }

    /** Changes something, in this directory and no other. */
    <T> T change(PoolWork<T> work) throws InterruptedException {
        return between(work, Effect.UNKNOWN);
    }

    private <T> T between(PoolWork<T> work, Effect doubt) throws InterruptedException {
        require();
        T result;
        try {
            result = work.run();
        } catch (DriverException e) {
            require(doubt, e);
            throw e;
        }
        require(doubt);
        return result;
    }

    /** Goes on only if what is mounted there is what was when the pool was opened; nothing was changed otherwise. */
    void require() {
        require(Effect.NOT_APPLIED);
    }

    private void require(Effect doubt, DriverException first) {
        try {
            require(doubt);
        } catch (DriverException e) {
            e.addSuppressed(first);
            throw e;
        }
    }

    private void require(Effect doubt) {
        Mount now = mountOf(pool, place, mountInfo);
        if (!now.isLike(opened)) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .effect(doubt)
                    .message(
                            "pool %s: %s was on %s when the pool was opened, and now it is on %s; mount the first again, or"
                                    + " open the pool anew if this is meant",
                            pool, place.path, opened, now);
        }
    }

    private static Mount mountOf(PoolId pool, Place place, Path mountInfo) {
        Path real = real(pool, place);
        Mount mount = holding(pool, real, mountInfo);
        if (!mount.type().equals("autofs")) {
            return mount;
        }
        if (!Files.isDirectory(real.resolve("."))) { // who passes through it has it mounted
            throw lost(pool, "%s is not mounted when it is looked into; see what the automounter says", place.path);
        }
        return holding(pool, real(pool, place), mountInfo);
    }

    private static Mount holding(PoolId pool, Path real, Path mountInfo) {
        return MountTable.read(mountInfo)
                .holding(real)
                .orElseThrow(() -> lost(pool, "nothing is mounted where %s is, by %s", real, mountInfo));
    }

    private static Path real(PoolId pool, Place place) {
        try {
            return place.path.toRealPath();
        } catch (NoSuchFileException e) {
            throw lost(pool, "%s is gone; bring it back, or what is mounted there", place.path);
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("pool %s: %s cannot be looked at: %s", pool, place.path, e.toString());
        }
    }

    private static DriverException lost(PoolId pool, String message, Object... values) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .message("pool %s: %s", pool, String.format(Locale.ROOT, message, values));
    }
}
