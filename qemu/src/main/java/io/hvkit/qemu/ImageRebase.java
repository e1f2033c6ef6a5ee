package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Has overlays lie over other images. */
final class ImageRebase {

    private final QemuImgProgram program;
    private final LayerRules rules;
    private final ImageReading reading;

    ImageRebase(QemuImgProgram program) {
        this.program = program;
        this.rules = new LayerRules(program);
        this.reading = new ImageReading(program, Sharing.ALONE);
    }

    /** Copies what differs, then names the new base. */
    void rebase(RebaseRequest request, ProgressListener listener) throws InterruptedException {
        Image overlay = request.overlay();
        ImageCreation.requireKeys(overlay);
        List<ImageInfo> chain = rules.requireKeys(overlay);
        if (request.base().isEmpty() && chain.size() == 1) {
            return;
        }
        requireEncryptionKept(request, chain);
        String name = "";
        if (request.base().isPresent()) {
            Image base = request.base().get();
            requireReadable(base, rules.requireBelow(overlay, base));
            name = Overlay.name(
                    overlay, base, BackingName.ABSOLUTE); // the only one that is read alike however it is opened
            Overlay.name(overlay, base, request.name());
        }
        QemuImgProgress progress = copy(request, name, chain.get(0), listener);
        requireNamed(overlay, name);
        progress.finish(); // not before: whoever hears of the whole may rely on it
        if (request.base().isPresent() && request.name() != BackingName.ABSOLUTE) {
            Image base = request.base().get();
            Afterwards.run(() -> writeName(overlay, base, request.name()));
        }
    }

    /** Names another base, copying nothing. */
    void changeBackingFile(RebaseRequest request) throws InterruptedException {
        Image overlay = request.overlay();
        Image base = request.base()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s would lose what lies below it; say rebase, which copies that first", overlay));
        boolean below = rules.requireBelow(overlay, base).stream().anyMatch(ImageInfo::isEncrypted);
        if (below && !request.allowsPlaintext() && !reading.info(overlay).isEncrypted()) {
            throw inClear(overlay);
        }
        writeName(overlay, base, request.name());
    }

    private void writeName(Image overlay, Image base, BackingName kind) throws InterruptedException {
        String name = Overlay.name(overlay, base, kind);
        Image alone = overlay.alone();
        ImageCommand.of(program, "rebase", alone).soon().run(Effect.UNKNOWN, keys -> {
            List<String> arguments = new ArrayList<>(List.of("-q", "-u"));
            arguments.addAll(base(name, Optional.of(base)));
            arguments.addAll(List.of("--image-opts", keys.open(alone)));
            return arguments;
        });
        requireNamed(overlay, name);
    }

    private QemuImgProgress copy(RebaseRequest request, String name, ImageInfo before, ProgressListener listener)
            throws InterruptedException {
        Image overlay = request.overlay();
        QemuImgProgress progress = new QemuImgProgress("rebasing", before.virtualSize(), listener);
        ImageCommand command = ImageCommand.of(program, "rebase", overlay)
                .within(request.limit())
                .telling(progress.part(before.virtualSize().bytes()));
        CommandResult result = command.attempt(keys -> {
            List<String> arguments = new ArrayList<>(List.of("-p"));
            arguments.addAll(base(name, request.base()));
            arguments.addAll(List.of("--image-opts", keys.open(overlay)));
            return arguments;
        });
        if (!result.succeeded()) {
            throw command.complaint(result, namesStill(overlay, before) ? Effect.NOT_APPLIED : Effect.UNKNOWN);
        }
        return progress;
    }

    /** As long as the header names the old base the disk is as it was, however much was copied. */
    private boolean namesStill(Image overlay, ImageInfo before) throws InterruptedException {
        try {
            return reading.info(overlay).backingFile().equals(before.backingFile());
        } catch (DriverException e) {
            return false; // nobody knows; what the copying itself complained of is the better report
        }
    }

    private void requireNamed(Image overlay, String name) throws InterruptedException {
        String now = Afterwards.look(() -> reading.info(overlay).backingFile().orElse(""));
        if (!now.equals(name)) {
            throw DriverException.because(Failure.DEFECT)
                    .message(
                            "%s was to name '%s' as its backing file; qemu-img reports success, and it names '%s'",
                            overlay, name, now);
        }
    }

    private static List<String> base(String name, Optional<Image> base) {
        List<String> arguments = new ArrayList<>(List.of("-b", name));
        base.ifPresent(b -> arguments.addAll(List.of("-F", b.format().qemuName())));
        return arguments;
    }

    private static void requireEncryptionKept(RebaseRequest request, List<ImageInfo> chain) {
        boolean below = chain.subList(1, chain.size()).stream().anyMatch(ImageInfo::isEncrypted);
        if (below && !chain.get(0).isEncrypted() && !request.allowsPlaintext()) {
            throw inClear(request.overlay());
        }
    }

    private static DriverException inClear(Image overlay) {
        return DriverException.because(Failure.INVALID_REQUEST)
                .message(
                        "what %s lies over is encrypted, and it would hold that in clear; give it a key, or say"
                                + " intoPlaintext() if that is meant",
                        overlay);
    }

    /** qemu-img takes no key for a new base, but as a text that it then writes into the header. */
    private static void requireReadable(Image base, List<ImageInfo> chain) {
        if (chain.stream().anyMatch(ImageInfo::isEncrypted)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "qemu-img cannot copy onto %s, since it takes no key for a new base; if the disk is the same over"
                                    + " it, say changeBackingFile, else convert the overlay into a new one",
                            base);
        }
        if (base.layers().size() > 1) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("qemu-img follows the headers below %s; leave out what it lies over", base);
        }
    }
}
