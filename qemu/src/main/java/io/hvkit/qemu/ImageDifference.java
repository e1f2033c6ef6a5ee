package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.ProgressListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what differs between a disk and what an image lies over. qemu-img compares two disks when it rebases an overlay, and copies what
 * differs; but it takes the keys of one tree of images alone, and would write how it opened the new base into the overlay's header, which
 * has room for a short name. So both disks are in the overlay's own tree: it lies over a front, an image without data of its own, whose data
 * is the disk, to the last byte. What the front lies over is never read through it, and is the new base, by the name of its node.
 */
final class ImageDifference {

    private static final Logger LOG = LoggerFactory.getLogger(ImageDifference.class);
    private static final String BASE = "hvkit-base";

    /** The largest: a front takes 8 bytes in memory for each. */
    private static final ByteSize CLUSTER = ByteSize.mebibytes(2);

    private final QemuImgProgram program;
    private final ImageReading reading;
    private final Image source;
    private final Image overlay;

    ImageDifference(QemuImgProgram program, Image source, Image overlay) {
        this.program = program;
        this.reading = new ImageReading(program, Sharing.ALONE);
        this.source = source;
        this.overlay = overlay;
    }

    void write(ProgressListener listener) throws InterruptedException {
        ByteSize size = require();
        Path target = overlay.requirePath();
        Path beside = target.resolveSibling(PartialName.next().toString());
        QemuImgProgress progress = new QemuImgProgress("comparing", size, listener);
        try {
            program.files().create(beside);
            Image made = overlay.overNothing().at(beside);
            new ImageCreation(program).run(CreateRequest.of(made, size), Effect.NOT_APPLIED);
            fill(made, size, progress);
            forgetBase(made);
            FileReplacement.by(program.runner()).install(beside, target);
        } catch (InterruptedException | RuntimeException | Error e) {
            FileReplacement.discard(program.files(), beside, e);
            throw e;
        }
        progress.finish(); // not before: whoever hears of the whole may rely on it
    }

    /** Refuses what cannot work; returns the size of what is made. */
    private ByteSize require() throws InterruptedException {
        if (!program.can(QemuImgAbility.EXTERNAL_DATA)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "%s %s cannot write what differs between two images; it needs QEMU 4.0",
                            program.name(), program.version());
        }
        ImageCreation.requireKeys(source);
        ImageCreation.requireKeys(overlay);
        program.require(source);
        Image base = overlay.backing()
                .orElseThrow(() -> refused("%s lies over nothing, so nothing differs; say over(base)", overlay));
        if (overlay.format() != ImageFormat.QCOW2) {
            throw refused("%s cannot lie over another image; only a qcow2 image can", overlay);
        }
        if (!overlay.encrypts() && (source.readsEncrypted() || base.readsEncrypted())) {
            throw refused("%s would hold in clear what is encrypted; give it a key", overlay);
        }
        requireElsewhere(source);
        requireElsewhere(base);
        ByteSize size = reading.requireMatchingKey(overlay).virtualSize();
        ByteSize needed = reading.requireMatchingKey(source).virtualSize();
        if (size.compareTo(needed) < 0) {
            throw refused("%s has %s, and the disk of %s has %s; make it larger", overlay, size, source, needed);
        }
        return size;
    }

    private void requireElsewhere(Image read) throws InterruptedException {
        HostFiles files = program.files();
        for (Image layer : read.layers()) {
            boolean isSame = layer.path().isPresent()
                    && files.status(layer.requirePath()).isSameAs(files.status(overlay.requirePath()));
            if (isSame) {
                throw refused("%s is read, and cannot hold what differs from itself", layer);
            }
        }
    }

    /** The front names a file for its data, which is needed while it is made; another image is stated in its place afterwards. */
    private void fill(Image made, ByteSize size, QemuImgProgress progress) throws InterruptedException {
        Path front = HostMemory.next(program.files());
        Path data = HostMemory.next(program.files());
        try {
            program.files().create(front);
            program.files().create(data);
            makeFront(front, data, size);
            rebase(made, front, size, progress);
        } catch (InterruptedException | RuntimeException | Error e) {
            FileReplacement.discard(program.files(), front, e);
            FileReplacement.discard(program.files(), data, e);
            throw e;
        }
        remove(front);
        remove(data);
    }

    private void remove(Path path) {
        try {
            Uninterrupted.run(() -> program.files().remove(path));
        } catch (DriverException e) {
            LOG.warn("{} is of no use any more, and still there", path, e);
        }
    }

    /** It says of each of its clusters that it is in the data, at the same place. */
    private void makeFront(Path front, Path data, ByteSize size) throws InterruptedException {
        String options = String.join(
                ",",
                QemuText.option("data_file", data.toString()),
                QemuText.option("preallocation", "metadata"),
                QemuText.option("cluster_size", Long.toString(CLUSTER.bytes())));
        String unused = ImageCommand.of(program, "create")
                .soon()
                .run(
                        Effect.NOT_APPLIED,
                        keys -> List.of(
                                "-q", "-f", "qcow2", "-o", options, front.toString(), Long.toString(size.bytes())));
    }

    private void rebase(Image made, Path front, ByteSize size, QemuImgProgress progress) throws InterruptedException {
        QemuImageOptions both = QemuImageOptions.format(ImageFormat.QCOW2)
                .over(QemuImageOptions.path(front))
                .over("data-file", source.options())
                .over("backing", overlay.backing().orElseThrow().options().named(BASE));
        QemuImageOptions tree =
                made.alone().options().with("detect-zeroes", "on").over("backing", both);
        String base = QemuImageOptions.driver("raw").with("file", BASE).toJson();
        ImageCommand command =
                ImageCommand.of(program, "rebase", source, overlay).telling(progress.part(size.bytes()));
        CommandResult result = command.attempt(keys -> {
            List<String> arguments = new ArrayList<>(List.of("-p", "-b", base, "-F", "raw", "--image-opts"));
            arguments.add(keys.text(tree));
            return arguments;
        });
        if (!result.succeeded()) {
            throw command.complaint(result, Effect.NOT_APPLIED);
        }
    }

    /** What it lies over is known by whoever asked, and by nobody else. */
    private void forgetBase(Image made) throws InterruptedException {
        Image alone = made.alone();
        String unused = ImageCommand.of(program, "rebase", alone)
                .soon()
                .run(Effect.NOT_APPLIED, keys -> List.of("-q", "-u", "-b", "", "--image-opts", keys.open(alone)));
        ImageInfo now = reading.info(made);
        if (now.backingFile().isPresent()) {
            throw DriverException.because(Failure.DEFECT)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "%s was to name nothing; qemu-img reports success, and it names '%s'",
                            overlay, now.backingFile().get());
        }
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST)
                .effect(Effect.NOT_APPLIED)
                .message(message, values);
    }
}
