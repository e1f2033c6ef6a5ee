package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** A JVM of its own that converts until it has come so far, says so, and waits to be killed. */
final class ConvertProgram {

    private ConvertProgram() {}

    /** Arguments: format of the target, source, target, per mille to reach, file to say it in, target's state. */
    public static void main(String[] arguments) throws InterruptedException {
        long wanted = Long.parseLong(arguments[3]);
        Path reached = Path.of(arguments[4]);
        try (Secret key = Disks.fastKey(KilledConvertIT.KEY)) {
            Image target = KilledConvertIT.image(arguments[0], Path.of(arguments[2]), key);
            QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
            qemuImg.convert(
                    ConvertRequest.of(Image.raw(Path.of(arguments[1])), target)
                            .onto(TargetState.valueOf(arguments[5]))
                            .with(ConvertProfile.FAST.withLimit(ByteSize.mebibytes(64))),
                    progress -> {
                        long perMille = progress.done().bytes()
                                * 1000
                                / progress.total().bytes();
                        if (perMille >= wanted && perMille < 1000) {
                            say(reached, Long.toString(perMille));
                            waitToBeKilled();
                        }
                    });
        }
        say(reached, "it came to its end");
    }

    private static void waitToBeKilled() {
        while (true) {
            LockSupport.park();
        }
    }

    private static void say(Path file, String text) {
        try {
            Path draft = Files.writeString(file.resolveSibling("draft"), text, StandardCharsets.UTF_8);
            Files.move(draft, file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
