package io.hvkit.qemu.qmp;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import java.util.Optional;

/**
 * A write-back of layers of a chain into a layer below them, which then shows what they showed. Without more words it goes from
 * the topmost layer into the lowest, as fast as it can, and refuses to write decrypted what is encrypted. Immutable; every
 * change is a new request.
 *
 * <p>From the topmost layer on, the job becomes {@link JobState#READY} and wants {@link BlockJob#complete}; from one below, it
 * ends by itself. Whoever else reads the layer that is written to sees another disk afterwards.
 */
public final class CommitRequest {

    private record Fields(BlockNode device, Optional<BlockNode> top, Optional<BlockNode> base, JobTerms terms) {}

    private final Fields fields;

    private CommitRequest(Fields fields) {
        this.fields = fields;
    }

    /** Returns a request for a chain, by its topmost layer. */
    public static CommitRequest of(BlockNode device) {
        return new CommitRequest(new Fields(device, Optional.empty(), Optional.empty(), JobTerms.USUAL));
    }

    /** Returns this request from a lower layer on; those above it stay. */
    public CommitRequest from(BlockNode top) {
        return new CommitRequest(new Fields(fields.device, Optional.of(top), fields.base, fields.terms));
    }

    /** Returns this request into another layer than the lowest. */
    public CommitRequest into(BlockNode base) {
        return new CommitRequest(new Fields(fields.device, fields.top, Optional.of(base), fields.terms));
    }

    /**
     * Returns this request with a limit for its speed.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is zero
     */
    public CommitRequest atMost(ByteSize perSecond) {
        return with(fields.terms.atMost(perSecond));
    }

    /**
     * Returns this request under a name by which its job is found again.
     *
     * @param id letters, digits, {@code -}, {@code .} and {@code _}, a letter first
     * @throws DriverException with {@code INVALID_REQUEST} if it is no such name
     */
    public CommitRequest named(String id) {
        return with(fields.terms.named(id));
    }

    /** Returns this request with leave to write in clear what is encrypted above. */
    public CommitRequest intoPlaintext() {
        return with(fields.terms.intoPlaintext());
    }

    /** Returns the chain, by its topmost layer. */
    public BlockNode device() {
        return fields.device;
    }

    /** Returns the topmost layer that is written back, if it is not the topmost of all. */
    public Optional<BlockNode> top() {
        return fields.top;
    }

    /** Returns the layer that is written to, if that was said. */
    public Optional<BlockNode> base() {
        return fields.base;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CommitRequest request && request.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "commit of " + fields.device
                + fields.base.map(base -> " into " + base).orElse("");
    }

    JobTerms terms() {
        return fields.terms;
    }

    QmpCommand command() {
        QmpCommand command = QmpCommand.of("block-commit").with("device", fields.device.name());
        if (fields.top.isPresent()) {
            command = command.with("top-node", fields.top.get().name());
        }
        return fields.base.isPresent()
                ? command.with("base-node", fields.base.get().name())
                : command;
    }

    private CommitRequest with(JobTerms terms) {
        return new CommitRequest(new Fields(fields.device, fields.top, fields.base, terms));
    }
}
