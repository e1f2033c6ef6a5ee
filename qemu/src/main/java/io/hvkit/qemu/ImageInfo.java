package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import java.util.Optional;

/** What an image's header says. Immutable. */
public final class ImageInfo {

    private record Fields(
            ImageFormat format,
            ByteSize virtualSize,
            ByteSize actualSize,
            Encryption encryption,
            Optional<String> backingFile) {}

    private enum Encryption {
        NONE,
        SOME
    }

    private final Fields fields;

    private ImageInfo(Fields fields) {
        this.fields = fields;
    }

    static ImageInfo plain(ImageFormat format, ByteSize virtualSize, ByteSize actualSize) {
        return new ImageInfo(new Fields(format, virtualSize, actualSize, Encryption.NONE, Optional.empty()));
    }

    ImageInfo encrypted() {
        return new ImageInfo(
                new Fields(fields.format, fields.virtualSize, fields.actualSize, Encryption.SOME, fields.backingFile));
    }

    ImageInfo over(String backingFile) {
        return new ImageInfo(new Fields(
                fields.format, fields.virtualSize, fields.actualSize, fields.encryption, Optional.of(backingFile)));
    }

    /** Returns the format, which is the one that was stated. */
    public ImageFormat format() {
        return fields.format;
    }

    /** Returns how large the disk is that a guest sees. */
    public ByteSize virtualSize() {
        return fields.virtualSize;
    }

    /** Returns how much room the file takes up; zero for a block device. */
    public ByteSize actualSize() {
        return fields.actualSize;
    }

    /** Returns whether the guest's data is encrypted in it. */
    public boolean isEncrypted() {
        return fields.encryption == Encryption.SOME;
    }

    /** Returns the backing file as the header names it: a path, or anything else that qemu opens. Nothing opened it. */
    public Optional<String> backingFile() {
        return fields.backingFile;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ImageInfo info && info.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return fields.toString().replaceFirst("Fields", "ImageInfo");
    }
}
