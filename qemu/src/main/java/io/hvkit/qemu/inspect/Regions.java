package io.hvkit.qemu.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where the parts of an image lie, as it says itself: inside the file, and none over another. */
final class Regions {

    private record Region(String what, long offset, long bytes) {

        boolean meets(Region other) {
            return offset < other.offset + other.bytes && other.offset < offset + bytes;
        }
    }

    private final long length;
    private final Report report;
    private final List<Region> regions = new ArrayList<>();

    Regions(long length, Report report) {
        this.length = length;
        this.report = report;
    }

    /** Notes a part; what is wrong with it becomes a finding. A part without bytes is nowhere. */
    void claim(String what, long offset, long bytes) {
        if (bytes == 0) {
            return;
        }
        if (offset < 0 || bytes < 0 || offset > Long.MAX_VALUE - bytes) {
            report.find(
                    Finding.Kind.MALFORMED,
                    "%s of %s bytes at byte %s, where no file reaches",
                    what,
                    Long.toUnsignedString(bytes),
                    Long.toUnsignedString(offset));
            return;
        }
        Region claimed = new Region(what, offset, bytes);
        if (offset + bytes > length) {
            report.find(
                    Finding.Kind.TRUNCATED,
                    "%s takes %s bytes at byte %s, and the file ends at byte %s",
                    what,
                    bytes,
                    offset,
                    length);
        }
        Optional<Region> under = regions.stream().filter(claimed::meets).findFirst();
        under.ifPresent(other -> report.find(
                Finding.Kind.MALFORMED,
                "%s at byte %s lies over %s at byte %s",
                what,
                offset,
                other.what,
                other.offset));
        regions.add(claimed);
    }
}
