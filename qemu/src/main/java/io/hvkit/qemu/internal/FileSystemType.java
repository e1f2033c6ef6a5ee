package io.hvkit.qemu.internal;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/** What the kernel says a directory's file system is. */
public final class FileSystemType {

    private static final int ROOM_FOR_ANSWER = 512;

    /** NFS, SMB in three ages, Ceph, 9P, AFS in two, FUSE, OCFS2, GFS2. */
    private static final Set<Long> OF_NETWORKS = Set.of(
            0x6969L,
            0x517BL,
            0xFF534D42L,
            0xFE534D42L,
            0x00C36400L,
            0x01021997L,
            0x5346414FL,
            0x6B414653L,
            0x65735546L,
            0x7461636FL,
            0x01161970L);

    private final Optional<Long> magic;
    private final String obstacle;

    private FileSystemType(Optional<Long> magic, String obstacle) {
        this.magic = magic;
        this.obstacle = obstacle;
    }

    /** Asks the kernel. What it does not answer is nothing in particular, and lives in no memory. */
    public static FileSystemType of(Path directory) {
        Optional<Libc> libc = Libc.load();
        if (libc.isEmpty()) {
            return new FileSystemType(Optional.empty(), "JNA cannot load the C library into this JVM");
        }
        byte[] text = directory.toString().getBytes(Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
        ByteBuffer answer = ByteBuffer.allocateDirect(ROOM_FOR_ANSWER).order(ByteOrder.nativeOrder());
        try {
            libc.get().statfs(Arrays.copyOf(text, text.length + 1), answer);
            return new FileSystemType(
                    Optional.of(
                            NativeLong.SIZE == Long.BYTES
                                    ? answer.getLong(0)
                                    : Integer.toUnsignedLong(answer.getInt(0))),
                    "");
        } catch (LastErrorException e) {
            return new FileSystemType(Optional.empty(), "statfs says " + e.getMessage());
        }
    }

    /** Returns whether what is written there stays in memory. */
    public boolean livesInMemory() {
        return magic.filter(m -> m == Libc.TMPFS_MAGIC || m == Libc.RAMFS_MAGIC).isPresent();
    }

    /** Returns whether what is written there goes to another host, as far as the kernel says; FUSE may hide anything. */
    public boolean crossesNetwork() {
        return magic.filter(OF_NETWORKS::contains).isPresent();
    }

    /** Returns its name, or its number where it has none here. */
    @Override
    public String toString() {
        if (magic.isEmpty()) {
            return "a file system of unknown type (" + obstacle + ")";
        }
        long number = magic.get();
        if (number == Libc.TMPFS_MAGIC) {
            return "tmpfs";
        }
        if (number == Libc.RAMFS_MAGIC) {
            return "ramfs";
        }
        return number == 0xEF53L ? "ext4 (type 0xef53)" : "a file system of type 0x" + Long.toHexString(number);
    }
}
