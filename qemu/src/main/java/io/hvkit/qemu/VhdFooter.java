package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The end of a VHD file, which says twice how large the disk is: in bytes, and in cylinders, which may come out smaller. QEMU
 * believes the one or the other, by the name of the program that made the file.
 */
final class VhdFooter {

    private static final int LENGTH = 512;
    private static final String COOKIE = "conectix";
    private static final int SIZE_AT = 48;

    private VhdFooter() {}

    /** Refuses a disk of which qemu would see less than its file says it has. */
    static void requireWholeDisk(HostFiles files, Image image, ByteSize seen) throws InterruptedException {
        if (image.format() != ImageFormat.VHD || image.path().isEmpty()) {
            return;
        }
        Path path = image.requirePath();
        long end = files.status(path).size().bytes();
        byte[] footer = files.read(path, Math.max(0, end - LENGTH), LENGTH);
        if (footer.length < LENGTH
                || !new String(footer, 0, COOKIE.length(), StandardCharsets.US_ASCII).equals(COOKIE)) {
            return; // qemu has opened it all the same, by what is at its start
        }
        long said = ByteBuffer.wrap(footer).getLong(SIZE_AT);
        if (said > seen.bytes()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s says that its disk has %s bytes, and qemu would read %s of them, as its cylinders say; name it"
                                    + " as Image.at(QemuImageOptions.driver(\"vpc\").with(\"force_size_calc\","
                                    + " \"current_size\").over(QemuImageOptions.file(path)), ImageFormat.RAW) for the whole, or"
                                    + " with \"chs\" for these",
                            path, said, seen.bytes());
        }
    }
}
