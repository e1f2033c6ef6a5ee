package io.hvkit.benchmarks;

import io.hvkit.core.ByteSize;
import io.hvkit.qemu.Image;
import java.util.List;

/** What we add to a tool that does next to nothing: a header is read by qemu-img, and by us before and beside it. */
final class OverheadRow implements Row {

    @Override
    public List<String> names() {
        return List.of("image-no-op");
    }

    @Override
    public void measure(Bench bench) throws Exception {
        Image image = Image.qcow2(bench.file("nothing"));
        bench.qemuImg().create(image, ByteSize.gibibytes(1));
        bench.row(
                "image-no-op",
                Ways.of(() -> Way.timed(() -> bench.qemuImg().info(image)))
                        .limit(() -> Plain.seconds(
                                "qemu-img",
                                "info",
                                "--output=json",
                                bench.file("nothing").toString())));
        Content.remove(bench.file("nothing"));
    }
}
