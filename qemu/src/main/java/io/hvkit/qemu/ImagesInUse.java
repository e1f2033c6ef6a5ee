package io.hvkit.qemu;

import io.hvkit.core.ProgressListener;
import java.util.List;
import java.util.function.Consumer;

/**
 * What can be read of images that running processes, such as guests, hold and may just be changing: it may be out of date, or half
 * of a change, when it is returned. Takes no lock and changes nothing. Immutable and safe for any number of threads.
 */
public final class ImagesInUse {

    private final QemuImgProgram program;

    ImagesInUse(QemuImgProgram program) {
        this.program = program;
    }

    /** Does the same as {@link QemuImg#info}. */
    public ImageInfo info(Image image) throws InterruptedException {
        return new ImageReading(program, Sharing.SHARED).info(image);
    }

    /** Does the same as {@link ImageLayers#chain}. */
    public List<ImageInfo> chain(Image image) throws InterruptedException {
        return new ImageReading(program, Sharing.SHARED).chain(image);
    }

    /** Does the same as {@link QemuImg#check}; while a process writes, it may find leaks and corruption that are none. */
    public CheckResult check(Image image) throws InterruptedException {
        return new ImageCheck(program, Sharing.SHARED).check(image);
    }

    /** Does the same as {@link QemuImg#compare(Image, Image, ProgressListener)}. */
    public Comparison compare(Image first, Image second, ProgressListener listener) throws InterruptedException {
        return new ImageComparison(program, Sharing.SHARED).compare(first, second, listener);
    }

    /** Does the same as {@link QemuImg#map}. */
    public void map(MapRequest request, Consumer<Extent> extents) throws InterruptedException {
        new ImageMapping(program, Sharing.SHARED).map(request, extents);
    }
}
