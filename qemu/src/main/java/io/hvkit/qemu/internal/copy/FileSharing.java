package io.hvkit.qemu.internal.copy;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import io.hvkit.qemu.internal.Libc;
import java.nio.file.Path;
import java.util.Optional;

/** Files that share what they hold, where the file system can (btrfs, XFS). */
public final class FileSharing {

    private FileSharing() {}

    /**
     * Makes a file hold what another one does, at once and in no time; what either is written afterwards is its own.
     *
     * @param to a file in the same file system; what it held is gone
     * @return why not, in the system's words, with nothing changed; nothing if it is done
     */
    public static Optional<String> share(Libc libc, Path from, Path to) {
        try {
            int source = libc.open(Libc.text(from.toString()), Libc.O_RDONLY | Libc.O_CLOEXEC);
            try {
                int target = libc.open(Libc.text(to.toString()), Libc.O_RDWR | Libc.O_CLOEXEC);
                try {
                    libc.ioctl(target, new NativeLong(Libc.FICLONE), source);
                    return Optional.empty();
                } finally {
                    libc.close(target);
                }
            } finally {
                libc.close(source);
            }
        } catch (LastErrorException e) {
            return Optional.of(String.valueOf(e.getMessage())); // another file system, or one that cannot
        }
    }
}
