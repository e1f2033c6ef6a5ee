package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Effect;
import io.hvkit.core.ProgressListener;
import java.util.ArrayList;
import java.util.List;

/** Compares the disks that two images hold. */
final class ImageComparison {

    private final QemuImgProgram program;
    private final Sharing sharing;

    ImageComparison(QemuImgProgram program, Sharing sharing) {
        this.program = program;
        this.sharing = sharing;
    }

    Comparison compare(Image first, Image second, ProgressListener listener) throws InterruptedException {
        ImageCreation.requireKeys(first);
        ImageCreation.requireKeys(second);
        ImageReading reading = new ImageReading(program, sharing);
        ByteSize firstSize = reading.info(first).virtualSize();
        ByteSize secondSize = reading.info(second).virtualSize();
        if (!firstSize.equals(secondSize)) {
            return new Comparison.DifferentSizes(firstSize, secondSize);
        }
        QemuImgProgress progress = new QemuImgProgress("comparing", firstSize, listener);
        ImageCommand command =
                ImageCommand.of(program, "compare", first, second).telling(progress.part(firstSize.bytes()));
        CommandResult result = command.attempt(keys -> {
            List<String> arguments = new ArrayList<>(List.of("-p"));
            arguments.addAll(sharing.flags());
            arguments.addAll(List.of("--image-opts", keys.open(first), keys.open(second)));
            return arguments;
        });
        return switch (result.exitCode()) {
            case 0 -> {
                progress.finish();
                yield new Comparison.Identical();
            }
            case 1 -> QemuImgReport.mismatch(result);
            default -> throw command.complaint(result, Effect.NOT_APPLIED);
        };
    }
}
