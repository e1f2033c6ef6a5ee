package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * How the bytes of a volume lie, which the array does not know: the name of a volume and of its snapshots tells it, from the moment in which
 * they are made. The marks of volumes have one character, so that names of 30 fit.
 */
enum Layout {
    /** As they are. */
    PLAIN(ImageFormat.RAW, "", "s!"),

    /** Behind a LUKS header. It is that of cryptsetup's LUKS1 with a key of 512 bits, as end points write it; qemu's takes a little less. */
    LUKS(ImageFormat.LUKS, "!", "e!"),

    /** In a qcow2 image with LUKS inside. */
    IMAGE(ImageFormat.QCOW2, "~", "q!");

    private static final ByteSize HEADER = ByteSize.mebibytes(2);
    private static final ByteSize IMAGE_HEADERS = ByteSize.mebibytes(16);

    /** Tables take 8 bytes, and counts of references 2, for each cluster of 64 KiB: less than this part of the device. */
    private static final long PART_OF_TABLES = 4096;

    private final ImageFormat format;
    private final String mark;
    private final String snapshotMark;

    Layout(ImageFormat format, String mark, String snapshotMark) {
        this.format = format;
        this.mark = mark;
        this.snapshotMark = snapshotMark;
    }

    static Layout of(ImageFormat format) {
        return Arrays.stream(values())
                .filter(layout -> layout.format == format)
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("no volume of an array is " + format));
    }

    /** Returns that of a volume that the array calls so. */
    static Layout ofVolume(String spelled) {
        return Stream.of(LUKS, IMAGE)
                .filter(layout -> spelled.startsWith(layout.mark))
                .findAny()
                .orElse(PLAIN);
    }

    /** Returns that of a snapshot that the array calls so. */
    static Layout ofSnapshot(String spelled) {
        return Stream.of(LUKS, IMAGE)
                .filter(layout -> spelled.startsWith(layout.snapshotMark))
                .findAny()
                .orElse(PLAIN);
    }

    /** Returns the others. */
    List<Layout> others() {
        return Stream.of(values()).filter(layout -> layout != this).toList();
    }

    ImageFormat format() {
        return format;
    }

    /** Returns how a volume is called on the array. */
    String spelled(String name) {
        return mark + name;
    }

    /** Returns how a volume of this layout is called that the array calls so. */
    String plain(String spelled) {
        return spelled.substring(mark.length());
    }

    /** Returns what the names of snapshots begin with. */
    String snapshotMark() {
        return snapshotMark;
    }

    /** Returns how much of a device that large is taken by what no machine sees. */
    ByteSize overhead(ByteSize device) {
        return switch (this) {
            case PLAIN -> ByteSize.ZERO;
            case LUKS -> HEADER;
            case IMAGE ->
                IMAGE_HEADERS.plus(
                        ByteSize.bytes(device.bytes() / PART_OF_TABLES).roundedUpTo(ByteSize.mebibytes(1)));
        };
    }
}
