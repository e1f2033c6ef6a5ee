package io.hvkit.qemu.internal;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The few calls of the C library that Java does not offer. */
public interface Libc extends Library {

    /** Closes the descriptor in children, which open the file by its path under /proc instead. */
    int MFD_CLOEXEC = 1;
    /** Never executable; kernels before 6.3 do not know it. */
    int MFD_NOEXEC_SEAL = 8;
    /** Closes the ends of a pipe in children. */
    int O_CLOEXEC = 02000000;
    /** Opens for reading. */
    int O_RDONLY = 0;
    /** Opens for reading and writing. */
    int O_RDWR = 2;
    /** Does not follow a link at the end of the path. */
    int O_NOFOLLOW = 0400000;
    /** Asks which lock would be in the way of one that belongs to the open file; since Linux 3.15. */
    int F_OFD_GETLK = 36;
    /** Sets a lock that belongs to the open file, not to the process; since Linux 3.15. */
    int F_OFD_SETLK = 37;
    /** Others may lock the bytes like this, and not otherwise. */
    short F_RDLCK = 0;
    /** Nobody else may lock the bytes. */
    short F_WRLCK = 1;
    /** Nobody has locked the bytes. */
    short F_UNLCK = 2;
    /** Somebody else has a lock. */
    int EACCES = 13;
    /** Somebody else has a lock. */
    int EAGAIN = 11;
    /** Stops a process where it is; cannot be caught. */
    int SIGSTOP = 19;
    /** There is no such process. */
    int ESRCH = 3;

    /** Gives the room of bytes back, so that they read as zeroes. */
    int FALLOC_FL_PUNCH_HOLE = 2;
    /** Leaves a file's length as it is. */
    int FALLOC_FL_KEEP_SIZE = 1;
    /** Makes a file share all that another one holds, until either is written: {@code ioctl} on the new one, with the other. */
    long FICLONE = 0x40049409L;
    /** Not allowed here. */
    int EPERM = 1;
    /** The device cannot do it. */
    int ENODEV = 19;
    /** A number that does not suit. */
    int EINVAL = 22;
    /** The kernel does not know the call. */
    int ENOSYS = 38;
    /** The file system or the device cannot do it. */
    int EOPNOTSUPP = 95;

    /** Paths are absolute or relative to the working directory. */
    int AT_FDCWD = -100;
    /** Fails instead of replacing what is there. */
    int RENAME_NOREPLACE = 1;
    /** The file system types whose files live in memory alone. */
    long TMPFS_MAGIC = 0x01021994L;
    /** Like tmpfs, and never swapped out. */
    long RAMFS_MAGIC = 0x858458F6L;

    /** Makes a file without a name, in memory. */
    int memfd_create(String name, int flags) throws LastErrorException;

    /** Writes from a direct buffer, at a place. */
    NativeLong pwrite(int descriptor, ByteBuffer bytes, NativeLong count, long offset) throws LastErrorException;

    /** Opens a file that exists. */
    int open(byte[] path, int flags) throws LastErrorException;

    /** Sets a lock; {@code lock} is a direct buffer with a {@code struct flock}. */
    int fcntl(int descriptor, int command, ByteBuffer lock) throws LastErrorException;

    /** Makes a pipe: the reading end first, then the writing one. */
    int pipe2(int[] ends, int flags) throws LastErrorException;

    /** Writes from a direct buffer. */
    NativeLong write(int descriptor, ByteBuffer bytes, NativeLong count) throws LastErrorException;

    /** Sets the mode of an open file. */
    int fchmod(int descriptor, int mode) throws LastErrorException;

    /** Takes or gives back the room of a part of a file or block device. */
    int fallocate(int descriptor, int mode, long offset, long length) throws LastErrorException;

    /** Asks for what only some files can; {@code other} is a descriptor. */
    int ioctl(int descriptor, NativeLong request, int other) throws LastErrorException;

    /** Closes a descriptor. */
    int close(int descriptor) throws LastErrorException;

    /** Says what kind of file system a path is on; the type is the first word of {@code answer}, a direct buffer. */
    int statfs(byte[] path, ByteBuffer answer) throws LastErrorException;

    /** Sends a signal. */
    int kill(int process, int signal) throws LastErrorException;

    /** Renames, with flags. */
    int renameat2(int fromDirectory, byte[] from, int toDirectory, byte[] to, int flags) throws LastErrorException;

    /** Returns a path as the C library takes it. */
    static byte[] text(String path) {
        byte[] bytes = path.getBytes(Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    /** Returns the C library, or nothing where it cannot be loaded into this JVM. */
    static Optional<Libc> load() {
        return Optional.ofNullable(Loaded.LIBC);
    }

    /** Loads it once, when first asked for. */
    final class Loaded {
        private static final @Nullable Libc LIBC = load();

        private Loaded() {}

        private static @Nullable Libc load() {
            try {
                return Native.load("c", Libc.class);
            } catch (LinkageError e) {
                return null; // no native code in this JVM: callers have another way, or say what is missing
            }
        }
    }
}
