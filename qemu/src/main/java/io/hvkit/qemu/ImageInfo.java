package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import java.util.List;
import java.util.Optional;

/** What an image's header says. Immutable. */
public final class ImageInfo {

    /** How the guest's data lies in it. */
    enum Encryption {
        NONE,
        SOME
    }

    /** Whether it was closed in good order. */
    enum Closing {
        CLEAN,
        DIRTY
    }

    record Fields(
            String file,
            ImageFormat format,
            ByteSize virtualSize,
            ByteSize actualSize,
            Optional<ByteSize> clusterSize,
            Encryption encryption,
            Closing closing,
            Optional<String> backingFile,
            Optional<String> backingFormat,
            Optional<String> fullBackingFile,
            List<InternalSnapshot> snapshots,
            Optional<Qcow2Info> qcow2) {}

    private final Fields fields;

    ImageInfo(Fields fields) {
        this.fields = fields;
    }

    /** Returns what qemu calls the image: its path, or {@code json:} and how it was opened. */
    String file() {
        return fields.file;
    }

    /** Returns the format, which is the one that was stated; below the top of a chain, the one that the layer above states. */
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

    /** Returns the unit in which the format allocates room, if it has one. */
    public Optional<ByteSize> clusterSize() {
        return fields.clusterSize;
    }

    /** Returns whether the guest's data is encrypted in it; {@link LuksHeader#read} says how. */
    public boolean isEncrypted() {
        return fields.encryption == Encryption.SOME;
    }

    /** Returns whether whoever wrote it last did not close it: it is written just now, or a process died. */
    public boolean isDirty() {
        return fields.closing == Closing.DIRTY;
    }

    /** Returns the backing file as the header names it: a path, or anything else that qemu opens. Nothing opened it. */
    public Optional<String> backingFile() {
        return fields.backingFile;
    }

    /** Returns the backing file's format as the header names it; nothing if qemu would guess. */
    public Optional<String> backingFormat() {
        return fields.backingFormat;
    }

    /** Returns the backing file as qemu would open it: no longer relative to the image. */
    Optional<String> fullBackingFile() {
        return fields.fullBackingFile;
    }

    /** Returns the snapshots inside the image, in the order in which they are stored. */
    public List<InternalSnapshot> snapshots() {
        return fields.snapshots;
    }

    /** Returns what only a qcow2 image has. */
    public Optional<Qcow2Info> qcow2() {
        return fields.qcow2;
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
