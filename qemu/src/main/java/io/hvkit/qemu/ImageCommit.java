package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Writes what an overlay holds into an image below it. */
final class ImageCommit {

    private final QemuImgProgram program;
    private final CommitRequest request;
    private final Image overlay;

    ImageCommit(QemuImgProgram program, CommitRequest request) {
        this.program = program;
        this.request = request;
        this.overlay = request.overlay();
    }

    void run(ProgressListener listener) throws InterruptedException {
        ImageCreation.requireKeys(overlay);
        List<ImageInfo> chain = new LayerRules(program).requireKeys(overlay);
        int base = baseIn(chain);
        requireEncryptionKept(chain, base);
        if (request.bytesPerSecond().isPresent() && !program.can(QemuImgAbility.RATE_LIMIT)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("%s %s cannot limit how fast it commits", program.name(), program.version());
        }
        // The image next below needs no name, which may be none that qemu-img finds again if it lies over a stated one.
        Optional<String> name = base == 1 ? Optional.empty() : Optional.of(nameOf(base));
        QemuImgProgress progress =
                new QemuImgProgress("committing", chain.get(0).virtualSize(), listener);
        ImageCommand.of(program, "commit", overlay)
                .within(request.limit())
                .telling(progress.part(chain.get(0).virtualSize().bytes()))
                .run(Effect.UNKNOWN, keys -> arguments(keys, name));
        progress.finish();
    }

    private List<String> arguments(QemuKeys keys, Optional<String> base) {
        List<String> arguments = new ArrayList<>(List.of("-p"));
        base.ifPresent(name -> arguments.addAll(List.of("-b", name)));
        if (request.keepsOverlay() || request.base().isPresent()) {
            arguments.add("-d");
        }
        request.bytesPerSecond().ifPresent(rate -> arguments.addAll(List.of("-r", Long.toString(rate.bytes()))));
        arguments.addAll(List.of("--image-opts", keys.open(overlay)));
        return arguments;
    }

    private int baseIn(List<ImageInfo> chain) {
        if (chain.size() < 2) {
            throw refused("%s lies over nothing, so there is nothing to commit it into", overlay);
        }
        if (request.base().isEmpty()) {
            return 1;
        }
        Image wanted = request.base().get();
        List<Image> stated = overlay.layers();
        for (int i = 1; i < chain.size(); i++) {
            boolean found = i < stated.size()
                    ? stated.get(i).isWhere(wanted)
                    : wanted.path().isPresent()
                            && chain.get(i).file().equals(wanted.path().get().toString());
            if (found) {
                return i;
            }
        }
        throw refused("%s does not lie over %s, so it cannot be committed into it", overlay, wanted);
    }

    /** Asks qemu what it calls an image that is opened in this way: that alone is what it looks for in the chain. */
    private String nameOf(int base) throws InterruptedException {
        List<Image> stated = overlay.layers();
        Image image = base < stated.size()
                ? stated.get(base).alone()
                : request.base().orElseThrow().alone();
        String report = ImageCommand.of(program, "info", overlay, image)
                .soon()
                .run(Effect.NOT_APPLIED, keys -> List.of("--output=json", "--image-opts", keys.open(image)));
        return QemuImgReport.info(image, report).file();
    }

    private void requireEncryptionKept(List<ImageInfo> chain, int base) {
        boolean leaks = chain.subList(0, base).stream().anyMatch(ImageInfo::isEncrypted)
                && !chain.get(base).isEncrypted();
        if (leaks && !request.allowsPlaintext()) {
            throw refused(
                    "%s is encrypted and what it is committed into would hold its data in clear; say intoPlaintext() if"
                            + " that is meant",
                    overlay);
        }
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
