package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import java.util.ArrayList;
import java.util.List;

/**
 * The disks that a conversion reads, one after the other, and any part of the whole.
 *
 * @param pieces the disks
 */
record Slices(List<Piece> pieces) {

    /** A disk and its size. */
    record Piece(Image image, long size) {}

    /** Returns the same, followed by so many zeroes. */
    Slices thenZeroes(long size) {
        if (size <= 0) {
            return this;
        }
        List<Piece> longer = new ArrayList<>(pieces);
        QemuImageOptions zeroes =
                QemuImageOptions.driver("null-co").with("size", size).on("read-zeroes");
        longer.add(new Piece(Image.at(zeroes, ImageFormat.RAW), size));
        return new Slices(List.copyOf(longer));
    }

    /** Returns the disks, whole. */
    List<Image> images() {
        return pieces.stream().map(Piece::image).toList();
    }

    /** Returns how large they are together. */
    long size() {
        return pieces.stream().mapToLong(Piece::size).sum();
    }

    /** Returns what lies from {@code from} up to {@code to}, as parts of the disks. */
    List<Image> between(long from, long to) {
        List<Image> parts = new ArrayList<>();
        long start = 0;
        for (Piece piece : pieces) {
            long first = Math.max(from, start) - start;
            long last = Math.min(to, start + piece.size) - start;
            if (first < last) {
                parts.add(part(piece.image, first, last - first));
            }
            start += piece.size;
        }
        return parts;
    }

    /** Returns nothing of each disk, which is enough to find out whether it opens. */
    List<Image> nothings() {
        return pieces.stream().map(piece -> part(piece.image, 0, 0)).toList();
    }

    /** Returns a part of a disk, as a disk. */
    static Image part(Image image, long offset, long size) {
        return Image.at(
                QemuImageOptions.part(image.options(), ByteSize.bytes(offset), ByteSize.bytes(size)), ImageFormat.RAW);
    }
}
