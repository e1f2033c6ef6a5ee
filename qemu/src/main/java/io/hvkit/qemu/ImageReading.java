package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.ArrayList;
import java.util.List;

/** Reads what headers say. */
final class ImageReading {

    private final QemuImgProgram program;
    private final Sharing sharing;

    ImageReading(QemuImgProgram program, Sharing sharing) {
        this.program = program;
        this.sharing = sharing;
    }

    /** Returns what an image's header says; no backing file is opened. */
    ImageInfo info(Image image) throws InterruptedException {
        return QemuImgReport.info(image, run(image, List.of()));
    }

    /** Returns what the headers of an image and of all that it lies over say, from the top down. */
    List<ImageInfo> chain(Image image) throws InterruptedException {
        List<ImageInfo> chain = new ArrayList<>();
        for (Image layer : image.layers()) {
            if (layer.followsItsHeader()) {
                chain.addAll(QemuImgReport.chain(layer, run(layer, List.of("--backing-chain"))));
            } else {
                chain.add(info(layer));
            }
        }
        return List.copyOf(chain);
    }

    private String run(Image image, List<String> flags) throws InterruptedException {
        program.require(image);
        try (QemuKeys keys = QemuKeys.ofHeader(image)) {
            List<String> arguments = new ArrayList<>(List.of("info", "--output=json"));
            arguments.addAll(sharing.flags());
            arguments.addAll(flags);
            arguments.addAll(keys.arguments());
            arguments.addAll(List.of("--image-opts", keys.openHeader(image)));
            CommandResult result = program.runShort(keys, arguments);
            if (!result.succeeded()) {
                throw Complaint.of("qemu-img info of " + image, result, Effect.NOT_APPLIED, image);
            }
            return result.output();
        }
    }

    /** Refuses an image that is encrypted and has no key, or is not and has one; returns what its header says. */
    ImageInfo requireMatchingKey(Image image) throws InterruptedException {
        ImageInfo info = info(image);
        if (info.isEncrypted() && image.key().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is encrypted, and this needs its key; say unlockedBy(key)", image);
        }
        if (!info.isEncrypted() && image.key().isPresent()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is not encrypted, though a key for it is given", image.place());
        }
        return info;
    }
}
