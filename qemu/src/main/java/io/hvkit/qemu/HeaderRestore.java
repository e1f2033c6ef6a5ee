package io.hvkit.qemu;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A LUKS header that is to be put back from a backup. Without more words it goes onto a device that holds the header of the same
 * volume, and nothing else: the wrong header makes all data unreadable. Immutable; every change is a new request.
 */
public final class HeaderRestore {

    private enum Header {
        PRESENT,
        LOST
    }

    private record Fields(Path backup, Path device, Optional<String> replaced, Header header) {}

    private final Fields fields;

    private HeaderRestore(Fields fields) {
        this.fields = fields;
    }

    /** Returns a request to put the header in {@code backup} onto {@code device}. */
    public static HeaderRestore of(Path backup, Path device) {
        return new HeaderRestore(
                new Fields(ImagePath.of(backup), ImagePath.of(device), Optional.empty(), Header.PRESENT));
    }

    /**
     * Returns this request with leave to replace the header of another volume, whose data nobody can read afterwards.
     *
     * @param uuid that other volume's identifier, as its header says it
     */
    public HeaderRestore replacingVolume(String uuid) {
        return new HeaderRestore(new Fields(fields.backup, fields.device, Optional.of(uuid), fields.header));
    }

    /** Returns this request with leave to write onto a device whose header is lost or broken, as far as one can read. */
    public HeaderRestore ontoLostHeader() {
        return new HeaderRestore(new Fields(fields.backup, fields.device, fields.replaced, Header.LOST));
    }

    /** Returns where the backup is. */
    public Path backup() {
        return fields.backup;
    }

    /** Returns where the header goes. */
    public Path device() {
        return fields.device;
    }

    /** Returns the identifier of the other volume that may be replaced. */
    public Optional<String> replacedVolume() {
        return fields.replaced;
    }

    /** Returns whether the device may lack a header that can be read. */
    public boolean allowsLostHeader() {
        return fields.header == Header.LOST;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HeaderRestore restore && restore.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "the header in " + fields.backup + " onto " + fields.device;
    }
}
