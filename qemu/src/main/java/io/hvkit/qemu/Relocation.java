package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.ProgressListener;
import java.util.Optional;

/** A volume that goes elsewhere and stays what it is: its ciphertext is copied, and its header with it. */
final class Relocation {

    private final QemuImgProgram program;
    private final Image source;
    private final Image target;

    Relocation(QemuImgProgram program, Image source, Image target) {
        this.program = program;
        this.source = source;
        this.target = target;
    }

    ConvertReport run(TargetState state, ProgressListener listener) throws InterruptedException {
        for (Image image : new Image[] {source, target}) {
            if (image.format() != ImageFormat.LUKS) {
                throw refused("only LUKS images move as they are stored, and %s is none; convert it", image);
            }
        }
        if (state == TargetState.EXISTS_ZEROED) {
            throw refused("whether %s is zeroed is of no use: there is hardly a zero in what is encrypted", target);
        }
        Optional<LuksHeader> before = header(source);
        if (before.isEmpty()) {
            throw refused("%s has no LUKS header", source);
        }
        ConvertRequest copy = ConvertRequest.of(Image.raw(source.requirePath()), Image.raw(target.requirePath()));
        ConvertReport report = new Conversion(program, copy.onto(state), listener).run();
        if (!Afterwards.look(() -> header(target)).equals(before)) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.UNKNOWN)
                    .message(
                            "%s was copied to %s, and the headers differ: the source was changed meanwhile; remove the copy,"
                                    + " and begin again",
                            source, target);
        }
        return report;
    }

    private Optional<LuksHeader> header(Image image) throws InterruptedException {
        return LuksHeader.read(program.files(), image.requirePath()).filter(h -> h.container() == ImageFormat.LUKS);
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
