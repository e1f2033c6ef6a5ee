package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The snapshots inside one qcow2 image that no process holds. Immutable and safe for any number of threads; an encrypted image
 * needs its key for all but the list.
 *
 * <p>QEMU lets several snapshots have one name, and takes a name for another's number where they are alike. Here a name means one
 * snapshot, or the call fails and nothing is changed.
 */
public final class InternalSnapshots {

    private static final int LONGEST_NAME = 255;
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private final QemuImgProgram program;
    private final Image image;

    InternalSnapshots(QemuImgProgram program, Image image) {
        this.program = program;
        this.image = image;
        if (image.format() != ImageFormat.QCOW2) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("%s keeps no snapshots inside; a qcow2 image does", image);
        }
    }

    /** Returns them in the order in which they were taken. */
    public List<InternalSnapshot> list() throws InterruptedException {
        return new ImageReading(program, Sharing.ALONE).info(image).snapshots();
    }

    /**
     * Keeps the disk as it is now.
     *
     * <p>Failures: {@code EXISTS_DIFFERENTLY} if there is one of that name, since nothing tells whether it is the same state;
     * {@code INVALID_REQUEST} if the name is empty, longer than 255 bytes in UTF-8, which qemu would cut, or a number, which qemu
     * may take for that of another snapshot.
     */
    public InternalSnapshot take(String name) throws InterruptedException {
        if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
            throw refused("'%s' is no name for a snapshot: it must have 1 to %s bytes in UTF-8", name, LONGEST_NAME);
        }
        if (NUMBER.matcher(name).matches()) {
            throw refused(
                    "'%s' is no name for a snapshot, since qemu may take it for another's number; put a letter before it",
                    name);
        }
        if (list().stream().anyMatch(s -> s.name().equals(name))) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("%s has a snapshot named '%s' already; delete it, or take another name", image, name);
        }
        run("-c", name);
        return Afterwards.look(() -> only(name));
    }

    /**
     * Makes the disk what it was when the snapshot was taken, its size too. What was written since is lost, unless another snapshot
     * has it; no snapshot is.
     *
     * <p>Failures: {@code NOT_FOUND} if there is none of that name, {@code INVALID_REQUEST} if there are several.
     */
    public void revertTo(String name) throws InterruptedException {
        // By its number, which qemu looks for first: names are not unique.
        run("-a", only(name).id());
    }

    /**
     * Deletes a snapshot; does nothing if there is none of that name. The disk stays as it is.
     *
     * <p>Failures: {@code INVALID_REQUEST} if there are several of that name, or it is the number of another.
     */
    public void delete(String name) throws InterruptedException {
        List<InternalSnapshot> all = list();
        if (all.stream().noneMatch(s -> s.name().equals(name))) {
            return;
        }
        InternalSnapshot doomed = only(name);
        if (all.stream().anyMatch(s -> s.id().equals(name) && !s.equals(doomed))) {
            throw refused(
                    "%s has a snapshot whose number is '%s' besides the one of that name, and some versions of qemu"
                            + " would delete the former; delete that first, or copy the disk into a new image",
                    image, name);
        }
        run("-d", name);
        if (Afterwards.look(this::list).stream().anyMatch(s -> s.id().equals(doomed.id()))) {
            throw DriverException.because(Failure.DEFECT)
                    .message("qemu-img reports that snapshot '%s' of %s is deleted, and it is there", name, image);
        }
    }

    private InternalSnapshot only(String name) throws InterruptedException {
        List<InternalSnapshot> named =
                list().stream().filter(s -> s.name().equals(name)).toList();
        if (named.isEmpty()) {
            throw DriverException.because(Failure.NOT_FOUND).message("%s has no snapshot named '%s'", image, name);
        }
        if (named.size() > 1) {
            throw refused(
                    "%s has %s snapshots named '%s', and only their numbers tell them apart, which qemu-img takes no care"
                            + " of; copy the disk into a new image",
                    image, named.size(), name);
        }
        return named.get(0);
    }

    private void run(String verb, String operand) throws InterruptedException {
        ImageCommand.of(program, "snapshot", image)
                .run(Effect.UNKNOWN, keys -> List.of("-q", verb, operand, "--image-opts", keys.open(image)));
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
