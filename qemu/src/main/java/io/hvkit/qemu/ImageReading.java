package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.ArrayList;
import java.util.List;

/** Reads what headers say. */
final class ImageReading {

    private static final int ATTEMPTS = 3;

    private final QemuImgProgram program;
    private final Sharing sharing;

    ImageReading(QemuImgProgram program, Sharing sharing) {
        this.program = program;
        this.sharing = sharing;
    }

    /**
     * Returns what an image's header says; nothing that it names is opened. What can be read here is read here first, and both must
     * agree. A process may change the image between the two, so each is asked again before that is called a fault.
     */
    ImageInfo info(Image image) throws InterruptedException {
        program.require(image);
        if (image.path().isEmpty()) {
            return QemuImgReport.info(image, run(image, image.headerOptions(), List.of()));
        }
        for (int attempt = 1; ; attempt++) {
            OwnReading own = OwnReading.of(program, image);
            ImageInfo info = QemuImgReport.info(image, run(image, own.headerOptions(), List.of()));
            if (own.agreesWith(info)) {
                return info;
            }
            if (attempt == ATTEMPTS) {
                throw own.disagreement(info);
            }
        }
    }

    /** Returns what the headers of an image and of all that it lies over say, from the top down. */
    List<ImageInfo> chain(Image image) throws InterruptedException {
        return new ChainReading(program.files(), this).of(image);
    }

    /** Returns what the headers of all that an image lies over say, as qemu alone follows and reads them. */
    List<ImageInfo> below(Image image) throws InterruptedException {
        List<ImageInfo> chain =
                QemuImgReport.chain(image, run(image, image.headerOptions(), List.of("--backing-chain")));
        return chain.subList(1, chain.size());
    }

    private String run(Image image, QemuImageOptions options, List<String> flags) throws InterruptedException {
        try (QemuKeys keys = QemuKeys.ofHeader(image)) {
            List<String> arguments = new ArrayList<>(List.of("info", "--output=json"));
            arguments.addAll(sharing.flags());
            arguments.addAll(flags);
            arguments.addAll(keys.arguments());
            arguments.addAll(List.of("--image-opts", keys.text(options)));
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
