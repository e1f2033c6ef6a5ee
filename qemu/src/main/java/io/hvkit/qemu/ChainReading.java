package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One look at a chain of images, from the top down. For one thread. */
final class ChainReading {

    /** What stands in reports for bytes that are no text. */
    private static final char NO_TEXT = '\ufffd';

    private final HostFiles files;
    private final ImageReading reading;
    private final List<ImageInfo> chain = new ArrayList<>();
    private final Set<String> identities = new HashSet<>();

    ChainReading(HostFiles files, ImageReading reading) {
        this.files = files;
        this.reading = reading;
    }

    /** Returns what the headers of an image and of all that it lies over say. */
    List<ImageInfo> of(Image image) throws InterruptedException {
        Image lowest = image;
        for (Image layer : image.layers()) {
            add(layer);
            lowest = layer;
        }
        if (lowest.followsItsHeader()) {
            follow(lowest);
        }
        return List.copyOf(chain);
    }

    /** Follows headers step by step, so that each is read here first. */
    private void follow(Image lowest) throws InterruptedException {
        Image layer = lowest;
        ImageInfo info = chain.get(chain.size() - 1);
        while (info.backingFile().isPresent()) {
            Optional<Image> below = stated(info);
            if (below.isEmpty()) { // a protocol, or a format that is not stated: qemu alone knows what it makes of that
                chain.addAll(reading.below(layer));
                return;
            }
            layer = below.get();
            info = add(layer);
        }
    }

    /** Returns what a header names, if that is a path in the very form that qemu uses, and a format that is known here. */
    private static Optional<Image> stated(ImageInfo info) {
        Optional<ImageFormat> format = info.backingFormat().flatMap(QemuImgReport::format);
        Optional<Path> path = info.fullBackingFile().flatMap(ChainReading::path);
        return path.flatMap(p -> format.map(f -> Image.of(p, f)));
    }

    private static Optional<Path> path(String name) {
        try {
            return Optional.of(name)
                    .filter(n -> n.startsWith("/") && n.indexOf(NO_TEXT) < 0)
                    .map(Path::of)
                    .filter(path -> path.toString().equals(name));
        } catch (InvalidPathException e) {
            return Optional.empty(); // this JVM's locale has no such letters
        }
    }

    private ImageInfo add(Image layer) throws InterruptedException {
        if (layer.path().isPresent()) {
            FileStatus status = files.status(layer.requirePath());
            if (status.holdsBytes() && !identities.add(status.identity())) {
                throw DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "the chain below %s goes round: %s is in it twice",
                                chain.get(0).file(), layer);
            }
        }
        ImageInfo info = reading.info(layer);
        chain.add(info);
        return info;
    }
}
