package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.ArrayList;
import java.util.List;

/** Gives disks another size, and looks afterwards whether they have it. */
final class ImageResize {

    private final QemuImgProgram program;
    private final ImageReading reading;

    ImageResize(QemuImgProgram program) {
        this.program = program;
        this.reading = new ImageReading(program, Sharing.ALONE);
    }

    void grow(Image image, ByteSize size, Preallocation preallocation) throws InterruptedException {
        new ImageCreation(program).require(image, size);
        ByteSize now = reading.info(image).virtualSize();
        if (size.compareTo(now) < 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s has %s; shrinking it to %s would lose the data behind that; say shrink if that is meant",
                            image, now, size);
        }
        if (!size.equals(now)) {
            ImageCommand command = ImageCommand.of(program, "resize", image);
            List<String> flags = List.of("--preallocation=" + preallocation.qemuName());
            // What is only noted ends soon; what is written takes as long as it is large.
            switch (preallocation) {
                case OFF -> run(command.soon(), image, size, List.of());
                case METADATA -> run(command, image, size, flags);
                case FALLOC, FULL -> takeRoom(size.minus(now), image, () -> run(command, image, size, flags));
            }
        }
    }

    private void takeRoom(ByteSize more, Image image, Uninterrupted.Step growth) throws InterruptedException {
        ImageRoom room = new ImageRoom(program);
        room.prepare(image, more);
        try {
            growth.run();
        } catch (DriverException e) {
            if (!room.uncovers(image, more, e)) {
                throw e;
            }
            room.prepare(image, more);
            growth.run();
        }
    }

    void shrink(Image image, ByteSize size) throws InterruptedException {
        new ImageCreation(program).require(image, size);
        ByteSize now = reading.info(image).virtualSize();
        if (size.compareTo(now) > 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s has %s, which cannot shrink to %s; say resize", image, now, size);
        }
        if (!size.equals(now)) {
            run(ImageCommand.of(program, "resize", image), image, size, List.of("--shrink"));
        }
    }

    private void run(ImageCommand command, Image image, ByteSize size, List<String> flags) throws InterruptedException {
        command.run(Effect.UNKNOWN, keys -> {
            List<String> arguments = new ArrayList<>(List.of("-q"));
            arguments.addAll(flags);
            arguments.addAll(List.of("--image-opts", keys.open(image), Long.toString(size.bytes())));
            return arguments;
        });
        ByteSize after = Afterwards.look(() -> reading.info(image).virtualSize());
        if (!after.equals(size)) {
            throw DriverException.because(Failure.DEFECT)
                    .message("%s was to have %s; qemu-img reports success, and it has %s", image, size, after);
        }
    }
}
