package io.hvkit.qemu.inspect;

/**
 * Something about an image that its next reader should know. Whether it is acceptable is for an {@link ImagePolicy} to say.
 *
 * @param kind which rule it touches
 * @param text what was found, for people; whatever comes from the image is shown with quotes and escapes, and cut
 */
public record Finding(Kind kind, String text) {

    /** How bad it is, from bad to harmless. */
    public enum Severity {
        /** Reading the image may read or write something else, or means different things to different readers. */
        DANGEROUS,
        /** The image is broken, or its maker did not finish it. */
        DAMAGED,
        /** The image may be what it says, but perhaps not what is wanted. */
        UNFIT,
        /** Worth knowing. */
        NOTABLE
    }

    /** The rules. */
    public enum Kind {
        /** It names a file whose content shows through it. */
        BACKING_FILE(Severity.DANGEROUS, "flatten it with qemu-img convert where its backing file is"),
        /** It keeps its data in another file. */
        DATA_FILE(Severity.DANGEROUS, "convert it into one file where its data file is"),
        /** It consists of other files, or of pieces of them. */
        FOREIGN_EXTENT(Severity.DANGEROUS, "convert it into one file where its extents are"),
        /** It holds the differences from a parent. */
        PARENT(Severity.DANGEROUS, "merge it with its parent where that is"),
        /** It is more than one thing at once. */
        POLYGLOT(Severity.DANGEROUS, "convert it, on a machine without secrets, from the format that is meant"),
        /** It uses a feature or a version that is not known here, so nobody knows what a reader will do. */
        UNKNOWN_FEATURE(Severity.DANGEROUS, "convert it into a plain image with the program that made it"),
        /** Its tables are larger than any reader should have to take. */
        EXCESSIVE_TABLE(Severity.DANGEROUS, "convert it into a new image"),
        /** It contradicts itself. */
        MALFORMED(Severity.DAMAGED, "get it again, or repair it with the program that made it"),
        /** It speaks of bytes behind its end. */
        TRUNCATED(Severity.DAMAGED, "get it again; the transfer may have been cut"),
        /** It was not closed, and wants a repair or a replay of its log. */
        DIRTY(Severity.DAMAGED, "close it cleanly, or repair a copy with qemu-img check -r"),
        /** A reader found it corrupt before, and marked it. */
        MARKED_CORRUPT(Severity.DAMAGED, "repair a copy with qemu-img check -r, and look at what is left"),
        /** It has no bytes at all. */
        EMPTY(Severity.DAMAGED, "get it again"),
        /** Its partition table contradicts itself or reaches behind the end. */
        BAD_PARTITION_TABLE(Severity.DAMAGED, "get it again, or repair the table in a copy"),
        /** It is encrypted in a way that protects nothing. */
        WEAK_ENCRYPTION(Severity.UNFIT, "decrypt it, and encrypt it with LUKS"),
        /** It is encrypted; its content can be neither read nor judged without the key. */
        ENCRYPTED(Severity.UNFIT, "decrypt it, or import it where a key belongs to it"),
        /** It holds older states of the disk besides the present one. */
        INTERNAL_SNAPSHOTS(Severity.UNFIT, "convert it, which keeps the present state alone"),
        /** It is an archive or compressed: unpack it first. */
        ARCHIVE(Severity.UNFIT, "unpack it first"),
        /** It is an optical disc that boots as a disk too, as installers often do. */
        HYBRID_DISC(Severity.UNFIT, "use it as a disc"),
        /** A part that matters had passed before it was known to matter; only streams have this. */
        NOT_SEEN(Severity.UNFIT, "inspect the stored file"),
        /** The inspection gave up, at its limit of time or bytes. */
        UNFINISHED(Severity.UNFIT, "try again, or convert it into a new image"),
        /** It holds bitmaps of changed blocks. */
        BITMAPS(Severity.NOTABLE, "convert it, which leaves them behind"),
        /** It is of a format that the policy does not take; said by a policy. */
        FORMAT_NOT_ALLOWED(Severity.UNFIT, "convert it into a format that is taken"),
        /** It is not of the format that was declared, to a policy or by pinning it. */
        NOT_AS_DECLARED(Severity.DANGEROUS, "declare what it is, or convert it"),
        /** The disk in it is larger than the policy takes; said by a policy. */
        TOO_LARGE(Severity.UNFIT, "shrink it, or raise the limit");

        private final Severity severity;
        private final String wayOut;

        Kind(Severity severity, String wayOut) {
            this.severity = severity;
            this.wayOut = wayOut;
        }

        /** Returns how bad it is. */
        public Severity severity() {
            return severity;
        }

        /** Returns what whoever has the image can do about it, for people. */
        public String wayOut() {
            return wayOut;
        }
    }

    /** Returns how bad it is; short for {@code kind().severity()}. */
    public Severity severity() {
        return kind.severity();
    }

    /** Returns rule and text, for people. */
    @Override
    public String toString() {
        return kind + ": " + text;
    }
}
