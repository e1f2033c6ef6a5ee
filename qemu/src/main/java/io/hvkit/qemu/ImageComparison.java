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
        Sizes sizes = sizes(first, second);
        return sizes.first.equals(sizes.second)
                ? run(first, second, sizes.first, listener)
                : new Comparison.DifferentSizes(sizes.first, sizes.second);
    }

    /** One of them may be larger, if it has zeroes there. */
    Comparison compareContent(Image first, Image second, ProgressListener listener) throws InterruptedException {
        return run(first, second, sizes(first, second).larger(), listener);
    }

    private record Sizes(ByteSize first, ByteSize second) {
        ByteSize larger() {
            return first.compareTo(second) > 0 ? first : second;
        }
    }

    private Sizes sizes(Image first, Image second) throws InterruptedException {
        ImageCreation.requireKeys(first);
        ImageCreation.requireKeys(second);
        ImageReading reading = new ImageReading(program, sharing);
        return new Sizes(reading.info(first).virtualSize(), reading.info(second).virtualSize());
    }

    private Comparison run(Image first, Image second, ByteSize size, ProgressListener listener)
            throws InterruptedException {
        QemuImgProgress progress = new QemuImgProgress("comparing", size, listener);
        ImageCommand command =
                ImageCommand.of(program, "compare", first, second).telling(progress.part(size.bytes()));
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
