package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.ArrayList;
import java.util.List;

/** Checks and repairs the structure of images. */
final class ImageCheck {

    private final QemuImgProgram program;
    private final Sharing sharing;

    ImageCheck(QemuImgProgram program, Sharing sharing) {
        this.program = program;
        this.sharing = sharing;
    }

    CheckResult check(Image image) throws InterruptedException {
        requireStructure(image);
        return run(image, sharing.flags(), Effect.NOT_APPLIED);
    }

    RepairResult repair(Image image, Repair repair) throws InterruptedException {
        CheckResult before = check(image);
        boolean concerned = switch (repair) {
            case LEAKS -> before.leaks() > 0;
            case ALL -> before.verdict() != CheckResult.Verdict.CLEAN;
        };
        if (!concerned) {
            return new RepairResult(before, before);
        }
        run(image, List.of("-r", repair.qemuName()), Effect.UNKNOWN);
        return new RepairResult(before, Afterwards.look(() -> check(image)));
    }

    /** Returns where the last cluster in use ends in the file of an image without leaks. */
    ByteSize end(Image image) throws InterruptedException {
        ImageCommand command = ImageCommand.of(program, "check", image);
        return QemuImgReport.end(image, command.run(Effect.NOT_APPLIED, keys -> arguments(image, keys, List.of())));
    }

    private CheckResult run(Image image, List<String> flags, Effect doubt) throws InterruptedException {
        ImageCommand command = ImageCommand.of(program, "check", image);
        CommandResult result = command.attempt(keys -> arguments(image, keys, flags));
        return switch (result.exitCode()) {
            case 0 -> QemuImgReport.check(image, CheckResult.Verdict.CLEAN, result.output());
            case 2 -> QemuImgReport.check(image, CheckResult.Verdict.CORRUPT, result.output());
            case 3 -> QemuImgReport.check(image, CheckResult.Verdict.LEAKS, result.output());
            default -> throw command.complaint(result, doubt);
        };
    }

    private static List<String> arguments(Image image, QemuKeys keys, List<String> flags) {
        List<String> arguments = new ArrayList<>(List.of("--output=json"));
        arguments.addAll(flags);
        arguments.addAll(List.of("--image-opts", keys.open(image)));
        return arguments;
    }

    private static void requireStructure(Image image) {
        switch (image.format()) {
            case QCOW2, VMDK, VHDX, VDI -> {}
            case RAW, LUKS, VHD ->
                throw DriverException.because(Failure.UNSUPPORTED)
                        .message(
                                "qemu-img cannot check the structure of a %s image",
                                image.format().qemuName());
        }
    }
}
