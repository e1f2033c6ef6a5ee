package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Tells how disks lie in their images, extent by extent, so that no map is too large for the memory. */
final class ImageMapping {

    private final QemuImgProgram program;
    private final Sharing sharing;

    ImageMapping(QemuImgProgram program, Sharing sharing) {
        this.program = program;
        this.sharing = sharing;
    }

    void map(MapRequest request, Consumer<Extent> extents) throws InterruptedException {
        Image image = request.image();
        Lines lines = new Lines(image, extents);
        ImageCommand.of(program, "map", image).telling(lines).run(Effect.NOT_APPLIED, keys -> {
            List<String> arguments = new ArrayList<>(List.of("--output=json"));
            arguments.addAll(sharing.flags());
            if (!request.start().equals(ByteSize.ZERO)) {
                arguments.add("--start-offset=" + request.start().bytes());
            }
            request.length().ifPresent(length -> arguments.add("--max-length=" + length.bytes()));
            arguments.addAll(List.of("--image-opts", keys.open(image)));
            return arguments;
        });
        lines.requireComplete();
    }

    ByteSize usedSize(Image image) throws InterruptedException {
        long[] used = {0};
        map(MapRequest.of(image), extent -> {
            if (extent.traits().contains(Extent.Trait.DATA)) {
                used[0] += extent.length().bytes();
            }
        });
        return ByteSize.bytes(used[0]);
    }

    /** Takes the list apart, of which qemu-img prints one element to a line. */
    private static final class Lines implements Consumer<String> {

        private final Image image;
        private final Consumer<Extent> extents;
        private boolean complete;

        Lines(Image image, Consumer<Extent> extents) {
            this.image = image;
            this.extents = extents;
        }

        @Override
        public void accept(String line) {
            String element = line.strip();
            if (element.startsWith("[")) {
                element = element.substring(1).strip();
            }
            if (element.endsWith("]")) {
                complete = true;
                element = element.substring(0, element.length() - 1).strip();
            }
            if (element.startsWith(",")) {
                element = element.substring(1).strip();
            }
            if (element.endsWith(",")) {
                element = element.substring(0, element.length() - 1).strip();
            }
            if (!element.isEmpty()) {
                Extent extent = QemuImgReport.extent(image, element);
                if (!extent.length().equals(ByteSize.ZERO)) { // an empty one is all there is behind the disk's end
                    extents.accept(extent);
                }
            }
        }

        void requireComplete() {
            if (!complete) {
                throw DriverException.because(Failure.DEFECT)
                        .effect(Effect.NOT_APPLIED)
                        .message("qemu-img's map of %s breaks off", image);
            }
        }
    }
}
