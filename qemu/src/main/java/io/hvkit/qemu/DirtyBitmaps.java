package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The dirty bitmaps in one qcow2 image that no process holds. Immutable and safe for any number of threads; an encrypted image
 * needs its key for all but the list.
 *
 * <p>A bitmap that is {@linkplain DirtyBitmap#isInconsistent inconsistent} can only be removed: every other call on it fails with
 * {@code INVALID_REQUEST} and changes nothing. All bitmaps of an image may be so, or gone, after a call that was to
 * change one of them was ended: interrupted, killed, or out of time. The disk is as it was.
 */
public final class DirtyBitmaps {

    private static final int LONGEST_NAME = 1023;
    private static final ByteSize SMALLEST_GRANULARITY = ByteSize.bytes(512);

    private final QemuImgProgram program;
    private final Image image;

    DirtyBitmaps(QemuImgProgram program, Image image) {
        this.program = program;
        this.image = image.alone(); // what it lies over is not opened
        if (image.format() != ImageFormat.QCOW2) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("%s keeps no bitmaps; a qcow2 image does", image);
        }
    }

    /** Returns them. */
    public List<DirtyBitmap> list() throws InterruptedException {
        return new ImageReading(program, Sharing.ALONE)
                .info(image)
                .qcow2()
                .map(Qcow2Info::bitmaps)
                .orElse(List.of());
    }

    /**
     * Adds a bitmap that records writes from now on, in steps of 64 KiB, or of a cluster if that is smaller.
     *
     * <p>Failures: as {@link #add(String, ByteSize)} has.
     */
    public void add(String name) throws InterruptedException {
        add(name, List.of());
    }

    /**
     * Adds a bitmap that records writes from now on.
     *
     * <p>Failures: {@code EXISTS_DIFFERENTLY} if there is one of that name; {@code INVALID_REQUEST} if the name is empty or longer
     * than 1023 bytes in UTF-8, or the image is of version 2 of the format, which has no bitmaps.
     *
     * @param granularity how much of the disk one bit stands for: a power of two, 512 bytes or more
     */
    public void add(String name, ByteSize granularity) throws InterruptedException {
        if (Long.bitCount(granularity.bytes()) != 1 || granularity.compareTo(SMALLEST_GRANULARITY) < 0) {
            throw refused("a granularity is a power of two, %s or more, not %s", SMALLEST_GRANULARITY, granularity);
        }
        add(name, List.of("-g", Long.toString(granularity.bytes())));
    }

    /** Removes a bitmap; does nothing if there is none of that name. */
    public void remove(String name) throws InterruptedException {
        if (find(name).isPresent()) {
            run(List.of("--remove"), name);
        }
    }

    /** Forgets all that was recorded in a bitmap. */
    public void clear(String name) throws InterruptedException {
        requireConsistent(image, name);
        run(List.of("--clear"), name);
    }

    /** Has writes recorded in a bitmap from now on; does nothing if they are. */
    public void enable(String name) throws InterruptedException {
        requireConsistent(image, name);
        run(List.of("--enable"), name);
    }

    /** Has a bitmap stay as it is from now on; does nothing if it does. */
    public void disable(String name) throws InterruptedException {
        requireConsistent(image, name);
        run(List.of("--disable"), name);
    }

    /** Adds to {@code target} all that {@code source}, another bitmap of this image, has recorded. */
    public void merge(String source, String target) throws InterruptedException {
        requireConsistent(image, source);
        requireConsistent(image, target);
        run(List.of("--merge", source), target);
    }

    /**
     * Adds to {@code target} all that a bitmap of another image, such as an overlay of this one, has recorded.
     *
     * <p>Failures: {@code UNSUPPORTED} if that image is encrypted: qemu-img takes no key for it here.
     */
    public void mergeFrom(Image other, String source, String target) throws InterruptedException {
        if (new ImageReading(program, Sharing.ALONE).info(other).isEncrypted()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("qemu-img takes no key for %s, from which a bitmap is to be merged", other);
        }
        requireConsistent(other, source);
        requireConsistent(image, target);
        // A path could be taken for something else, and its backing file is of no concern: json: says both.
        String location = other.overNothing().options().toJson();
        run(List.of("--merge", source, "-F", other.format().qemuName(), "-b", location), target);
    }

    private void add(String name, List<String> flags) throws InterruptedException {
        if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
            throw refused("'%s' is no name for a bitmap: it must have 1 to %s bytes in UTF-8", name, LONGEST_NAME);
        }
        if (find(name).isPresent()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("%s has a bitmap named '%s' already; remove it, or take another name", image, name);
        }
        List<String> all = new ArrayList<>(List.of("--add"));
        all.addAll(flags);
        run(all, name);
    }

    private Optional<DirtyBitmap> find(String name) throws InterruptedException {
        return list().stream().filter(b -> b.name().equals(name)).findFirst();
    }

    private void requireConsistent(Image where, String name) throws InterruptedException {
        DirtyBitmap bitmap = new DirtyBitmaps(program, where)
                .find(name)
                .orElseThrow(() ->
                        DriverException.because(Failure.NOT_FOUND).message("%s has no bitmap named '%s'", where, name));
        if (bitmap.isInconsistent()) {
            throw refused(
                    "bitmap '%s' of %s misses writes, since a process died that had it loaded; remove it and start anew"
                            + " with a full backup",
                    name, where);
        }
    }

    private void run(List<String> actions, String name) throws InterruptedException {
        ImageCommand.of(program, "bitmap", image).run(Effect.UNKNOWN, keys -> {
            List<String> arguments = new ArrayList<>(actions);
            // Names may begin with a dash.
            arguments.addAll(List.of("--image-opts", "--", keys.open(image), name));
            return arguments;
        });
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
