package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A new image over another: what it must keep to, and how it names the other. Nothing here opens what the other holds. */
final class Overlay {

    private static final int LONGEST_NAME = 1023;

    private final CreateRequest request;
    private final Image target;
    private final Image backing;

    private Overlay(CreateRequest request, Image backing) {
        this.request = request;
        this.target = request.target();
        this.backing = backing;
    }

    /** Returns the request with its size: what was said, or that of what it lies over. Refuses what cannot work. */
    static CreateRequest require(QemuImgProgram program, CreateRequest request) throws InterruptedException {
        if (request.target().backing().isEmpty()) {
            return request;
        }
        Overlay overlay = new Overlay(request, request.target().backing().get());
        overlay.name();
        overlay.requirePreallocation();
        return overlay.requireLayers(new ImageReading(program, Sharing.SHARED));
    }

    /** Returns the arguments that name it; qemu does not open it, and needs no key of it. */
    static List<String> arguments(CreateRequest request) {
        return request.target()
                .backing()
                .map(backing -> List.of(
                        "-u",
                        "-b",
                        new Overlay(request, backing).name(),
                        "-F",
                        backing.format().qemuName()))
                .orElse(List.of());
    }

    private CreateRequest requireLayers(ImageReading reading) throws InterruptedException {
        for (Image layer : backing.layers()) {
            reading.requireMatchingKey(layer);
        }
        if (!target.encrypts() && !request.allowsPlaintext()) {
            for (ImageInfo layer : reading.chain(backing)) { // the headers of those too that nobody told of
                if (layer.isEncrypted()) {
                    throw refused(
                            "%s is encrypted or lies over what is, and what is written to %s would be in clear; give that"
                                    + " a key, or say intoPlaintext() if that is meant",
                            backing, target.place());
                }
            }
        }
        ByteSize size = reading.info(backing).virtualSize();
        ByteSize wanted = request.size().orElse(size);
        if (wanted.compareTo(size) < 0) {
            throw refused(
                    "%s has %s, and %s of %s would cut its end off; leave out the size to have the same",
                    backing, size, target.place(), wanted);
        }
        return request.sized(wanted);
    }

    private void requirePreallocation() {
        boolean divided = request.layout()
                .filter(layout -> layout instanceof Qcow2Layout qcow2 && qcow2.hasSubClusters())
                .isPresent();
        if (request.preallocation() != Preallocation.OFF && !divided) {
            throw refused(
                    "%s cannot be preallocated over another image, which it would hide; only one withSubClusters() can",
                    target.place());
        }
    }

    private String name() {
        return name(target, backing, request.backingName());
    }

    /** Returns what the header of {@code overlay} calls {@code backing}. */
    static String name(Image overlay, Image backing, BackingName kind) {
        Path path = backing.path()
                .orElseThrow(() -> refused(
                        "%s is no file of the host, so no header can name it; copy it, or let who runs the machine say"
                                + " what lies below",
                        backing));
        String name = kind == BackingName.ABSOLUTE ? path.toString() : relative(overlay, path);
        if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
            throw refused("a header has room for a name of %s bytes, and '%s' is longer", LONGEST_NAME, name);
        }
        return name;
    }

    private static String relative(Image overlay, Path path) {
        Path folder = overlay.requirePath().getParent();
        if (folder == null || !path.normalize().startsWith(folder.normalize())) {
            // By way of .. it would be another file wherever a folder on the way is a link.
            throw refused(
                    "%s is not in or below the folder of %s, so its name cannot be relative; say BackingName.ABSOLUTE",
                    path, overlay.place());
        }
        String name = folder.normalize().relativize(path.normalize()).toString();
        return name.contains(":") ? "./" + name : name; // what stands before a colon is a protocol for qemu
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
