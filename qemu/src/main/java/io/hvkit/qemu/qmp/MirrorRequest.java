package io.hvkit.qemu.qmp;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import java.util.Locale;

/**
 * A copy of one node to another that is kept the same, while the source goes on being written, until it is completed. Without
 * more words it copies all that the source shows, as fast as it can, writes behind, gets a name of its own, and refuses to write
 * decrypted what is encrypted. Immutable; every change is a new request.
 */
public final class MirrorRequest {

    /** What is copied. */
    public enum Sync {
        /** All that the source shows, whichever layer it comes from. */
        FULL,
        /** What the topmost layer holds; the target must lie over the same backing image. */
        TOP
    }

    /** How what is written to the source while the copy runs reaches the target. */
    public enum CopyMode {
        /** Later, by the job: writers are not slowed down, but under many writes the copy may never catch up. */
        BACKGROUND,
        /** With each write, which waits for both: the copy is sure to end. */
        WRITE_BLOCKING
    }

    private record Fields(BlockNode source, BlockNode target, Sync sync, CopyMode copyMode, JobTerms terms) {}

    private final Fields fields;

    private MirrorRequest(Fields fields) {
        this.fields = fields;
    }

    /** Returns a request to copy {@code source} to {@code target}, which is there already and has the same size. */
    public static MirrorRequest of(BlockNode source, BlockNode target) {
        return new MirrorRequest(new Fields(source, target, Sync.FULL, CopyMode.BACKGROUND, JobTerms.USUAL));
    }

    /** Returns this request for another part of the source. */
    public MirrorRequest copying(Sync sync) {
        return new MirrorRequest(new Fields(fields.source, fields.target, sync, fields.copyMode, fields.terms));
    }

    /** Returns this request with another way for what is written meanwhile. */
    public MirrorRequest writing(CopyMode mode) {
        return new MirrorRequest(new Fields(fields.source, fields.target, fields.sync, mode, fields.terms));
    }

    /**
     * Returns this request with a limit for its speed.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is zero
     */
    public MirrorRequest atMost(ByteSize perSecond) {
        return with(fields.terms.atMost(perSecond));
    }

    /**
     * Returns this request under a name by which its job is found again.
     *
     * @param id letters, digits, {@code -}, {@code .} and {@code _}, a letter first
     * @throws DriverException with {@code INVALID_REQUEST} if it is no such name
     */
    public MirrorRequest named(String id) {
        return with(fields.terms.named(id));
    }

    /** Returns this request with leave to write in clear what is encrypted at the source. */
    public MirrorRequest intoPlaintext() {
        return with(fields.terms.intoPlaintext());
    }

    /** Returns what is read. */
    public BlockNode source() {
        return fields.source;
    }

    /** Returns what is written. */
    public BlockNode target() {
        return fields.target;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MirrorRequest request && request.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "mirror of " + fields.source + " to " + fields.target;
    }

    JobTerms terms() {
        return fields.terms;
    }

    QmpCommand command() {
        return QmpCommand.of("blockdev-mirror")
                .with("device", fields.source.name())
                .with("target", fields.target.name())
                .with("sync", qemuName(fields.sync))
                .with("copy-mode", qemuName(fields.copyMode));
    }

    private MirrorRequest with(JobTerms terms) {
        return new MirrorRequest(new Fields(fields.source, fields.target, fields.sync, fields.copyMode, terms));
    }

    private static String qemuName(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
