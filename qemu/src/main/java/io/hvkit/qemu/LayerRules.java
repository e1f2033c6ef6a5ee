package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.util.List;

/** What work on layers must keep to, looked at before a byte is written. */
final class LayerRules {

    private final QemuImgProgram program;
    private final ImageReading reading;

    LayerRules(QemuImgProgram program) {
        this.program = program;
        this.reading = new ImageReading(program, Sharing.ALONE);
    }

    /** Returns the whole chain below an overlay, of which each layer that is encrypted comes with its key. */
    List<ImageInfo> requireKeys(Image overlay) throws InterruptedException {
        List<ImageInfo> chain = reading.chain(overlay);
        List<Image> stated = overlay.layers();
        for (int i = 0; i < chain.size(); i++) {
            boolean hasKey = i < stated.size() && stated.get(i).key().isPresent();
            if (chain.get(i).isEncrypted() && !hasKey) {
                throw refused(
                        "%s is encrypted, and this needs its key; say unlockedBy(key) of it, and over(...) of what lies"
                                + " over it",
                        i < stated.size() ? stated.get(i) : chain.get(i).file());
            }
            if (!chain.get(i).isEncrypted() && hasKey) {
                throw refused(
                        "%s is not encrypted, though a key for it is given",
                        stated.get(i).place());
            }
        }
        return chain;
    }

    /** Refuses a base that is the overlay, or lies over it; returns the base's own chain. */
    List<ImageInfo> requireBelow(Image overlay, Image base) throws InterruptedException {
        if (overlay.format() != ImageFormat.QCOW2) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("%s cannot lie over another image; only a qcow2 image can", overlay);
        }
        List<ImageInfo> chain = reading.chain(base);
        FileStatus own = program.files().status(overlay.requirePath());
        boolean circle = program.files().status(base.requirePath()).isSameAs(own)
                || chain.stream()
                        .anyMatch(layer ->
                                layer.file().equals(overlay.requirePath().toString()));
        if (circle) {
            throw refused("%s cannot lie over itself, as it would by lying over %s", overlay, base);
        }
        return chain;
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
