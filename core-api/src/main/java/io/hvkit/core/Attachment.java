package io.hvkit.core;

import java.net.URI;
import java.nio.file.Path;
import java.util.function.Function;

/** Where a host finds a volume. Closed: a new case is a new major version. */
public sealed interface Attachment {

    /**
     * A device node.
     *
     * @param path its absolute path, such as {@code /dev/disk/by-id/emc-vol-...}
     */
    record BlockDevice(Path path) implements Attachment {
        /** Rejects relative paths, which mean another place to each process. */
        public BlockDevice {
            requireAbsolute(path);
        }
    }

    /**
     * A file on a mounted file system.
     *
     * @param path its absolute path
     */
    record ImageFile(Path path) implements Attachment {
        /** Rejects relative paths, which mean another place to each process. */
        public ImageFile {
            requireAbsolute(path);
        }
    }

    /**
     * Something the hypervisor opens over the network itself.
     *
     * @param uri where it is
     */
    record Remote(URI uri) implements Attachment {}

    /** Answers for whichever case this is; the compiler sees to it that none is left out. */
    default <R> R match(
            Function<? super BlockDevice, ? extends R> blockDevice,
            Function<? super ImageFile, ? extends R> imageFile,
            Function<? super Remote, ? extends R> remote) {
        if (this instanceof BlockDevice device) {
            return blockDevice.apply(device);
        }
        if (this instanceof ImageFile file) {
            return imageFile.apply(file);
        }
        return remote.apply((Remote) this);
    }

    /**
     * Returns where the host has it, be it a file or a device; for drivers that open nothing else.
     *
     * @throws DriverException with {@link Failure#UNSUPPORTED} if it is {@link Remote}
     */
    default Path requirePath() {
        return match(BlockDevice::path, ImageFile::path, remote -> {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "files and devices of the host are opened here, and nothing over the network; attach it there");
        });
    }

    /** Returns it in one line, such as {@code file /srv/images/web.qcow2}, which {@link #parse} reads; for whoever keeps it. */
    default String text() {
        return match(
                device -> "device " + device.path(), file -> "file " + file.path(), remote -> "remote " + remote.uri());
    }

    /**
     * Returns what {@link #text} wrote.
     *
     * @throws IllegalArgumentException if it did not, naming the text
     */
    static Attachment parse(String text) {
        int end = Math.max(0, text.indexOf(' '));
        String place = text.substring(Math.min(end + 1, text.length()));
        return switch (text.substring(0, end)) {
            case "device" -> new BlockDevice(Path.of(place));
            case "file" -> new ImageFile(Path.of(place));
            case "remote" -> new Remote(URI.create(place));
            default ->
                throw new IllegalArgumentException(
                        "an attachment is 'device', 'file' or 'remote', and where it is, not '" + text + "'");
        };
    }

    private static void requireAbsolute(Path path) {
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("an attachment needs an absolute path, not '" + path + "'");
        }
    }
}
