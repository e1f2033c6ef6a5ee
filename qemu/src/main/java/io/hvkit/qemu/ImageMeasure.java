package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Tells how much room images will take. */
final class ImageMeasure {

    private static final int TRIES = 8;

    private final QemuImgProgram program;

    ImageMeasure(QemuImgProgram program) {
        this.program = program;
    }

    Measurement ofSize(CreateRequest request) throws InterruptedException {
        ByteSize size = request.size()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s has no size; say which, or measure what goes into it", request));
        Image target = request.target();
        return run(request, List.of(target), keys -> List.of("--size", Long.toString(size.bytes())));
    }

    Measurement ofContent(CreateRequest request, Image source) throws InterruptedException {
        new ImageReading(program, Sharing.ALONE).requireMatchingKey(source);
        return run(request, List.of(source, request.target()), keys -> List.of("--image-opts", keys.open(source)));
    }

    private Measurement run(CreateRequest request, List<Image> images, Function<QemuKeys, List<String>> what)
            throws InterruptedException {
        Image target = request.target();
        ImageCreation.requireKeys(target);
        ImageCommand command = ImageCommand.of(program, "measure", images.toArray(Image[]::new));
        CommandResult result = command.attempt(keys -> arguments(request, keys, what, LuksHash.SHA256));
        // It goes as far as choosing an iteration count, and fails at that as making an image does.
        for (int tries = 1; tries < TRIES && Complaint.isUnluckyBenchmark(result); tries++) {
            LuksHash hash = tries < TRIES / 2 ? LuksHash.SHA256 : LuksHash.SHA512;
            result = command.attempt(keys -> arguments(request, keys, what, hash));
        }
        if (!result.succeeded()) {
            throw command.complaint(result, Effect.NOT_APPLIED);
        }
        return QemuImgReport.measurement(target, result.output());
    }

    private static List<String> arguments(
            CreateRequest request, QemuKeys keys, Function<QemuKeys, List<String>> what, LuksHash hash) {
        Image target = request.target();
        List<String> arguments =
                new ArrayList<>(List.of("--output=json", "-O", target.format().qemuName()));
        CreateOptions.of(request, keys.idOf(target), hash).ifPresent(o -> arguments.addAll(List.of("-o", o)));
        arguments.addAll(what.apply(keys));
        return arguments;
    }
}
