package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.List;

/** Tries keys. */
final class ImageUnlocking {

    private final QemuImgProgram program;

    ImageUnlocking(QemuImgProgram program) {
        this.program = program;
    }

    boolean unlocks(Image image) throws InterruptedException {
        if (image.key().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s comes without the key to try; add it with unlockedBy", image);
        }
        Image alone = image.overNothing(); // its own key is tried, and nothing else opened
        ImageCommand command = ImageCommand.of(program, "map", alone);
        CommandResult result = command.attempt(keys ->
                List.of("--force-share", "--output=json", "--max-length=512", "--image-opts", keys.open(alone)));
        if (result.succeeded()) {
            return true;
        }
        DriverException why = command.complaint(result, Effect.NOT_APPLIED);
        if (why.failure() == Failure.BAD_CREDENTIALS) {
            return false;
        }
        throw why;
    }
}
