package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What stands at a disk's start while a copy onto it is incomplete, where a guest sees it: inside the encryption, if there is
 * any. It is one that no partition table and no file system begins with, so that nothing takes the disk for a whole one.
 */
final class IncompleteMark {

    /** How large it is. */
    static final int LENGTH = 512;

    private static final String TEXT = """
            HVKit: a copy onto this disk was begun and not completed; what is here is of no use.
            d1f4a2b6-5d0e-4c3b-9a57-0c8e6f7b2a91
            """;
    private static final Logger LOG = LoggerFactory.getLogger(IncompleteMark.class);

    private final QemuImgProgram program;

    IncompleteMark(QemuImgProgram program) {
        this.program = program;
    }

    /** Work with an image that holds the mark and nothing else. */
    @FunctionalInterface
    interface Use<R> {
        R with(Image mark) throws InterruptedException;
    }

    /** Returns whether the mark is at the disk's start. */
    boolean isOn(Image image) throws InterruptedException {
        ImageCreation.requireKeys(image);
        program.require(image);
        return use(mark -> {
            Image start = Slices.part(image, 0, LENGTH);
            try (QemuKeys keys = QemuKeys.of(start, mark)) {
                List<String> arguments = new ArrayList<>(List.of("compare", "--force-share"));
                arguments.addAll(keys.arguments());
                arguments.addAll(List.of("--image-opts", keys.open(start), keys.open(mark)));
                CommandResult result = program.runShort(keys, arguments);
                return switch (result.exitCode()) {
                    case 0 -> true;
                    case 1 -> false;
                    default -> throw Complaint.of("qemu-img compare of " + image, result, Effect.NOT_APPLIED, image);
                };
            }
        });
    }

    /** Makes the mark in memory, for as long as {@code use} takes. */
    <R> R use(Use<R> use) throws InterruptedException {
        Path path = HostMemory.next(program.files());
        R result;
        try {
            write(path);
            result = use.with(Image.of(path, ImageFormat.RAW));
        } catch (InterruptedException | RuntimeException | Error e) {
            remove(path).ifPresent(e::addSuppressed);
            throw e;
        }
        remove(path).ifPresent(left -> LOG.warn("{} is of no use any more, and still there", path, left));
        return result;
    }

    private void write(Path path) throws InterruptedException {
        program.files().create(path);
        try (Secret bytes = Secret.copyOf(bytes())) {
            CommandResult result = program.runner()
                    .run(Command.of("dd", "of=" + path, "status=none")
                            .feeding(bytes)
                            .providedBy("coreutils"));
            if (!result.succeeded()) {
                throw Complaint.of("writing " + path, result, Effect.NOT_APPLIED, path);
            }
        }
    }

    private Optional<DriverException> remove(Path path) {
        try {
            Uninterrupted.run(() -> program.files().remove(path));
            return Optional.empty();
        } catch (DriverException e) {
            return Optional.of(e);
        }
    }

    /** Returns the mark. */
    static byte[] bytes() {
        byte[] bytes = new byte[LENGTH];
        Arrays.fill(bytes, (byte) '\n');
        byte[] text = TEXT.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, bytes, 0, text.length);
        return bytes;
    }
}
